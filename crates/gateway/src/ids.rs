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
