//! The child process in which bytes of strangers are decoded: limited memory, limited time, no open files to speak of,
//! nothing of the server's environment. Whatever a decoder does there, the server only sees an answer or none.

use std::{
    io::{self, Read, Write},
    process::ExitCode,
};

use rustix::process::{Resource, Rlimit, setrlimit};

use crate::{
    inspect::{Answer, Inspection, Verdict},
    limits,
    refusal::Refusal,
};

/// Reads files from standard input, writes the verdict to standard output. To be called first thing by the hidden
/// subcommand `inspect-file`, before any thread is started.
pub fn main() -> ExitCode {
    // An own argument-less early return on every failure: the parent reads silence as "unreadable".
    match limit_self().and_then(|()| serve(&mut io::stdin().lock(), &mut io::stdout().lock())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// Gives away the right to use more than a little of the machine.
fn limit_self() -> io::Result<()> {
    let fixed = |value: u64| Rlimit { current: Some(value), maximum: Some(value) };
    setrlimit(Resource::As, fixed(limits::CHILD_MEMORY))?;
    setrlimit(Resource::Cpu, fixed(limits::CHILD_CPU_SECONDS))?;
    setrlimit(Resource::Core, fixed(0))?;
    setrlimit(Resource::Fsize, fixed(0))?;
    setrlimit(Resource::Nofile, fixed(32))?;
    Ok(())
}

/// Answers one request: a count of files, then each file as its length and its bytes.
fn serve(input: &mut impl Read, output: &mut impl Write) -> io::Result<()> {
    let count = read_number(input)?;
    let (verdict, pdf, preview) = inspect(count, input)?;
    let header = serde_json::to_vec(&verdict).map_err(io::Error::other)?;
    output.write_all(&(header.len() as u64).to_be_bytes())?;
    output.write_all(&header)?;
    output.write_all(&pdf)?;
    output.write_all(&preview)?;
    output.flush()
}

fn inspect(count: u64, input: &mut impl Read) -> io::Result<Answer> {
    let refused = |file: usize, refusal: Refusal| (Verdict::Refused { file, refusal }, Vec::new(), Vec::new());
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    if count == 0 || count > limits::MAX_SHOTS {
        return Ok(refused(0, Refusal::TooManyFiles));
    }
    let mut inspection = Inspection::of(count);
    for file in 0..count {
        let length = read_number(input)?;
        if length > limits::MAX_FILE {
            return Ok(refused(file, Refusal::TooLarge));
        }
        let mut bytes = Vec::new();
        if input.take(length).read_to_end(&mut bytes)? as u64 != length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if let Err(refusal) = inspection.add(&bytes) {
            return Ok(refused(file, refusal));
        }
    }
    Ok(inspection.finish().unwrap_or_else(|refusal| refused(0, refusal)))
}

fn read_number(input: &mut impl Read) -> io::Result<u64> {
    let mut raw = [0; 8];
    input.read_exact(&mut raw)?;
    Ok(u64::from_be_bytes(raw))
}
