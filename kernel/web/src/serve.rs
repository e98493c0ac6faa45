//! The accept loop: bounded connections, in all and of one address, limits on slow heads and slow readers, an orderly end.
//!
//! `axum::serve` sets no timer, so a client that sends one header byte a minute would keep its connection for ever.

use std::{
    collections::HashMap,
    future::Future,
    io,
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{Router, extract::ConnectInfo};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use parking_lot::Mutex;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::JoinSet,
};
use tower::ServiceExt;

use crate::{heard_out::HeardOut, paced::Paced};

/// Bounds of the accept loop.
#[derive(Debug, Clone, Copy)]
pub struct ServeSettings {
    /// Open connections at most; further ones wait in the kernel's queue.
    pub connections: usize,
    /// Open connections of one address (of IPv6: of one /64 network); further ones are closed at once. 0: no limit.
    pub connections_per_address: usize,
    /// The own proxy in front, whose connections are those of many: they are limited in all only.
    pub proxy: Option<IpAddr>,
    /// Longest time until the whole head of a request has come; also the longest pause between two requests.
    pub head_timeout: Duration,
    /// How long a reader may take nothing of an answer.
    pub write_timeout: Duration,
    /// How long the rest of a body is heard out that was answered before its end.
    pub linger: Duration,
    /// Time for requests in progress after the end was asked for.
    pub grace: Duration,
}

impl Default for ServeSettings {
    fn default() -> Self {
        Self {
            connections: 8_192,
            connections_per_address: 1_024,
            proxy: None,
            head_timeout: Duration::from_secs(20),
            write_timeout: Duration::from_secs(60),
            linger: Duration::from_secs(30),
            grace: Duration::from_secs(20),
        }
    }
}

/// Open connections by address.
#[derive(Debug, Default)]
struct Guests(Mutex<HashMap<IpAddr, usize>>);

/// The place of one connection among those of its address; given back when dropped.
#[derive(Debug)]
struct Guest {
    guests: Arc<Guests>,
    address: IpAddr,
}

impl Guests {
    /// `None` when the address has as many connections as it may.
    fn admit(self: &Arc<Self>, peer: IpAddr, most: usize) -> Option<Guest> {
        let address = network(peer);
        let mut open = self.0.lock();
        let count = open.entry(address).or_default();
        if most > 0 && *count >= most {
            return None;
        }
        *count += 1;
        Some(Guest { guests: Arc::clone(self), address })
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        let mut open = self.guests.0.lock();
        if let Some(count) = open.get_mut(&self.address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                open.remove(&self.address);
            }
        }
    }
}

/// Whom an address belongs to: one subscriber holds a whole /64 of IPv6.
fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from(u128::from(address) & !u128::from(u64::MAX)).into(),
        address @ IpAddr::V4(_) => address,
    }
}

/// Serves a finished router until `end` comes; then answers what is in progress.
///
/// # Errors
/// Those of the listener that waiting does not heal.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    settings: ServeSettings,
    end: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let places = Arc::new(Semaphore::new(settings.connections));
    let guests = Arc::new(Guests::default());
    let (ending, _) = watch::channel(());
    let mut open = JoinSet::new();
    tokio::pin!(end);
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { break };
        let (stream, peer) = tokio::select! {
            () = &mut end => break,
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    // A visitor who left, or no file descriptors: wait a little, do not spin.
                    tracing::warn!(%error, "accept");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    continue;
                }
            },
        };
        let proxied = settings.proxy == Some(peer.ip().to_canonical());
        let most = if proxied { 0 } else { settings.connections_per_address };
        let Some(guest) = guests.admit(peer.ip(), most) else {
            metrics::counter!("http_connections_refused_total").increment(1);
            continue;
        };
        let (router, ended) = (router.clone(), ending.subscribe());
        open.spawn(async move {
            connection(stream, peer, router, settings, ended).await;
            drop((place, guest));
        });
        while open.try_join_next().is_some() {}
    }
    drop(listener);
    drop(ending);
    let rest = async { while open.join_next().await.is_some() {} };
    if tokio::time::timeout(settings.grace, rest).await.is_err() {
        tracing::warn!("requests were still in progress at the end");
    }
    Ok(())
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    settings: ServeSettings,
    mut ended: watch::Receiver<()>,
) {
    // Small answers leave at once.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |mut request: http::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let request = request.map(|body| HeardOut::new(body, settings.linger));
        router.clone().oneshot(request)
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(settings.head_timeout)
        .serve_connection(TokioIo::new(Paced::new(stream, settings.write_timeout)), service);
    tokio::pin!(serving);
    let outcome = tokio::select! {
        outcome = serving.as_mut() => outcome,
        _ = ended.changed() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "connection");
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        sync::oneshot,
    };

    use super::*;

    /// More than the buffers of both ends of a connection hold.
    const LARGE: usize = 64 << 20;

    async fn started() -> (SocketAddr, oneshot::Sender<()>, tokio::task::JoinHandle<io::Result<()>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let slow = || async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            "late but whole"
        };
        let large = || async { vec![b'a'; LARGE] };
        let router = Router::new().route("/slow", get(slow)).route("/large", get(large));
        let (head_timeout, write_timeout) = (Duration::from_millis(200), Duration::from_millis(300));
        let settings = ServeSettings { head_timeout, write_timeout, ..ServeSettings::default() };
        let (end, ended) = oneshot::channel::<()>();
        let running = tokio::spawn(serve(listener, router, settings, async { drop(ended.await) }));
        (address, end, running)
    }

    #[test]
    fn an_address_has_a_number_of_places_and_gives_them_back() {
        let guests = Arc::new(Guests::default());
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        let first = guests.admit(address("2001:db8::1"), 2);
        let second = guests.admit(address("2001:db8::ffff:2"), 2);
        assert!(first.is_some() && second.is_some());
        assert!(guests.admit(address("2001:db8::3"), 2).is_none(), "one network is one subscriber");
        assert!(guests.admit(address("2001:db8:0:1::3"), 2).is_some());
        assert!(guests.admit(address("2001:db8::3"), 0).is_some(), "0 is no limit");
        drop(first);
        drop(second);
        assert!(guests.admit(address("2001:db8::3"), 1).is_some());
        let fourth = guests.admit(address("192.0.2.1"), 1);
        assert!(fourth.is_some() && guests.admit(address("::ffff:192.0.2.1"), 1).is_none());
        drop(fourth);
        assert!(guests.0.lock().is_empty(), "nothing is remembered of who has left");
    }

    #[tokio::test]
    async fn a_client_that_never_finishes_its_head_is_let_go() {
        let (address, _end, _running) = started().await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /slow HTTP/1.1\r\nHost: a\r\nX-Slow: ").await.unwrap();
        let mut rest = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(2), stream.read_to_end(&mut rest)).await;
        assert!(read.is_ok(), "the connection must be closed");
    }

    #[tokio::test]
    async fn a_client_that_does_not_read_its_answer_is_let_go() {
        let (address, _end, _running) = started().await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        let mut begun = vec![0; 1_024];
        stream.read_exact(&mut begun).await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
        let mut rest = Vec::new();
        // A reset is an end too.
        let _ = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut rest)).await.unwrap();
        assert!(rest.len() < LARGE, "the answer was given up in the middle");
    }

    #[tokio::test]
    async fn a_request_in_progress_is_answered_after_the_end_was_asked_for() {
        let (address, end, running) = started().await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        drop(end);
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.ends_with("late but whole"), "{answer}");
        running.await.unwrap().unwrap();
        assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
    }
}
