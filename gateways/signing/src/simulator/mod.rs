//! A certificate authority, a remote signing service and a time-stamp authority for tests and the demonstration, over
//! HTTP, with faults that can be switched on. Its keys are on disk beside the data; its certificates say that they are
//! for tests.

mod authority;
mod faults;
mod routes;
mod token;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use kernel_base::{Clock, Error, Result};
use parking_lot::Mutex;
use tokio::sync::oneshot;

pub use authority::{Authority, Special};
pub use faults::{Fault, Faults};

/// What the routes share.
#[derive(Debug, Clone)]
pub(crate) struct Shared {
    pub(crate) authority: Arc<Mutex<Authority>>,
    pub(crate) faults: Arc<Faults>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) kept: Option<Arc<PathBuf>>,
}

impl Shared {
    /// Writes keys and answers to disk: a restart must not sign a second time.
    pub(crate) fn keep(&self) -> Result<()> {
        let Some(path) = &self.kept else { return Ok(()) };
        let text = serde_json::to_vec(&*self.authority.lock()).map_err(|e| Error::internal(e.to_string()))?;
        let beside = path.with_extension("new");
        std::fs::write(&beside, text)
            .and_then(|()| std::fs::rename(&beside, path.as_path()))
            .map_err(|e| Error::unavailable(format!("{}: {e}", path.display())))
    }
}

/// A running simulator; it stops when this is dropped.
#[derive(Debug)]
pub struct Simulator {
    shared: Shared,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Simulator {
    /// Starts on an address (`127.0.0.1:0` = any free port); `kept` is the file of keys, made when it is missing.
    ///
    /// # Errors
    /// An address that cannot be listened on, a file that cannot be read or written.
    pub fn start(address: &str, clock: Arc<dyn Clock>, kept: Option<&Path>) -> Result<Self> {
        let authority = match kept.map(std::fs::read) {
            Some(Ok(text)) => {
                serde_json::from_slice(&text).map_err(|e| Error::internal(format!("signing simulator: {e}")))?
            }
            _ => Authority::new()?,
        };
        let shared = Shared {
            authority: Arc::new(Mutex::new(authority)),
            faults: Arc::new(Faults::default()),
            clock,
            kept: kept.map(|path| Arc::new(path.to_owned())),
        };
        shared.keep()?;
        let broken = |e: std::io::Error| Error::unavailable(format!("signing simulator at {address}: {e}"));
        let listener = std::net::TcpListener::bind(address).map_err(broken)?;
        listener.set_nonblocking(true).map_err(broken)?;
        let address = listener.local_addr().map_err(broken)?;
        let (stop, stopped) = oneshot::channel();
        let router = routes::router(shared.clone());
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(broken)?;
        let thread = std::thread::spawn(move || {
            runtime.block_on(async move {
                let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
                let serving = axum::serve(listener, router).with_graceful_shutdown(async {
                    let _ = stopped.await;
                });
                let _ = serving.await;
            });
        });
        Ok(Self { shared, address, stop: Some(stop), thread: Some(thread) })
    }

    /// `http://127.0.0.1:NNNN`
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Address of the time-stamp authority.
    #[must_use]
    pub fn stamp_url(&self) -> String {
        format!("{}/stamp", self.url())
    }

    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// Certificates, revocation lists and answers.
    pub fn authority(&self) -> parking_lot::MutexGuard<'_, Authority> {
        self.shared.authority.lock()
    }

    /// What an installation needs to believe this authority.
    ///
    /// # Errors
    /// `Internal` when a list cannot be made.
    pub fn trust(&self) -> Result<kernel_signatures::Trust> {
        self.authority().trust(self.shared.clock.now())
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        // A request that a fault made slow is not waited for.
        drop(self.thread.take());
    }
}
