//! A connection whose reader may not keep the server waiting for ever.
//!
//! hyper sets no limit on writing: who asks for a large file and reads nothing would hold connection and memory. What is
//! limited is the time for which the socket takes nothing at all; a slow line that goes on taking is never cut.

use std::{
    future::Future,
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Sleep,
};

/// A stream and the patience with its reader.
#[derive(Debug)]
pub(crate) struct Paced<S> {
    stream: S,
    patience: Duration,
    /// The end of the patience, while the reader takes nothing.
    waiting: Option<Pin<Box<Sleep>>>,
}

impl<S> Paced<S> {
    pub(crate) fn new(stream: S, patience: Duration) -> Self {
        Self { stream, patience, waiting: None }
    }

    /// Ready with an error when the patience is over.
    fn wait(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        let patience = self.patience;
        let end = self.waiting.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        ready!(end.as_mut().poll(context));
        Poll::Ready(io::Error::new(io::ErrorKind::TimedOut, "the reader takes nothing"))
    }

    fn paced(&mut self, written: Poll<io::Result<usize>>, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if written.is_pending() {
            return self.wait(context).map(Err);
        }
        self.waiting = None;
        written
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Paced<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Paced<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.paced(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        self.paced(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(600);

    /// Writes `bytes` through a line that holds 64 of them, read by `piece` after each `pause`; whether all arrived, and
    /// after how long.
    async fn written(bytes: usize, piece: usize, pause: Duration) -> (bool, Duration) {
        let (near, mut far) = duplex(64);
        let begun = Instant::now();
        let reader = tokio::spawn(async move {
            let mut taken = vec![0; piece];
            loop {
                tokio::time::sleep(pause).await;
                if !matches!(far.read(&mut taken).await, Ok(1..)) {
                    break;
                }
            }
        });
        let outcome = Paced::new(near, PATIENCE).write_all(&vec![0; bytes]).await;
        let took = begun.elapsed();
        reader.abort();
        (outcome.is_ok(), took)
    }

    #[tokio::test]
    async fn who_reads_nothing_is_cut_after_the_patience() {
        let (whole, took) = written(100_000, 1, Duration::from_secs(3_600)).await;
        assert!(!whole && took >= PATIENCE && took < PATIENCE * 10, "{took:?}");
    }

    #[tokio::test]
    async fn a_slow_line_that_goes_on_taking_is_served_to_the_end() {
        // The time waited is many times the patience.
        let (whole, took) = written(20_000, 64, Duration::from_millis(7)).await;
        assert!(whole && took > PATIENCE * 3, "{took:?}");
    }
}
