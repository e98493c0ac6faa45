//! Checks files of strangers in a child process with limited memory and time: whatever a reader does there, the server
//! sees an answer or none.

use std::{
    ffi::OsString,
    io::{self, Read, Write},
    path::PathBuf,
    process::{ExitCode, Stdio},
    sync::Arc,
    time::Duration,
};

use kernel_base::{Error, Instant, Result};
use rustix::process::{Resource, Rlimit, setrlimit};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::Command,
    sync::Semaphore,
};

use crate::{MAX_FILE, check::check, outcome::DocumentCheck, trust::Trust};

/// Children at work at the same time; others wait.
const AT_ONCE: usize = 2;
/// A child that has not answered by then is killed.
const PATIENCE: Duration = Duration::from_secs(20);
/// So long a request waits for its turn.
const TURN: Duration = Duration::from_secs(30);
/// Address space of the child, in bytes, and its processor seconds.
const MEMORY: u64 = 1_073_741_824;
const CPU_SECONDS: u64 = 15;
/// Most bytes of an answer and of the list of whom we trust.
const MOST: u64 = 16_000_000;

/// Checks signatures in limited child processes.
#[derive(Debug, Clone)]
pub struct Checker {
    program: PathBuf,
    args: Vec<OsString>,
    trust: Arc<Trust>,
    turns: Arc<Semaphore>,
}

impl Checker {
    /// Checks by starting `program` with `args`; it must call [`main`].
    pub fn new(program: impl Into<PathBuf>, args: &[&str], trust: Arc<Trust>) -> Self {
        let args = args.iter().map(OsString::from).collect();
        Self { program: program.into(), args, trust, turns: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// Checks by starting the running program again with the subcommand `check-signatures`.
    ///
    /// # Errors
    /// `Internal` when the program does not know where it is.
    pub fn this_program(trust: Arc<Trust>) -> Result<Self> {
        let link = PathBuf::from("/proc/self/exe");
        let program = if link.exists() { Ok(link) } else { std::env::current_exe() };
        let program = program.map_err(|error| Error::internal(format!("own program not found: {error}")))?;
        Ok(Self::new(program, &["check-signatures"], trust))
    }

    /// What an installation trusts.
    #[must_use]
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// Checks a file. A child that dies or is too slow makes it unreadable.
    ///
    /// # Errors
    /// `Unavailable` when no child can be started or none is free.
    pub async fn check(&self, bytes: &[u8], now: Instant) -> Result<DocumentCheck> {
        if bytes.len() > MAX_FILE {
            return Ok(DocumentCheck::unreadable());
        }
        let _turn = match tokio::time::timeout(TURN, self.turns.acquire()).await {
            Ok(Ok(permit)) => permit,
            _ => return Err(Error::unavailable("no turn to check a signature within 30 s")),
        };
        let answer = tokio::time::timeout(PATIENCE, self.ask(bytes, now)).await;
        match answer {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => {
                Err(Error::unavailable(format!("the checker of signatures: {error}")))
            }
            other => {
                tracing::warn!(?other, "the checker of signatures gave no answer");
                Ok(DocumentCheck::unreadable())
            }
        }
    }

    async fn ask(&self, bytes: &[u8], now: Instant) -> io::Result<DocumentCheck> {
        let mut child = Command::new(&self.program)
            .args(&self.args)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let trust = self.trust.to_bytes();
        let send = async move {
            input.write_i64(now.as_millis()).await?;
            for part in [trust.as_slice(), bytes] {
                input.write_u64(part.len() as u64).await?;
                input.write_all(part).await?;
            }
            input.shutdown().await
        };
        let receive = async {
            let mut text = Vec::new();
            output.take(MOST).read_to_end(&mut text).await?;
            serde_json::from_slice(&text).map_err(io::Error::from)
        };
        let (_, found) = tokio::join!(send, receive);
        let _ = child.kill().await;
        found
    }
}

/// Reads one file from standard input and writes what was found to standard output. To be called first thing by the
/// hidden subcommand `check-signatures`.
pub fn main() -> ExitCode {
    match limit_self().and_then(|()| serve(&mut io::stdin().lock(), &mut io::stdout().lock())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn limit_self() -> io::Result<()> {
    let fixed = |value: u64| Rlimit { current: Some(value), maximum: Some(value) };
    setrlimit(Resource::As, fixed(MEMORY))?;
    setrlimit(Resource::Cpu, fixed(CPU_SECONDS))?;
    setrlimit(Resource::Core, fixed(0))?;
    setrlimit(Resource::Fsize, fixed(0))?;
    setrlimit(Resource::Nofile, fixed(32))?;
    Ok(())
}

fn serve(input: &mut impl Read, output: &mut impl Write) -> io::Result<()> {
    let mut raw = [0; 8];
    input.read_exact(&mut raw)?;
    let now = Instant::from_millis(i64::from_be_bytes(raw));
    let trust = read_part(input, MOST)?;
    let bytes = read_part(input, MAX_FILE as u64)?;
    let trust = Trust::from_bytes(&trust).map_err(|e| io::Error::other(e.to_string()))?;
    let found = check(&bytes, &trust, now);
    output.write_all(&serde_json::to_vec(&found)?)?;
    output.flush()
}

fn read_part(input: &mut impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut raw = [0; 8];
    input.read_exact(&mut raw)?;
    let length = u64::from_be_bytes(raw);
    if length > most {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut bytes = Vec::new();
    input.take(length).read_to_end(&mut bytes)?;
    if bytes.len() as u64 == length { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}
