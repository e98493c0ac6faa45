//! The server's side of the inspection: starts the child, feeds it, waits a limited time, believes only a whole answer.

use std::{ffi::OsString, io, path::PathBuf, process::Stdio, sync::Arc, time::Duration};

use bytes::Bytes;
use kernel_base::{Error, Result, Words};
use sha2::{Digest, Sha256};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    process::{Child, Command},
    sync::{Semaphore, SemaphorePermit},
};

use crate::{
    detect::SourceType,
    inspect::{Taken, Verdict},
    limits,
    received::Received,
    refusal::Refusal,
};

/// Children at work at the same time; others wait.
const AT_ONCE: usize = 2;
/// A child that has not answered by then is killed.
const PATIENCE: Duration = Duration::from_secs(20);
/// So long a request waits for its turn.
const TURN: Duration = Duration::from_secs(30);

/// Inspects files of strangers in limited child processes.
#[derive(Debug, Clone)]
pub struct Inspector {
    program: PathBuf,
    args: Vec<OsString>,
    turns: Arc<Semaphore>,
    patience: Duration,
}

/// Files that passed: one PDF, ready to be stored.
#[derive(Debug)]
pub struct Inspected {
    /// The PDF: made of the shots, or the PDF as it was received.
    pub bytes: Bytes,
    pub pages: u32,
    /// Always `application/pdf`.
    pub media_type: &'static str,
    /// Lower-case hex SHA-256 of `bytes`.
    pub sha256: String,
    /// What a better file would avoid; shown, not refused.
    pub warnings: Vec<Words>,
    /// Type of each received file, in order.
    pub source_types: Vec<SourceType>,
    /// A small picture of the first page, so that the person can confirm that it is readable.
    pub preview_jpeg: Option<Bytes>,
    /// True when `bytes` are the received PDF, byte for byte; its own metadata (author, program) is still inside.
    pub as_received: bool,
    /// The files as received, to be kept until the dossier is accepted.
    pub originals: Vec<Received>,
}

impl Inspector {
    /// Inspects by starting `program` with `args`; it must call [`crate::child::main`].
    pub fn new(program: impl Into<PathBuf>, args: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        Self {
            program: program.into(),
            args: args.into_iter().map(Into::into).collect(),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            patience: PATIENCE,
        }
    }

    /// Inspects by starting the running program again with the subcommand `inspect-file`.
    pub fn this_program() -> Result<Self> {
        // This link still leads to the running program after an upgrade has replaced the file.
        let link = PathBuf::from("/proc/self/exe");
        let program = if link.exists() { Ok(link) } else { std::env::current_exe() };
        let program = program.map_err(|error| Error::internal(format!("own program not found: {error}")))?;
        Ok(Self::new(program, ["inspect-file"]))
    }

    /// The same inspector with another limit of time; for tests.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Checks the files of one paper, in their order, and makes one PDF of them. Refusals are errors whose sentence says
    /// what to do; a decoder that crashes or hangs is a refusal too, never a failure of the server.
    pub async fn inspect(&self, files: Vec<Received>) -> Result<Inspected> {
        check_amount(&files)?;
        let _turn = self.turn().await?;
        let named = |file: usize| files.get(file).filter(|_| files.len() > 1).map(Received::name);
        match self.ask(&files).await? {
            Ok((Verdict::Refused { file, refusal }, ..)) => Err(refusal.error(named(file))),
            Ok((Verdict::Taken(taken), pdf, preview)) => conclude(taken, pdf, preview, files).await,
            Err(refusal) => Err(refusal.error(None)),
        }
    }

    /// Fails when the child cannot be started or does not answer as it should; for readiness and `doctor`.
    pub async fn self_test(&self) -> Result<()> {
        let _turn = self.turn().await?;
        let wrong = |inside: String| Error::internal(format!("inspection of files does not work: {inside}"));
        let mut child = self.start().map_err(|error| wrong(error.to_string()))?;
        let sample: &[u8] = b"not a paper";
        let sent = async |mut input: tokio::process::ChildStdin| {
            input.write_u64(1).await?;
            input.write_u64(sample.len() as u64).await?;
            input.write_all(sample).await
        };
        match self.converse(&mut child, sent).await {
            Ok((Verdict::Refused { refusal: Refusal::Text, .. }, ..)) => Ok(()),
            other => Err(wrong(format!("{other:?}"))),
        }
    }

    async fn turn(&self) -> Result<SemaphorePermit<'_>> {
        match tokio::time::timeout(TURN, self.turns.acquire()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(Error::unavailable("no turn to inspect a file within 30 s")),
        }
    }

    fn start(&self) -> io::Result<Child> {
        Command::new(&self.program)
            .args(&self.args)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
    }

    /// One request to one child. The inner error is a refusal: the child died or was silent.
    async fn ask(&self, files: &[Received]) -> Result<Result<Reply, Refusal>> {
        let mut child =
            self.start().map_err(|error| Error::unavailable(format!("starting the file inspector: {error}")))?;
        let reply = self.converse(&mut child, async |input| send(input, files).await).await;
        // Drop would kill it too; this also waits, so that no zombie stays.
        let _ = child.kill().await;
        Ok(reply.map_err(|error| {
            let late = error.kind() == io::ErrorKind::TimedOut;
            tracing::warn!(%error, files = files.len(), "the file inspector gave no answer");
            if late { Refusal::TooSlow } else { Refusal::Unreadable }
        }))
    }

    async fn converse<F>(
        &self,
        child: &mut Child,
        send: impl FnOnce(tokio::process::ChildStdin) -> F,
    ) -> io::Result<Reply>
    where
        F: Future<Output = io::Result<()>>,
    {
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let talk = async {
            // A child that refuses early stops reading: its answer counts, not our broken pipe.
            let (_, reply) = tokio::join!(send(input), receive(output));
            reply
        };
        tokio::time::timeout(self.patience, talk).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }
}

type Reply = (Verdict, Vec<u8>, Vec<u8>);

fn check_amount(files: &[Received]) -> Result<()> {
    let named = |file: &Received| (files.len() > 1).then(|| file.name().to_owned());
    if files.is_empty() {
        return Err(Refusal::Empty.error(None));
    }
    if files.len() > limits::MAX_SHOTS || files.iter().map(Received::size).sum::<u64>() > limits::MAX_PAPER {
        return Err(Refusal::TooManyFiles.error(None));
    }
    for file in files {
        if file.size() == 0 {
            return Err(Refusal::Empty.error(named(file).as_deref()));
        }
        if file.size() > limits::MAX_FILE {
            return Err(Refusal::TooLarge.error(named(file).as_deref()));
        }
    }
    Ok(())
}

async fn send(mut input: impl AsyncWrite + Unpin, files: &[Received]) -> io::Result<()> {
    input.write_u64(files.len() as u64).await?;
    for received in files {
        let file = tokio::fs::File::open(received.path()).await?;
        input.write_u64(received.size()).await?;
        tokio::io::copy(&mut file.take(received.size()), &mut input).await?;
    }
    input.flush().await
}

async fn receive(output: impl AsyncRead + Unpin) -> io::Result<Reply> {
    let mut output = output.take(limits::MAX_ANSWER);
    let length = output.read_u64().await?;
    let header = exactly(&mut output, length).await?;
    let verdict: Verdict = serde_json::from_slice(&header)?;
    let (pdf, preview) = match &verdict {
        Verdict::Taken(taken) => (taken.pdf_length, taken.preview_length),
        Verdict::Refused { .. } => (0, 0),
    };
    let pdf = exactly(&mut output, pdf).await?;
    let preview = exactly(&mut output, preview).await?;
    Ok((verdict, pdf, preview))
}

/// Reads `length` bytes, allocating only as they come: the child's word is not trusted.
async fn exactly(output: &mut (impl AsyncRead + Unpin), length: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    output.take(length).read_to_end(&mut bytes).await?;
    if bytes.len() as u64 == length { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

async fn conclude(taken: Taken, pdf: Vec<u8>, preview: Vec<u8>, originals: Vec<Received>) -> Result<Inspected> {
    let bytes = match originals.first() {
        Some(only) if taken.as_received => only.bytes().await?,
        _ => Bytes::from(pdf),
    };
    Ok(Inspected {
        pages: u32::try_from(taken.pages).unwrap_or(u32::MAX),
        media_type: "application/pdf",
        sha256: hex::encode(Sha256::digest(&bytes)),
        bytes,
        warnings: taken.warnings,
        source_types: taken.types,
        preview_jpeg: (!preview.is_empty()).then(|| Bytes::from(preview)),
        as_received: taken.as_received,
        originals,
    })
}
