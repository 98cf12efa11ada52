//! The suite that every place for files passes.

use bytes::Bytes;

use crate::{Files, connect};

async fn conforms(files: &Files) {
    let key = "imports/one";
    assert_eq!(files.get(key).await.unwrap(), None);
    files.put(key, Bytes::from_static(b"first")).await.unwrap();
    files.put(key, Bytes::from_static(b"second")).await.unwrap();
    files.put("imports/empty", Bytes::new()).await.unwrap();
    assert_eq!(files.get(key).await.unwrap().unwrap(), "second");
    assert_eq!(files.get("imports/empty").await.unwrap().unwrap(), "");
    files.delete(key).await.unwrap();
    files.delete(key).await.unwrap();
    assert_eq!(files.get(key).await.unwrap(), None);
}

#[tokio::test]
async fn a_folder_conforms() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file://{}/files", folder.path().display());
    conforms(&connect(&url).unwrap()).await;
}

#[tokio::test]
async fn a_key_never_leaves_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let files = connect(&format!("file://{}/files", folder.path().display())).unwrap();
    for key in ["../outside", "a/../../outside", "/etc/passwd/../x"] {
        assert!(files.put(key, Bytes::from_static(b"x")).await.is_err(), "{key}");
    }
    assert!(!folder.path().join("outside").exists());
}
