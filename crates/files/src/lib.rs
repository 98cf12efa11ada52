//! Files by key: written whole or not at all.

use std::sync::Arc;

use bytes::Bytes;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};

#[cfg(test)]
mod tests;

/// A place for files. Cheap to clone. Keys are like `imports/0190…`: parts joined by slashes.
#[derive(Clone)]
pub struct Files(Arc<dyn ObjectStore>);

/// Opens the place that a URL names: `file://FOLDER`, made where it does not exist.
pub fn connect(url: &str) -> anyhow::Result<Files> {
    let folder = folder(url)?;
    std::fs::create_dir_all(folder)
        .map_err(|error| anyhow::anyhow!("files = \"{url}\" can't be made: {error}"))?;
    let store = LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
    Ok(Files(Arc::new(store)))
}

/// Refuses a URL that names no place for files.
pub fn check(url: &str) -> anyhow::Result<()> {
    folder(url).map(drop)
}

fn folder(url: &str) -> anyhow::Result<&str> {
    let folder = url.strip_prefix("file://").filter(|folder| !folder.is_empty());
    folder.ok_or_else(|| {
        anyhow::anyhow!("files = \"{url}\" is no place that is known here; use \"file://FOLDER\"")
    })
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

    /// Forgets a file; one that is not there is forgotten already.
    pub async fn delete(&self, key: &str) -> anyhow::Result<()> {
        match self.0.delete(&Path::parse(key)?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}
