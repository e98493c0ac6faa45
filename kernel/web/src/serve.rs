//! The accept loop: bounded connections, a limit on slow headers, an orderly end.
//!
//! `axum::serve` sets no timer, so a client that sends one header byte a minute would keep its connection for ever.

use std::{future::Future, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, extract::ConnectInfo};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    task::JoinSet,
};
use tower::ServiceExt;

/// Bounds of the accept loop.
#[derive(Debug, Clone, Copy)]
pub struct ServeSettings {
    /// Open connections at most; further ones wait in the kernel's queue.
    pub connections: usize,
    /// Longest time until the whole head of a request has come; also the longest pause between two requests.
    pub head_timeout: Duration,
    /// Time for requests in progress after the end was asked for.
    pub grace: Duration,
}

impl Default for ServeSettings {
    fn default() -> Self {
        Self { connections: 8_192, head_timeout: Duration::from_secs(20), grace: Duration::from_secs(20) }
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
        let (router, ended) = (router.clone(), ending.subscribe());
        open.spawn(async move {
            connection(stream, peer, router, settings.head_timeout, ended).await;
            drop(place);
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
    head_timeout: Duration,
    mut ended: watch::Receiver<()>,
) {
    // Small answers leave at once.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |mut request: http::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head_timeout)
        .serve_connection(TokioIo::new(stream), service);
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

    async fn started() -> (SocketAddr, oneshot::Sender<()>, tokio::task::JoinHandle<io::Result<()>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let slow = || async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            "late but whole"
        };
        let router = Router::new().route("/slow", get(slow));
        let settings = ServeSettings { head_timeout: Duration::from_millis(200), ..ServeSettings::default() };
        let (end, ended) = oneshot::channel::<()>();
        let running = tokio::spawn(serve(listener, router, settings, async { drop(ended.await) }));
        (address, end, running)
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
