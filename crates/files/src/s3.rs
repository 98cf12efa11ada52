//! Files in a bucket of Amazon's S3, or of what speaks as it does.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{ClientOptions, ObjectStore, ObjectStoreExt, RetryConfig};
use percent_encoding::percent_decode_str;

const CONNECTING: Duration = Duration::from_secs(5);
const ANSWERING: Duration = Duration::from_secs(30);
/// After this a failed request is not tried again: somebody waits for it.
const RETRYING: Duration = Duration::from_secs(10);

/// A bucket, and how it lets us in.
pub(crate) struct Bucket {
    name: String,
    prefix: String,
    /// Of an installation of one's own; Amazon's if there is none.
    endpoint: Option<String>,
    region: Option<String>,
    /// An access key and its secret. Without them those of the environment count, by Amazon's own
    /// variables, or the role that the machine or the pod has.
    keys: Option<(String, String)>,
}

impl Bucket {
    /// Reads `s3://KEY:SECRET@BUCKET/PREFIX?endpoint=…&region=…`.
    pub(crate) fn parse(text: &str) -> Result<Bucket, String> {
        let url = url::Url::parse(text).map_err(|error| format!("is no URL ({error})"))?;
        let name = url.host_str().ok_or("names no bucket")?.to_owned();
        if url.port().is_some() {
            return Err("has a port after the bucket; it belongs into `endpoint`".to_owned());
        }
        let keys = match (url.username(), url.password()) {
            ("", None) => None,
            (key, Some(secret)) if !key.is_empty() => Some((decoded(key)?, decoded(secret)?)),
            _ => return Err("needs both an access key and its secret, or neither".to_owned()),
        };
        let prefix = decoded(url.path().trim_matches('/'))?;
        let mut bucket = Bucket { name, prefix, endpoint: None, region: None, keys };
        for (name, value) in url.query_pairs() {
            match &*name {
                "endpoint" if is_web_address(&value) => bucket.endpoint = Some(value.into_owned()),
                "endpoint" => return Err("has an `endpoint` that is no http:// or https://".into()),
                "region" => bucket.region = Some(value.into_owned()),
                _ => return Err(format!("has a part `{name}` besides `endpoint` and `region`")),
            }
        }
        Ok(bucket)
    }

    /// Opens it, and writes and deletes a file, so that a wrong key is found at the start and not
    /// at the first upload.
    pub(crate) async fn open(self) -> anyhow::Result<Arc<dyn ObjectStore>> {
        let store = PrefixStore::new(self.store()?, self.prefix.as_str());
        let probe = Path::from("written-at-start");
        let written = async {
            store.put(&probe, Bytes::new().into()).await?;
            store.delete(&probe).await
        };
        written.await.map_err(|error| {
            anyhow::anyhow!(
                "files = \"{self}\" can't be written to: {error}; look at the bucket, its \
                 `endpoint` and the keys"
            )
        })?;
        Ok(Arc::new(store))
    }

    fn store(&self) -> object_store::Result<AmazonS3> {
        let options = ClientOptions::new().with_connect_timeout(CONNECTING).with_timeout(ANSWERING);
        let retry = RetryConfig { retry_timeout: RETRYING, max_retries: 3, ..Default::default() };
        let mut builder = AmazonS3Builder::from_env()
            .with_client_options(options)
            .with_retry(retry)
            .with_bucket_name(&self.name);
        if let Some(endpoint) = &self.endpoint {
            // Inside a network of one's own it may be without TLS.
            builder = builder.with_endpoint(endpoint).with_allow_http(true);
        }
        if let Some(region) = &self.region {
            builder = builder.with_region(region);
        }
        if let Some((key, secret)) = &self.keys {
            builder = builder.with_access_key_id(key).with_secret_access_key(secret);
        }
        builder.build()
    }
}

/// What may be shown of it.
impl fmt::Display for Bucket {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "s3://{}/{}", self.name, self.prefix)?;
        match &self.endpoint {
            Some(endpoint) => write!(out, "?endpoint={endpoint}"),
            None => Ok(()),
        }
    }
}

fn is_web_address(text: &str) -> bool {
    let url = url::Url::parse(text);
    url.is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

fn decoded(text: &str) -> Result<String, String> {
    let text = percent_decode_str(text).decode_utf8();
    text.map(std::borrow::Cow::into_owned).map_err(|_| "is not UTF-8 once decoded".to_owned())
}
