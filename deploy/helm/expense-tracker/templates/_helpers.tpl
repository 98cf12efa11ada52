{{/* The services, of which services.json is the one list. */}}
{{- define "expense-tracker.services" -}}
{{ .Files.Get "services.json" }}
{{- end -}}

{{- define "expense-tracker.name" -}}
{{ if contains .Chart.Name .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-{{ .Chart.Name }}{{ end }}
{{- end -}}

{{- define "expense-tracker.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{/* Labels by which objects are selected; takes the root and the component. */}}
{{- define "expense-tracker.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end -}}

{{- define "expense-tracker.labels" -}}
{{ include "expense-tracker.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end -}}

{{/* What is said for a service over what holds for all; a name that is no service's is refused. */}}
{{- define "expense-tracker.options" -}}
{{- $names := list -}}
{{- range include "expense-tracker.services" .root | fromJsonArray }}{{ $names = append $names .name }}{{ end -}}
{{- range $name, $_ := .root.Values.services -}}
{{- if not (has $name $names) }}{{ fail (printf "services.%s: there is no such service; there are %s" $name (join ", " $names)) }}{{ end -}}
{{- end -}}
{{- $own := get .root.Values.services .service.name | default dict -}}
{{ mergeOverwrite (deepCopy .root.Values.defaults) (deepCopy $own) | toJson }}
{{- end -}}

{{/* Nobody in particular, who may become nobody else. */}}
{{- define "expense-tracker.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "expense-tracker.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{/* Where the other services are, what may hold a password, and the keys; takes the root and a service. */}}
{{- define "expense-tracker.env" -}}
{{- $name := include "expense-tracker.name" .root -}}
- {name: EXPENSE_CONFIG, value: /etc/expense-tracker/settings.toml}
- {name: EXPENSE_SECRETS, value: /run/secrets/expense-tracker}
# Until every node knows that nothing is to be sent to a pod that stops.
- {name: EXPENSE_STOP__NOTICE_MS, value: "5000"}
{{- if .root.Values.gatewayFile }}
- {name: EXPENSE_GATEWAY, value: /etc/expense-tracker/gateway.yml}
{{- end }}
{{- range include "expense-tracker.services" .root | fromJsonArray }}
{{- if not .edge }}
- {name: EXPENSE_SERVICES__{{ .name | upper }}, value: "http://{{ $name }}-{{ .name }}:8001"}
- {name: EXPENSE_UPSTREAMS__{{ .name | upper }}, value: "http://{{ $name }}-{{ .name }}:8000"}
{{- end }}
{{- end }}
{{- range .service.secret_settings }}
- {name: EXPENSE_{{ . | upper }}_FILE, value: /run/secrets/expense-tracker/{{ . }}}
{{- end }}
{{- end -}}

{{- define "expense-tracker.mounts" -}}
- {name: settings, mountPath: /etc/expense-tracker, readOnly: true}
- {name: secrets, mountPath: /run/secrets/expense-tracker, readOnly: true}
{{- end -}}

{{- define "expense-tracker.volumes" -}}
- name: settings
  configMap: {name: {{ include "expense-tracker.name" .root }}}
- name: secrets
  {{- if or .service.keys .service.secret_settings }}
  secret:
    secretName: {{ .root.Values.secret }}
    defaultMode: 0440
    optional: false
    items:
      {{- range concat .service.keys .service.secret_settings }}
      - {key: {{ . }}, path: {{ . }}}
      {{- end }}
  {{- else }}
  emptyDir: {}
  {{- end }}
{{- end -}}

{{/* Pods of one component on different nodes, where there are enough. */}}
{{- define "expense-tracker.spread" -}}
- maxSkew: 1
  topologyKey: kubernetes.io/hostname
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels: {{- include "expense-tracker.selector" . | nindent 6 }}
{{- end -}}
