//! Senders that take their time or never end (slow-loris, endless chunks): each is cut within its limit, and everybody
//! else is served meanwhile.

use std::{net::SocketAddr, time::Duration};

use kernel_web::{ServeSettings, WebConfig, serve};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::{Instant, sleep, timeout},
};

use crate::world::World;

/// Limits of this test; a real server has a hundred times as much.
const HEAD: Duration = Duration::from_millis(400);
const REQUEST: Duration = Duration::from_millis(600);

/// More than any limit here, less than a test may hang.
const PATIENCE: Duration = Duration::from_secs(10);

struct Server {
    address: SocketAddr,
    _world: World,
}

async fn server(connections: usize) -> Server {
    server_with(ServeSettings { connections, ..ServeSettings::default() }).await
}

async fn server_with(settings: ServeSettings) -> Server {
    let config =
        WebConfig { request_timeout: REQUEST, body_limit: 64 << 10, ..WebConfig::demo("http://127.0.0.1:8080") };
    let world = World::with(config);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let settings = ServeSettings { head_timeout: HEAD, linger: REQUEST * 2, ..settings };
    tokio::spawn(serve(listener, world.router.clone(), settings, std::future::pending()));
    Server { address, _world: world }
}

/// Status of a whole request on a new connection.
async fn status(address: SocketAddr, path: &str) -> u16 {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    status_of(&rest(&mut stream).await)
}

/// What comes until the server closes the connection.
async fn rest(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset is an end too.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.expect("the server must let go");
    String::from_utf8_lossy(&bytes).into_owned()
}

fn status_of(answer: &str) -> u16 {
    answer.get(9..12).and_then(|code| code.parse().ok()).unwrap_or(0)
}

/// Sends `piece` again and again until the server has had enough; the bytes sent, and how long it took.
async fn drip(stream: &mut TcpStream, piece: &[u8], pause: Duration) -> (usize, Duration) {
    let (begun, mut sent) = (Instant::now(), 0);
    let mut answer = [0_u8; 1];
    while begun.elapsed() < PATIENCE {
        if timeout(PATIENCE, stream.write_all(piece)).await.expect("writing must not hang").is_err() {
            break;
        }
        sent += piece.len();
        if let Ok(Ok(_)) = timeout(pause.max(Duration::from_millis(1)), stream.peek(&mut answer)).await {
            break;
        }
    }
    (sent, begun.elapsed())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_heads_that_never_end_are_cut_and_others_are_served_meanwhile() {
    let server = server(1_000).await;
    let mut slow = Vec::new();
    for _ in 0..200 {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(b"GET /livez HTTP/1.1\r\nHost: a\r\nX-Slow: ").await.unwrap();
        slow.push(stream);
    }
    assert_eq!(status(server.address, "/livez").await, 200);
    let begun = Instant::now();
    for mut stream in slow {
        rest(&mut stream).await;
    }
    assert!(begun.elapsed() < HEAD * 5, "{:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_header_that_comes_byte_by_byte_wins_no_time() {
    let server = server(1_000).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"GET /livez HTTP/1.1\r\nHost: a\r\nX-Slow: ").await.unwrap();
    let (_, took) = drip(&mut stream, b"a", Duration::from_millis(50)).await;
    assert!(took < HEAD * 5, "{took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_house_empties_by_itself() {
    let server = server(4).await;
    let mut slow = Vec::new();
    for _ in 0..4 {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(b"GET /").await.unwrap();
        slow.push(stream);
    }
    assert_eq!(timeout(HEAD * 10, status(server.address, "/livez")).await.expect("a place must come free"), 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_cannot_take_all_places() {
    let server = server_with(ServeSettings { connections_per_address: 3, ..ServeSettings::default() }).await;
    let mut slow = Vec::new();
    for _ in 0..3 {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(b"GET /").await.unwrap();
        slow.push(stream);
    }
    let mut more = TcpStream::connect(server.address).await.unwrap();
    let begun = Instant::now();
    assert_eq!(rest(&mut more).await, "", "closed at once, without an answer");
    assert!(begun.elapsed() < HEAD, "{:?}", begun.elapsed());
    // The own proxy in front brings many people from one address.
    let settings = ServeSettings { connections_per_address: 1, ..ServeSettings::default() };
    let proxied = server_with(ServeSettings { proxy: Some([127, 0, 0, 1].into()), ..settings }).await;
    let _held = TcpStream::connect(proxied.address).await.unwrap();
    assert_eq!(status(proxied.address, "/livez").await, 200);
    // The places come back with the end of the connections.
    for mut stream in slow {
        rest(&mut stream).await;
    }
    assert_eq!(status(server.address, "/livez").await, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_that_comes_byte_by_byte_is_cut_though_it_never_pauses() {
    let server = server(1_000).await;
    for path in ["/echo", "/sign-in", "/upload"] {
        let kind = match path {
            "/upload" => "multipart/form-data; boundary=x",
            _ => "application/x-www-form-urlencoded",
        };
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let head = format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: {kind}\r\nContent-Length: 60000\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let (_, took) = drip(&mut stream, b"a", Duration::from_millis(50)).await;
        assert!(took < REQUEST * 5, "{path}: {took:?}");
        assert_eq!(status(server.address, "/livez").await, 200);
        let answer = rest(&mut stream).await;
        assert!(matches!(status_of(&answer), 0 | 403 | 408 | 503), "{path}: {answer}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_that_stops_in_the_middle_is_let_go() {
    let server = server(1_000).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 60000\r\n\r\ncsrf=";
    stream.write_all(head.as_bytes()).await.unwrap();
    let begun = Instant::now();
    let answer = rest(&mut stream).await;
    assert!(begun.elapsed() < REQUEST * 5, "{:?}", begun.elapsed());
    assert!(matches!(status_of(&answer), 0 | 400 | 408 | 413 | 503), "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn endless_chunks_are_cut_at_the_limit_of_a_body() {
    let server = server(1_000).await;
    let chunk = [b"4000\r\n".as_slice(), &[b'a'; 0x4000], b"\r\n"].concat();
    for (path, kind) in [
        ("/echo", "application/x-www-form-urlencoded"),
        ("/upload", "multipart/form-data; boundary=x"),
        ("/api/v1/echo", "application/json"),
    ] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let head =
            format!("POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let (sent, took) = drip(&mut stream, &chunk, Duration::ZERO).await;
        assert!(sent < 32 << 20, "{path}: {sent} bytes were taken, buffers of the line included");
        assert!(took < PATIENCE, "{path}: {took:?}");
        assert_eq!(status(server.address, "/livez").await, 200);
        sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_sends_a_file_that_is_too_large_reads_why_it_was_refused() {
    let server = server(1_000).await;
    let body = vec![b'a'; 24 << 20];
    for _ in 0..20 {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let head = format!(
            "POST /upload HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        // As browsers do: everything is sent, then the answer is read.
        timeout(PATIENCE, stream.write_all(&body)).await.unwrap().expect("the server hears it out");
        let answer = rest(&mut stream).await;
        assert!(matches!(status_of(&answer), 403 | 413), "{answer}");
    }
}
