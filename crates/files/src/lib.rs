//! Files by key: written whole or not at all.

use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};

mod s3;
#[cfg(test)]
mod tests;

/// A place for files. Cheap to clone. Keys are like `imports/0190…`: parts joined by slashes.
#[derive(Clone)]
pub struct Files(Arc<dyn ObjectStore>);

/// A place that a URL names, not opened yet.
enum Place {
    Folder(String),
    Bucket(s3::Bucket),
}

/// Opens the place that a URL names: `file://FOLDER`, made where it does not exist, or
/// `s3://BUCKET/PREFIX`, which has to let us write.
pub async fn connect(url: &str) -> anyhow::Result<Files> {
    match Place::parse(url)? {
        Place::Folder(folder) => {
            std::fs::create_dir_all(&folder)
                .map_err(|error| anyhow::anyhow!("files = \"{url}\" can't be made: {error}"))?;
            let store = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
            Ok(Files(Arc::new(store)))
        }
        Place::Bucket(bucket) => Ok(Files(bucket.open().await?)),
    }
}

/// Refuses a URL that names no place for files.
pub fn check(url: &str) -> anyhow::Result<()> {
    Place::parse(url).map(drop)
}

impl Place {
    fn parse(url: &str) -> anyhow::Result<Place> {
        match url.split_once("://") {
            Some(("file", folder)) if !folder.is_empty() => Ok(Place::Folder(folder.to_owned())),
            Some(("s3", _)) => s3::Bucket::parse(url).map(Place::Bucket).map_err(|problem| {
                anyhow::anyhow!(
                    "files = \"s3://…\" {problem}; write \"s3://BUCKET/PREFIX?region=REGION\", or \
                     \"s3://KEY:SECRET@BUCKET?endpoint=http://HOST:9000\" with %-encoding in the \
                     secret"
                )
            }),
            // What follows may hold a secret.
            _ => anyhow::bail!(
                "files = \"{}:…\" is no place that is known here; use \"file://FOLDER\" or \
                 \"s3://BUCKET/PREFIX\"",
                url.split(':').next().unwrap_or_default()
            ),
        }
    }
}

impl Files {
    /// Keeps a file; one with the same key is replaced.
    pub async fn put(&self, key: &str, content: Bytes) -> anyhow::Result<()> {
        self.0.put(&Path::parse(key)?, content.into()).await?;
        Ok(())
    }

    /// The file's content; `None` where there is no such file.
    pub async fn get(&self, key: &str) -> anyhow::Result<Option<Bytes>> {
        match self.0.get(&Path::parse(key)?).await {
            Ok(found) => Ok(Some(found.bytes().await?)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The keys of all files.
    pub async fn list(&self) -> anyhow::Result<Vec<String>> {
        let found: Vec<_> = self.0.list(None).try_collect().await?;
        Ok(found.into_iter().map(|file| file.location.to_string()).collect())
    }

    /// Forgets a file; one that is not there is forgotten already.
    pub async fn delete(&self, key: &str) -> anyhow::Result<()> {
        match self.0.delete(&Path::parse(key)?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
