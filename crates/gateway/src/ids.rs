//! The ids that Kong gives to entities which have none in the file.
//!
//! They are UUIDv5 in a fixed chain of namespaces, so that every node that loads the same file
//! breaks ties between routes alike and names the same counters.

use uuid::Uuid;

const ROOT: Uuid = Uuid::from_u128(0xfd02801f_0957_4a15_a55a_c8d9606f30b5);
const SPLIT_ROUTES: Uuid = Uuid::from_u128(0x7f145bf9_0dce_4f91_98eb_debbce4b9f6b);

pub(crate) fn service(name: &str) -> Uuid {
    entity("services", name)
}

pub(crate) fn route(name: &str) -> Uuid {
    entity("routes", name)
}

pub(crate) fn consumer(username: &str) -> Uuid {
    entity("consumers", username)
}

/// The id of a plugin; a nested one names its owner by id, a top-level one as the file does.
pub(crate) fn plugin(name: &str, route: &str, service: &str, consumer: &str) -> Uuid {
    entity("plugins", &format!("plugins:*:{name}:{route}:{service}:{consumer}"))
}

/// The id of one part of a route whose paths differ in kind or length.
pub(crate) fn part_of_route(route: Uuid, part: usize) -> Uuid {
    Uuid::new_v5(&SPLIT_ROUTES, format!("{route}#{part}").as_bytes())
}

fn entity(list: &str, key: &str) -> Uuid {
    Uuid::new_v5(&Uuid::new_v5(&ROOT, list.as_bytes()), key.as_bytes())
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// The ids that Kong gave to the entities of one file.
    fn recorded() -> Value {
        serde_json::from_str(include_str!("../tests/kong/ids.json")).unwrap()
    }

    #[test]
    fn entities_get_the_ids_that_kong_gives_them() {
        let recorded = recorded();
        let mut checked = 0;
        for case in recorded["cases"].as_array().unwrap() {
            let of = case["of"].as_str().unwrap();
            let made = match case["entity"].as_str().unwrap() {
                "services" => service(of),
                "routes" => route(of),
                "consumers" if of != "given" => consumer(of),
                "plugins" => plugin_of(of),
                _ => continue,
            };
            assert_eq!(made.to_string(), case["id"], "{of}");
            checked += 1;
        }
        assert!(checked > 30, "only {checked} ids were compared");
    }

    /// The id of a plugin that a recording describes as `name owner=…`.
    fn plugin_of(described: &str) -> Uuid {
        let (name, owners) = described.split_once(' ').unwrap_or((described, ""));
        // Only these stand at the top level of the file and name their owners as it does.
        let as_written = matches!(
            described,
            "jwt route=route-of-api" | "rate-limiting service=api consumer=ann"
        );
        let owner = |kind: &str, id: fn(&str) -> Uuid| {
            let named = owners.split(' ').find_map(|owner| owner.strip_prefix(kind));
            match named {
                None => String::new(),
                Some(named) if as_written => named.to_owned(),
                Some(named) => id(named).to_string(),
            }
        };
        let owners =
            [owner("route=", route), owner("service=", service), owner("consumer=", consumer)];
        plugin(name, &owners[0], &owners[1], &owners[2])
    }
}
