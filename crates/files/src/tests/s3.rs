//! A bucket on a server that speaks S3, in this process and over a real connection.

use bytes::Bytes;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::conforms;
use crate::{Files, connect};

const KEY: &str = "EXAMPLEKEY";
const SECRET: &str = "s3cret/with+signs";

struct Server {
    port: u16,
    _folder: TempDir,
}

impl Server {
    /// Starts one that has a bucket `files` and knows one key.
    async fn start() -> Server {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("files")).unwrap();
        let mut service = S3ServiceBuilder::new(FileSystem::new(folder.path()).unwrap());
        service.set_auth(SimpleAuth::from_single(KEY, SECRET));
        let service = service.build();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let service = service.clone();
                tokio::spawn(async move {
                    let http = Builder::new(TokioExecutor::new());
                    // A client that leaves ends its connection, and nothing else.
                    let _left = http.serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Server { port, _folder: folder }
    }

    async fn open(&self, secret: &str, place: &str) -> anyhow::Result<Files> {
        let endpoint = format!("http://127.0.0.1:{}", self.port);
        connect(&format!("s3://{KEY}:{secret}@{place}?endpoint={endpoint}&region=us-east-1")).await
    }
}

const ENCODED: &str = "s3cret%2Fwith%2Bsigns";

#[tokio::test]
async fn a_bucket_conforms() {
    let server = Server::start().await;
    conforms(&server.open(ENCODED, "files").await.unwrap()).await;
    conforms(&server.open(ENCODED, "files/a/deeper%20place").await.unwrap()).await;
}

#[tokio::test]
async fn two_places_in_a_bucket_do_not_see_each_other() {
    let server = Server::start().await;
    let one = server.open(ENCODED, "files/one").await.unwrap();
    let two = server.open(ENCODED, "files/two").await.unwrap();
    one.put("key", Bytes::from_static(b"of one")).await.unwrap();
    assert_eq!(two.get("key").await.unwrap(), None);
    assert!(two.put("../one/key", Bytes::from_static(b"of two")).await.is_err());
    assert_eq!(one.get("key").await.unwrap().unwrap(), "of one");
}

#[tokio::test]
async fn a_bucket_that_lets_nobody_write_is_refused_at_the_start() {
    let server = Server::start().await;
    let unused = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let nowhere = Server { port: unused, _folder: tempfile::tempdir().unwrap() };
    for (server, secret) in [(&server, "s3cret-guess"), (&nowhere, ENCODED)] {
        let error = server.open(secret, "files").await.err().unwrap().to_string();
        assert!(error.contains("files = \"s3://files/?endpoint=http://127"), "{error}");
        assert!(error.contains("can't be written to"), "{error}");
        assert!(!error.contains("s3cret"), "{error}");
    }
}
