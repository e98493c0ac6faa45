//! A small HTTP client that costs little, so that it is the server that is measured: one request, written once, sent
//! again and again on kept connections.

use std::{
    net::SocketAddr,
    time::{Duration, Instant as Ticks},
};

use futures_util::future::join_all;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::report::Sample;

/// What is asked of whom.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) address: SocketAddr,
    pub(crate) path: String,
}

impl Asked {
    fn request(&self) -> Vec<u8> {
        format!("GET {} HTTP/1.1\r\nHost: {}\r\nAccept: */*\r\n\r\n", self.path, self.address).into_bytes()
    }

    /// The body of one answer.
    pub(crate) fn body(&self) -> Vec<u8> {
        runtime().block_on(async { Line::open(self.address).await.ask(&self.request()).await.to_vec() })
    }

    /// Asks on so many connections for some time, from one thread.
    pub(crate) fn load(&self, connections: usize, time: Duration) -> Sample {
        let request = self.request();
        let begun = Ticks::now();
        let one = |_| async {
            let (mut line, mut took) = (Line::open(self.address).await, Vec::new());
            while begun.elapsed() < time {
                let started = Ticks::now();
                line.ask(&request).await;
                took.push(started.elapsed());
            }
            took
        };
        let took = runtime().block_on(async { join_all((0..connections).map(one)).await.concat() });
        Sample::of(took, begun.elapsed())
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// A kept connection with what has come on it.
struct Line {
    stream: TcpStream,
    come: Vec<u8>,
}

impl Line {
    async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("a connection");
        stream.set_nodelay(true).unwrap();
        Self { stream, come: Vec::with_capacity(1 << 20) }
    }

    /// One whole answer, which must be a 200 with a length; its body.
    async fn ask(&mut self, request: &[u8]) -> &[u8] {
        self.come.clear();
        self.stream.write_all(request).await.expect("a request");
        let (head, length) = loop {
            self.more().await;
            if let Some(end) = self.come.windows(4).position(|four| four == b"\r\n\r\n") {
                break (end + 4, length(&self.come[..end]));
            }
        };
        while self.come.len() < head + length {
            self.more().await;
        }
        &self.come[head..head + length]
    }

    async fn more(&mut self) {
        assert!(self.stream.read_buf(&mut self.come).await.expect("an answer") > 0, "the connection was closed");
    }
}

fn length(head: &[u8]) -> usize {
    let head = std::str::from_utf8(head).expect("a head").to_ascii_lowercase();
    assert!(head.starts_with("http/1.1 200"), "{head}");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    length.expect("an answer that says its length")
}
