//! Services that run elsewhere: streams, upgraded connections, kept connections, silence.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::{get, put};
use futures::StreamExt;
use gateway::{Locals, Settings};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::support::{Edge, ONE_ROUTE, echo_named, read_until};

/// A file with one service, at this port.
fn file_for(port: u16, more: &str) -> String {
    format!(
        "{{_format_version: '3.0', services: [{{name: far, url: 'http://127.0.0.1:{port}'{more}, \
         routes: [{{name: r, paths: [/]}}]}}]}}"
    )
}

async fn edge_for(port: u16, more: &str) -> Edge {
    Edge::start(&file_for(port, more), Locals::new(), Settings::default()).await
}

async fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

async fn serve(router: Router) -> u16 {
    let (listener, port) = listen().await;
    tokio::spawn(async move { axum::serve(listener, router).await });
    port
}

#[tokio::test]
async fn events_come_one_by_one() {
    let (events, mut coming) = mpsc::channel::<&'static str>(1);
    let stream = futures::stream::poll_fn(move |context| coming.poll_recv(context));
    let body = Body::from_stream(stream.map(|event| Ok::<_, Infallible>(Bytes::from(event))));
    let body = Arc::new(std::sync::Mutex::new(Some(body)));
    let live = get(move || async move { body.lock().unwrap().take().unwrap() });
    let edge = edge_for(serve(Router::new().route("/live", live)).await, "").await;
    let mut stream = edge.connect().await;
    stream.write_all(b"GET /live HTTP/1.1\r\nHost: a.test\r\n\r\n").await.unwrap();
    for event in ["data: first\n\n", "data: second\n\n"] {
        events.send(event).await.unwrap();
        // It arrives while the next one has not been sent: nothing waits for more.
        read_until(&mut stream, event).await;
    }
}

const UPGRADE: &[u8] = b"GET /ws HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\n\
    Upgrade: websocket\r\n\r\n";

/// A service that upgrades each connection and sends everything back.
async fn echoing_upgrades() -> u16 {
    let (listener, port) = listen().await;
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            read_until(&mut stream, "\r\n\r\n").await;
            let switched = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n\
                            Upgrade: websocket\r\n\r\nwelcome";
            stream.write_all(switched.as_bytes()).await.unwrap();
            let (mut reading, mut writing) = stream.into_split();
            tokio::spawn(async move { tokio::io::copy(&mut reading, &mut writing).await });
        }
    });
    port
}

#[tokio::test]
async fn an_upgraded_connection_goes_both_ways_until_one_side_ends_it() {
    let edge = edge_for(echoing_upgrades().await, "").await;
    let mut stream = edge.connect().await;
    stream.write_all(UPGRADE).await.unwrap();
    read_until(&mut stream, "welcome").await;
    for message in ["one", "another"] {
        stream.write_all(message.as_bytes()).await.unwrap();
        read_until(&mut stream, message).await;
    }
    stream.shutdown().await.unwrap();
    assert_eq!(stream.read(&mut [0; 1]).await.unwrap(), 0, "the service has ended it too");
}

#[tokio::test]
async fn an_upgraded_connection_that_is_silent_for_too_long_is_ended() {
    let edge = edge_for(echoing_upgrades().await, ", read_timeout: 50").await;
    let mut stream = edge.connect().await;
    stream.write_all(UPGRADE).await.unwrap();
    read_until(&mut stream, "welcome").await;
    assert_eq!(stream.read(&mut [0; 1]).await.unwrap(), 0);
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let (listener, port) = listen().await;
    let connections = Arc::new(AtomicUsize::new(0));
    let count = connections.clone();
    let behind = serve(Router::new().fallback(async |body: Bytes| body)).await;
    tokio::spawn(async move {
        loop {
            let (mut near, _) = listener.accept().await.unwrap();
            count.fetch_add(1, Ordering::SeqCst);
            let mut far = TcpStream::connect(("127.0.0.1", behind)).await.unwrap();
            tokio::spawn(async move { tokio::io::copy_bidirectional(&mut near, &mut far).await });
        }
    });
    let edge = edge_for(port, "").await;
    for body in ["one", "two", "three"] {
        assert_eq!(edge.ask("POST", "/", "", body).await.body, body);
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_body_that_is_too_long_to_be_held_flows() {
    let length = put(async |body: Bytes| body.len().to_string());
    let edge = edge_for(serve(Router::new().route("/", length)).await, "").await;
    let long = "x".repeat(1 << 20);
    assert_eq!(edge.ask("PUT", "/", "", &long).await.body, long.len().to_string());
}

#[tokio::test]
async fn a_service_that_is_silent_for_too_long_is_given_up() {
    let (silent, port) = listen().await;
    let (seen, mut attempts) = mpsc::channel::<()>(8);
    tokio::spawn(async move {
        let mut open = Vec::new();
        loop {
            open.push(silent.accept().await.unwrap());
            seen.send(()).await.unwrap();
        }
    });
    let edge = edge_for(port, ", read_timeout: 20, retries: 2").await;
    let answer = edge.get("/x", "").await;
    assert_eq!(answer.status, 504);
    assert_eq!(edge.ask("POST", "/x", "", "").await.status, 504);
    let mut count = 0;
    while attempts.try_recv().is_ok() {
        count += 1;
    }
    assert_eq!(count, 4, "a GET is tried three times, a POST once");
}

#[tokio::test]
async fn a_service_whose_name_is_unknown_is_said_to_be() {
    let file = "{_format_version: '3.0', services: [{name: s, url: 'http://nowhere.invalid', \
                routes: [{name: r, paths: [/]}]}]}";
    let edge = Edge::start(file, Locals::new(), Settings::default()).await;
    let answer = edge.get("/", "").await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.json()["message"], "name resolution failed");
}

#[tokio::test]
async fn a_body_without_a_length_reaches_a_service_elsewhere_whole() {
    let behind = Edge::start(ONE_ROUTE, echo_named("s"), Settings::default()).await;
    let port = behind.address.port();
    let edge = edge_for(port, "").await;
    for method in ["GET", "POST"] {
        let mut stream = edge.connect().await;
        let request = format!(
            "{method} /x HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n\
             5\r\nhello\r\n0\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        read_until(&mut stream, "\"length\":5").await;
    }
}
