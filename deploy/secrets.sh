#!/bin/sh
# Makes the passwords and keys of a new Compose installation in deploy/secrets; what is there already stays.
#
#   sudo deploy/secrets.sh [USER]     USER is who the image runs as; DOCKER=podman takes that instead
set -eu
user=${1:-65532}
folder=$(dirname "$0")/secrets
mkdir -p "$folder"
chmod 711 "$folder"
cd "$folder"

random() {
    head -c 24 /dev/urandom | od -A n -t x1 | tr -d ' \n'
}

# Writes standard input to a file that only its owner reads.
keep() {
    if [ -e "$1" ]; then cat > /dev/null; else (umask 077 && cat > "$1"); fi
}

password() {
    [ -e "$1" ] || random | keep "$1"
    cat "$1"
}

postgres=$(password postgres_password)
rabbitmq=$(password rabbitmq_password)
redis=$(password redis_password)

echo "postgres://expense:$postgres@postgres/expense_{service}" | keep database
echo "amqp://expense:$rabbitmq@rabbitmq:5672/%2f" | keep queue
echo "redis://:$redis@redis:6379" | keep cache
echo "kafka://kafka:9092" | keep bus
echo "file:///data/files" | keep files
printf 'default_user = expense\ndefault_pass = %s\n' "$rabbitmq" | keep rabbitmq.conf
echo "requirepass $redis" | keep redis.conf

# Containers see these files with the owners that they have here.
chown -R "$user:$user" .
chmod 644 postgres_password rabbitmq.conf redis.conf
${DOCKER:-docker} run --rm --user "$user" --volume "$PWD:/secrets" --env EXPENSE_SECRETS=/secrets \
    "${EXPENSE_IMAGE:-localhost/expense-tracker}" secrets make
