//! The target sent to a service: its own path joined with the request's, stripped or whole.

/// Joins a service's path (escaped) and a request's (normalised, escaped).
///
/// `rest` is the request's path after the prefix that matched, if the route strips it. The rules
/// on trailing slashes are Kong's; a route that does not strip avoids them all.
pub(crate) fn join(base: Option<&str>, request: &str, rest: Option<&str>) -> String {
    let base = base.unwrap_or("/");
    match rest {
        None => join_whole(base, request),
        Some(rest) => join_rest(base, request, without_leading_dots(rest)),
    }
}

fn join_whole(base: &str, request: &str) -> String {
    match base.strip_suffix('/') {
        Some(base) => format!("{base}{request}"),
        None if request == "/" => base.to_owned(),
        None => format!("{base}{request}"),
    }
}

fn join_rest(base: &str, request: &str, rest: &str) -> String {
    let asked_for_folder = request.ends_with('/');
    match (base.strip_suffix('/'), rest) {
        (Some(""), "") => "/".to_owned(),
        (Some(short), "") if !asked_for_folder => short.to_owned(),
        (Some(_), "") => base.to_owned(),
        (Some(short), rest) if rest.starts_with('/') => format!("{short}{rest}"),
        (Some(_), rest) => format!("{base}{rest}"),
        (None, "") if asked_for_folder && request != "/" => format!("{base}/"),
        (None, rest) if rest.is_empty() || rest.starts_with('/') => format!("{base}{rest}"),
        (None, rest) => format!("{base}/{rest}"),
    }
}

/// What is left after a prefix may begin with dots that were no segment before.
fn without_leading_dots(rest: &str) -> &str {
    match rest {
        "." | ".." => "",
        _ => rest.strip_prefix("../").or_else(|| rest.strip_prefix("./")).unwrap_or(rest),
    }
}
