//! The suite that every place for files passes.

mod s3;

use bytes::Bytes;

use crate::{Files, check, connect};

async fn conforms(files: &Files) {
    let key = "imports/one";
    assert_eq!(files.get(key).await.unwrap(), None);
    files.put(key, Bytes::from_static(b"first")).await.unwrap();
    files.put(key, Bytes::from_static(b"second")).await.unwrap();
    files.put("imports/empty", Bytes::new()).await.unwrap();
    let large = Bytes::from(vec![7; 3 << 20]);
    files.put("imports/large", large.clone()).await.unwrap();
    assert_eq!(files.get(key).await.unwrap().unwrap(), "second");
    assert_eq!(files.get("imports/empty").await.unwrap().unwrap(), "");
    assert_eq!(files.get("imports/large").await.unwrap().unwrap(), large);
    let mut keys = files.list().await.unwrap();
    keys.sort();
    assert_eq!(keys, ["imports/empty", "imports/large", key]);
    files.delete(key).await.unwrap();
    files.delete(key).await.unwrap();
    assert_eq!(files.get(key).await.unwrap(), None);
}

#[tokio::test]
async fn a_folder_conforms() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file://{}/files", folder.path().display());
    conforms(&connect(&url).await.unwrap()).await;
}

#[tokio::test]
async fn a_key_never_leaves_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let files = connect(&format!("file://{}/files", folder.path().display())).await.unwrap();
    for key in ["../outside", "a/../../outside", "/etc/passwd/../x"] {
        assert!(files.put(key, Bytes::from_static(b"x")).await.is_err(), "{key}");
    }
    assert!(!folder.path().join("outside").exists());
}

#[test]
fn a_wrong_url_is_refused_with_what_would_be_right() {
    for (url, expected) in [
        ("data/files", "file://FOLDER"),
        ("file://", "file://FOLDER"),
        ("ftp://me:s3cret@host", "s3://BUCKET"),
        ("s3://", "names no bucket"),
        ("s3://KEY@bucket", "its secret"),
        ("s3://:s3cret@bucket", "access key"),
        ("s3://KEY:s3cret@bucket:9000", "`endpoint`"),
        ("s3://KEY:s3cret@bucket?endpoint=host:9000", "http://"),
        ("s3://KEY:s3cret@bucket?path_style=1", "`path_style`"),
        ("s3://KEY:s3cret/with/slashes@bucket", "%-encoding"),
    ] {
        let error = check(url).unwrap_err().to_string();
        assert!(error.contains("files = ") && error.contains(expected), "{url}: {error}");
        assert!(!error.contains("s3cret"), "{error}");
    }
}

#[test]
fn a_bucket_needs_no_more_than_its_name() {
    check("s3://bucket").unwrap();
    check("s3://bucket/a/b?region=eu-central-1").unwrap();
}
