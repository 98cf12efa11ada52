//! What only Kong's HTTP server decides and no client or service can rely on: its parser, its
//! pages, its reason phrases (which are not even read) and the memory of its Lua machine.

use super::recording::{Answer, Step};

/// Whether a refusal before any service is asked is as good as what was recorded: what Kong's
/// parser refused, with whatever page; and what one parser takes and another need not.
pub fn may_refuse(step: &Step) -> bool {
    let refused_by_parser = step.upstream_saw.is_empty() && is_page(&step.answer);
    refused_by_parser || !is_well_formed(step)
}

/// More than every parser takes: a long line, many of them, or a long head.
pub fn is_large(step: &Step) -> bool {
    const LINE: usize = 8100;
    let request = &step.request;
    let lengths = request.headers.iter().map(|(name, value)| name.len() + value.len());
    let target = request.target.as_ref().map_or(0, String::len);
    let answered =
        step.upstream.iter().map(|attempt| attempt.bytes.as_ref().map_or(0, String::len));
    request.headers.len() > 100
        || lengths.clone().sum::<usize>() > 4 * LINE
        || lengths.chain([target]).chain(answered).any(|length| length > LINE)
}

/// Answers that Kong's HTTP server makes without asking Kong.
pub fn is_page(recorded: &Answer) -> bool {
    let body = recorded.body.as_deref().unwrap_or_default();
    let texts = ["<html>\r\n<head><title>", "Bad request\n", "Method not allowed\n"];
    texts.iter().any(|text| body.starts_with(text)) || is_redirect_to_https(recorded)
}

/// The answer to HEAD has no body to know the page by.
fn is_redirect_to_https(recorded: &Answer) -> bool {
    let to_https = |(name, value): &(String, String)| {
        name.eq_ignore_ascii_case("location") && value.starts_with("https://")
    };
    recorded.headers.iter().any(to_https)
}

/// The headers that describe a page.
pub fn is_of_page(header: &str) -> bool {
    ["content-type", "content-length"].iter().any(|name| header.eq_ignore_ascii_case(name))
}

/// Headers by which a body that no recording holds is framed.
pub fn is_framing(header: &str) -> bool {
    ["transfer-encoding", "content-length"].iter().any(|name| header.eq_ignore_ascii_case(name))
}

/// Members and series that tell of Lua's memory and nginx's timers.
pub fn is_of_lua(name: &str) -> bool {
    ["memory", "nginx_timers", "nginx_metric_errors"].iter().any(|word| name.contains(word))
}

/// A request as RFC 9112 has it: three words in the first line, one host, no fragment.
fn is_well_formed(step: &Step) -> bool {
    let Some(raw) = &step.request.raw else { return true };
    let head = raw.split("\r\n\r\n").next().unwrap_or_default();
    let mut lines = head.split("\r\n");
    let words: Vec<&str> = lines.next().unwrap_or_default().split(' ').collect();
    let hosts: Vec<&str> = lines.filter_map(|line| line.strip_prefix("Host: ")).collect();
    let is_host = |host: &str| match host.split_once(':') {
        Some((name, port)) => !name.contains('@') && port.parse::<u16>().is_ok(),
        None => !host.contains('@'),
    };
    let [_, target, "HTTP/1.0" | "HTTP/1.1"] = words.as_slice() else { return false };
    !target.contains('#')
        && !head.replace("\r\n", "").contains('\n')
        && hosts.iter().all(|h| is_host(h))
}
