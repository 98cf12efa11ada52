//! `health`: whether a running server can do its work.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use anyhow::Context;
use url::Url;

use crate::config::{Config, address};

/// Longer than a server that is well needs, shorter than those who ask wait.
const LIMIT: Duration = Duration::from_secs(4);

pub async fn run(config: &Config, url: Option<Url>) -> anyhow::Result<()> {
    let url = match url {
        Some(url) => url,
        None => own(config)?,
    };
    let http = reqwest::Client::builder().timeout(LIMIT).no_proxy().build()?;
    let silent = || format!("nothing answers at {url}; start the server, or give its --url");
    let answer = http.get(url.clone()).send().await.with_context(silent)?;
    let status = answer.status();
    let text = answer.text().await.unwrap_or_default();
    anyhow::ensure!(status.is_success(), "{url} answers {status}: {}", text.trim());
    super::print(&text)
}

/// Where the server of this configuration says whether it is ready.
fn own(config: &Config) -> anyhow::Result<Url> {
    anyhow::ensure!(
        !config.internal_listen.is_empty(),
        "internal_listen = \"\": the server tells nobody how it is; set an address, or give a --url"
    );
    let mut at = address("internal_listen", &config.internal_listen)?;
    // What listens everywhere is asked on this machine.
    match at.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => at.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => at.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    Ok(Url::parse(&format!("http://{at}/health/ready"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_listens_everywhere_is_asked_on_this_machine() {
        let mut config = Config::load_defaults().unwrap();
        for (listen, asked) in [
            ("0.0.0.0:9001", "http://127.0.0.1:9001/health/ready"),
            ("[::]:9001", "http://[::1]:9001/health/ready"),
            ("10.0.0.7:9001", "http://10.0.0.7:9001/health/ready"),
        ] {
            config.internal_listen = listen.to_owned();
            assert_eq!(own(&config).unwrap().as_str(), asked);
        }
    }
}
