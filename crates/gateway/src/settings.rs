//! What the deployment decides about the gateway, as opposed to the file.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use http::{HeaderMap, HeaderName};

/// Settings of the edge; the default trusts nobody.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What `Server` and `Via` call the gateway.
    pub server_token: String,
    /// Proxies whose word on the client's address, host and protocol is taken.
    pub trusted_proxies: Vec<AddressRange>,
    /// The header in which a trusted proxy names the client.
    pub real_ip_header: HeaderName,
    /// Whether to follow that header's list past further trusted proxies, or take its last entry.
    pub real_ip_recursive: bool,
    /// What answers are marked with.
    pub marks: Marks,
    /// Whether a service is told the request's id.
    pub sends_request_id: bool,
    /// How long requests in flight may take after the stop.
    pub drain: Duration,
}

/// A header that tells how an answer came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Server,
    Via,
    ProxyLatency,
    ResponseLatency,
    UpstreamLatency,
    UpstreamStatus,
    RequestId,
}

/// Which marks answers carry, in Kong's words: `server_tokens`, `latency_tokens` or single headers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marks(Vec<Mark>);

/// A word that names no mark.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{word}\" is no mark of an answer; use \"off\" or some of: {known}", known = known_marks())]
pub struct MarksError {
    word: String,
}

const MARKS: [(&str, &[Mark]); 10] = [
    ("server_tokens", &[Mark::Server, Mark::Via]),
    ("latency_tokens", &[Mark::ProxyLatency, Mark::ResponseLatency, Mark::UpstreamLatency]),
    ("Server", &[Mark::Server]),
    ("Via", &[Mark::Via]),
    ("X-Kong-Proxy-Latency", &[Mark::ProxyLatency]),
    ("X-Kong-Response-Latency", &[Mark::ResponseLatency]),
    ("X-Kong-Upstream-Latency", &[Mark::UpstreamLatency]),
    ("X-Kong-Upstream-Status", &[Mark::UpstreamStatus]),
    ("X-Kong-Request-Id", &[Mark::RequestId]),
    ("off", &[]),
];

fn known_marks() -> String {
    MARKS.map(|(word, _)| word).join(", ")
}

/// An address or a network such as `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressRange {
    network: IpAddr,
    prefix: u32,
}

/// Text that is neither an address nor a network.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no address or network; write 10.0.0.7 or 10.0.0.0/8")]
pub struct AddressRangeError(String);

impl Default for Settings {
    fn default() -> Self {
        Settings {
            server_token: "expense-tracker".into(),
            trusted_proxies: Vec::new(),
            real_ip_header: HeaderName::from_static("x-real-ip"),
            real_ip_recursive: false,
            marks: Marks::default(),
            sends_request_id: true,
            drain: Duration::from_secs(10),
        }
    }
}

impl Default for Marks {
    fn default() -> Self {
        Marks(vec![
            Mark::Server,
            Mark::Via,
            Mark::ProxyLatency,
            Mark::ResponseLatency,
            Mark::UpstreamLatency,
            Mark::RequestId,
        ])
    }
}

impl Marks {
    pub(crate) fn has(&self, mark: Mark) -> bool {
        self.0.contains(&mark)
    }

    /// Reads each word.
    ///
    /// # Errors
    /// If one names no mark.
    pub fn parse<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Self, MarksError> {
        let mut marks = Vec::new();
        for word in words.into_iter().map(str::trim) {
            let known = MARKS.iter().find(|(name, _)| name.eq_ignore_ascii_case(word));
            let (_, named) = known.ok_or_else(|| MarksError { word: word.to_owned() })?;
            marks.extend_from_slice(named);
        }
        Ok(Marks(marks))
    }
}

impl Settings {
    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|range| range.contains(address))
    }

    /// Whom the trusted peer names as the client; the peer itself if it names nobody.
    pub(crate) fn real_ip(&self, headers: &HeaderMap, peer: IpAddr) -> IpAddr {
        let listed = headers.get_all(&self.real_ip_header).into_iter();
        let listed: Vec<&str> =
            listed.filter_map(|value| value.to_str().ok()).flat_map(|v| v.split(',')).collect();
        let mut client = peer;
        for text in listed.into_iter().rev() {
            let Some(address) = address_of(text.trim()) else { return client };
            client = address.to_canonical();
            if !(self.real_ip_recursive && self.trusts(client)) {
                return client;
            }
        }
        client
    }
}

/// An address, with or without a port.
fn address_of(text: &str) -> Option<IpAddr> {
    text.parse().ok().or_else(|| text.parse().ok().map(|address: SocketAddr| address.ip()))
}

impl AddressRange {
    fn contains(self, address: IpAddr) -> bool {
        match (self.network, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let shift = 32 - self.prefix;
                let bits = |a: std::net::Ipv4Addr| a.to_bits().checked_shr(shift);
                bits(network) == bits(address)
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let shift = 128 - self.prefix;
                let bits = |a: std::net::Ipv6Addr| a.to_bits().checked_shr(shift);
                bits(network) == bits(address)
            }
            _ => false,
        }
    }
}

impl std::str::FromStr for AddressRange {
    type Err = AddressRangeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || AddressRangeError(text.to_owned());
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let network: IpAddr = address.trim().parse().map_err(|_| wrong())?;
        let widest = if network.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(widest), |p| p.trim().parse().map_err(|_| wrong()))?;
        if prefix > widest { Err(wrong()) } else { Ok(AddressRange { network, prefix }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_holds_its_addresses_and_no_other() {
        let range = |text: &str| text.parse::<AddressRange>().unwrap();
        let holds =
            |network: &str, address: &str| range(network).contains(address.parse().unwrap());
        assert!(holds("10.0.0.0/8", "10.200.3.4"));
        assert!(!holds("10.0.0.0/8", "11.0.0.1"));
        assert!(holds("0.0.0.0/0", "1.2.3.4"));
        assert!(holds("127.0.0.1", "127.0.0.1"));
        assert!(holds("fd00::/8", "fd12::1"));
        assert!(!holds("fd00::/8", "10.0.0.1"));
        assert!("10.0.0.0/33".parse::<AddressRange>().is_err());
    }

    #[test]
    fn the_last_untrusted_entry_is_the_client_when_lists_are_followed() {
        let settings = Settings {
            trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()],
            real_ip_header: HeaderName::from_static("x-forwarded-for"),
            real_ip_recursive: true,
            ..Settings::default()
        };
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", "6.6.6.6, 1.2.3.4, 10.0.0.9".parse().unwrap());
        let peer = "10.0.0.1".parse().unwrap();
        assert_eq!(settings.real_ip(&headers, peer).to_string(), "1.2.3.4");
        let last = Settings { real_ip_recursive: false, ..settings };
        assert_eq!(last.real_ip(&headers, peer).to_string(), "10.0.0.9");
    }
}
