//! The body of a request whose rest is heard out after it was answered.
//!
//! A file that is too large is refused before all of it has come. Who is still sending then and finds the connection
//! closed never reads the refusal: the browser shows an error of its own. So what still comes is taken and thrown away,
//! within bounds, and the sentence arrives.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use tokio::runtime::Handle;

/// Bytes of a refused body that are taken at most: a long film of a telephone.
const MOST: u64 = 512 << 20;

/// A body; when it is dropped before its end, the rest is heard out for a while.
#[derive(Debug)]
pub(crate) struct HeardOut {
    body: Option<Incoming>,
    linger: Duration,
}

impl HeardOut {
    pub(crate) fn new(body: Incoming, linger: Duration) -> Self {
        Self { body: Some(body), linger }
    }
}

impl Body for HeardOut {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        match self.body.as_mut() {
            Some(body) => Pin::new(body).poll_frame(context),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}

impl Drop for HeardOut {
    fn drop(&mut self) {
        let rest = self.body.take().filter(|body| !body.is_end_stream());
        if let (Some(body), Ok(runtime)) = (rest, Handle::try_current()) {
            let linger = self.linger;
            runtime.spawn(async move { tokio::time::timeout(linger, hear_out(body)).await });
        }
    }
}

async fn hear_out(mut body: Incoming) {
    let mut taken = 0;
    while taken < MOST {
        match std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
            Some(Ok(frame)) => taken += frame.data_ref().map_or(0, |bytes| bytes.len() as u64),
            Some(Err(_)) | None => return,
        }
    }
}
