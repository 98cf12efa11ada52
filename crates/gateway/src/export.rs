//! The file for Kong: ours, with the keys and addresses that belong to one deployment.

use std::collections::BTreeMap;

use crate::credentials::{LiveKey, keyless_consumer};
use crate::gateway::SetupError;
use crate::load::entities::Service;
use crate::load::yaml::{self, Member, Node, Value};
use crate::load::{AddressError, Config, LoadError};

/// A file that can't be exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Setup(#[from] SetupError),
    #[error(transparent)]
    Address(#[from] AddressError),
}

/// The file with the live keys as `jwt_secrets` of the consumer that has none, and with services at
/// these addresses (`http://host:port`). Comments and anchors are not kept.
///
/// # Errors
/// If the file is wrong, or has no place for a key or an address.
pub fn export(
    yaml: &str,
    live_keys: &[LiveKey],
    addresses: &BTreeMap<String, String>,
) -> Result<String, ExportError> {
    // What the file refers to is set where Kong runs.
    let mut config = Config::parse_with(yaml, &|_| Ok(Some("set elsewhere".to_owned())))?;
    config.move_services(addresses)?;
    let mut file = yaml::parse(yaml)?;
    for (index, service) in config.services.iter().enumerate() {
        if addresses.contains_key(&service.name) {
            set_address(item(&mut file, "services", index), service);
        }
    }
    if !live_keys.is_empty() {
        let consumer = keyless_consumer(&config).ok_or(SetupError::NoConsumerForLiveKeys)?;
        let secrets = live_keys.iter().map(jwt_secret).collect();
        item(&mut file, "consumers", consumer).push(member("jwt_secrets", Value::List(secrets)));
    }
    let mut text = String::new();
    write(&file.value, 0, &mut text);
    Ok(text)
}

/// The members of an entity that is known to be there.
fn item<'a>(file: &'a mut Node, list: &str, index: usize) -> &'a mut Vec<Member> {
    let Value::Map(members) = &mut file.value else { unreachable!("a file that loads is a map") };
    let list = members.iter_mut().find(|member| member.name == list);
    match list.map(|list| &mut list.node.value) {
        Some(Value::List(items)) => match &mut items[index].value {
            Value::Map(members) => members,
            _ => unreachable!("an entity is a map"),
        },
        _ => unreachable!("an entity is in its list"),
    }
}

fn set_address(members: &mut Vec<Member>, service: &Service) {
    members.retain(|member| !["host", "port", "protocol", "url"].contains(&member.name.as_str()));
    members.push(member("host", Value::Text(service.host.clone())));
    members.push(member("port", Value::Number(service.port.to_string())));
}

fn jwt_secret(key: &LiveKey) -> Node {
    let text = |text: &str| Value::Text(text.to_owned());
    node(Value::Map(vec![
        member("key", text(&key.kid)),
        member("algorithm", text("EdDSA")),
        member("rsa_public_key", text(&key.public_key_pem)),
    ]))
}

fn member(name: &str, value: Value) -> Member {
    Member { name: name.to_owned(), line: 0, column: 0, node: node(value) }
}

fn node(value: Value) -> Node {
    Node { value, line: 0, column: 0 }
}

/// Writes a value as YAML, its lines indented by so much.
fn write(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Map(members) => {
            for Member { name, node, .. } in members {
                push_line_start(indent, out);
                out.push_str(&scalar(name));
                out.push(':');
                write_after(&node.value, indent + 2, out);
            }
        }
        Value::List(items) => {
            for item in items {
                push_line_start(indent, out);
                out.push('-');
                write_after(&item.value, indent + 2, out);
            }
        }
        _ => unreachable!("a scalar stands after a name or a dash"),
    }
}

/// Writes what stands after a name or a dash.
fn write_after(value: &Value, indent: usize, out: &mut String) {
    let text = match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(digits) => digits.clone(),
        Value::Text(text) => text_at(text, indent),
        Value::List(items) if items.is_empty() => "[]".to_owned(),
        Value::Map(members) if members.is_empty() => "{}".to_owned(),
        Value::List(_) | Value::Map(_) => {
            out.push('\n');
            return write(value, indent, out);
        }
    };
    out.push(' ');
    out.push_str(&text);
    out.push('\n');
}

/// Text of several lines as a block, so that a key can be read; all other on one line.
fn text_at(text: &str, indent: usize) -> String {
    let is_block = text.ends_with('\n') && text.lines().all(is_plain);
    match text.strip_suffix('\n').filter(|_| is_block) {
        Some(body) => {
            let mut block = "|".to_owned();
            for line in body.lines() {
                block.push('\n');
                push_line_start(indent, &mut block);
                block.push_str(line);
            }
            block
        }
        None => scalar(text),
    }
}

/// Quoted where anything else could be read in it.
fn scalar(text: &str) -> String {
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic() || "/_".contains(c))
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_-.".contains(&b))
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
            .contains(&text.to_ascii_lowercase().as_str());
    if is_word { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

fn is_plain(line: &str) -> bool {
    !line.is_empty()
        && line.bytes().all(|b| b.is_ascii_graphic() || b == b' ')
        && !line.starts_with(' ')
}

fn push_line_start(indent: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', indent));
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: &str = include_str!("../../../config/gateway.yml");

    fn exported() -> String {
        let pem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n";
        let keys = [LiveKey { kid: "key-1".into(), public_key_pem: pem.into() }];
        let addresses = BTreeMap::from([("ledger".into(), "http://10.0.0.7:8000".into())]);
        export(SHIPPED, &keys, &addresses).unwrap()
    }

    #[test]
    fn what_is_written_reads_as_what_was_read() {
        for text in ["yes", "1.5", "a: b", "- x", "", "#", "two\nlines\n", " x\n", "é", "~/a\\d"] {
            let file = node(Value::Map(vec![
                member(text, Value::Text(text.to_owned())),
                member("list", Value::List(vec![node(Value::Text(text.to_owned()))])),
                member("number", Value::Number("1.50".into())),
                member("nothing", Value::Null),
                member("empty", Value::List(Vec::new())),
            ]));
            let mut written = String::new();
            write(&file.value, 0, &mut written);
            let read = yaml::parse(&written).unwrap_or_else(|error| panic!("{error}\n{written}"));
            assert_eq!(shape(&read.value), shape(&file.value), "{written}");
        }
    }

    /// A value without the places of its nodes.
    fn shape(value: &Value) -> String {
        match value {
            Value::List(items) => {
                items.iter().map(|item| format!("[{}]", shape(&item.value))).collect()
            }
            Value::Map(members) => members
                .iter()
                .map(|member| format!("{{{:?}: {}}}", member.name, shape(&member.node.value)))
                .collect(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn keys_and_addresses_are_put_in_and_all_else_stays() {
        let text = exported();
        let config = Config::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let original = Config::parse(SHIPPED).unwrap();
        assert_eq!(config.routes(), original.routes());
        assert_eq!(config.secrets.len(), 1);
        let ledger = config.services.iter().find(|service| service.name == "ledger").unwrap();
        assert_eq!((ledger.host.as_str(), ledger.port), ("10.0.0.7", 8000));
        let twice = export(&text, &[], &BTreeMap::new()).unwrap();
        assert_eq!(twice, text, "nothing is lost when it is written again");
    }

    #[test]
    fn an_address_for_nobody_is_refused() {
        let addresses = BTreeMap::from([("leger".into(), "http://a:1".into())]);
        let error = export(SHIPPED, &[], &addresses).unwrap_err().to_string();
        assert!(error.contains("\"leger\"") && error.contains("ledger"), "{error}");
    }

    /// The fields of Kong 3.9's schema, as far as the subset goes.
    const SCHEMA: &[(&str, &[&str])] = &[
        ("", &["_format_version", "consumers", "plugins", "routes", "services"]),
        (
            "services",
            &[
                "connect_timeout",
                "enabled",
                "host",
                "id",
                "name",
                "path",
                "plugins",
                "port",
                "protocol",
                "read_timeout",
                "retries",
                "routes",
                "tags",
                "url",
                "write_timeout",
            ],
        ),
        (
            "routes",
            &[
                "headers",
                "hosts",
                "https_redirect_status_code",
                "id",
                "methods",
                "name",
                "path_handling",
                "paths",
                "plugins",
                "preserve_host",
                "protocols",
                "regex_priority",
                "request_buffering",
                "response_buffering",
                "service",
                "strip_path",
                "tags",
            ],
        ),
        ("consumers", &["custom_id", "id", "jwt_secrets", "plugins", "tags", "username"]),
        ("jwt_secrets", &["algorithm", "consumer", "id", "key", "rsa_public_key", "secret"]),
        (
            "plugins",
            &["config", "consumer", "enabled", "id", "name", "protocols", "route", "service"],
        ),
        ("correlation-id", &["echo_downstream", "generator", "header_name"]),
        (
            "cors",
            &[
                "credentials",
                "exposed_headers",
                "headers",
                "max_age",
                "methods",
                "origins",
                "preflight_continue",
                "private_network",
            ],
        ),
        (
            "jwt",
            &[
                "anonymous",
                "claims_to_verify",
                "cookie_names",
                "header_names",
                "key_claim_name",
                "maximum_expiration",
                "realm",
                "run_on_preflight",
                "secret_is_base64",
                "uri_param_names",
            ],
        ),
        (
            "prometheus",
            &[
                "ai_metrics",
                "bandwidth_metrics",
                "latency_metrics",
                "per_consumer",
                "status_code_metrics",
                "upstream_health_metrics",
            ],
        ),
        (
            "rate-limiting",
            &[
                "day",
                "error_code",
                "error_message",
                "fault_tolerant",
                "header_name",
                "hide_client_headers",
                "hour",
                "limit_by",
                "minute",
                "month",
                "path",
                "policy",
                "redis",
                "second",
                "sync_rate",
                "year",
            ],
        ),
        ("request-size-limiting", &["allowed_payload_size", "require_content_length", "size_unit"]),
    ];

    fn fields_of(entity: &str) -> &'static [&'static str] {
        let found = SCHEMA.iter().find(|(name, _)| *name == entity);
        found.unwrap_or_else(|| panic!("the schema has no {entity}")).1
    }

    #[test]
    fn an_exported_file_has_only_fields_that_kong_knows() {
        let file = yaml::parse(&exported()).unwrap();
        let mut seen = 0;
        check("", &file.value, &mut seen);
        assert!(seen > 100, "only {seen} fields were compared");
    }

    fn check(entity: &str, value: &Value, seen: &mut usize) {
        let Value::Map(members) = value else { panic!("{entity} is no map") };
        let name = members.iter().find(|member| member.name == "name");
        for Member { name: field, node, .. } in members {
            *seen += 1;
            assert!(fields_of(entity).contains(&field.as_str()), "{entity} has no {field}");
            match &node.value {
                Value::List(items) if SCHEMA.iter().any(|(known, _)| known == field) => {
                    items.iter().for_each(|item| check(field, &item.value, seen));
                }
                Value::Map(_) if field == "config" => {
                    let Some(Value::Text(plugin)) = name.map(|member| &member.node.value) else {
                        panic!("a plugin without a name")
                    };
                    check(plugin, &node.value, seen);
                }
                _ => {}
            }
        }
    }

    #[test]
    fn the_schema_knows_every_field_that_kong_told_of() {
        let recorded: serde_json::Value =
            serde_json::from_str(include_str!("../tests/kong/load.json")).unwrap();
        let mut seen = 0;
        let loaded = recorded["cases"].as_array().unwrap().iter().map(|case| &case["loaded"]);
        for (entity, items) in loaded.filter_map(|loaded| loaded.as_object()).flatten() {
            for item in items.as_array().into_iter().flatten() {
                for field in item.as_object().unwrap().keys() {
                    assert!(fields_of(entity).contains(&field.as_str()), "{entity} has {field}");
                    seen += 1;
                }
                let plugin = item["name"].as_str().unwrap_or_default();
                for field in item["config"].as_object().into_iter().flat_map(|c| c.keys()) {
                    assert!(fields_of(plugin).contains(&field.as_str()), "{plugin} has {field}");
                }
            }
        }
        assert!(seen > 100, "only {seen} fields were compared");
    }
}
