//! `chuyendong simulator signing`

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use gateway_signing::simulator::Simulator;
use kernel_base::{Clock, Error, Instant, Result, Words};

use crate::{
    clock::{DemoClock, SystemClock},
    commands,
};

/// A certificate authority, a remote signing service and a time-stamp authority for tests.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Address and port to listen on
    #[arg(long, default_value = "127.0.0.1:8090", value_name = "ADDR")]
    pub listen: String,
    /// File of its keys and answers, made when it is missing
    #[arg(long, default_value = "signing-simulator.json", value_name = "FILE")]
    pub keys: PathBuf,
    /// Instant at which its clock starts, for tests: RFC 3339, or Vietnam time such as 2021-07-26T08:00
    #[arg(long, value_name = "INSTANT")]
    pub clock: Option<String>,
}

/// Runs until the process is told to stop.
///
/// # Errors
/// An address that cannot be listened on, an instant that cannot be read.
pub fn run(args: &Args) -> Result<ExitCode> {
    let simulator = Simulator::start(&args.listen, clock(args.clock.as_deref())?, Some(&args.keys))?;
    let url = simulator.url();
    commands::say(&format!("Mô phỏng ký số: {url}"));
    commands::say(&format!("  signing_service = \"{url}\""));
    commands::say(&format!("  timestamp_service = \"{}\"", simulator.stamp_url()));
    commands::say(&format!("  Chứng thư gốc: {url}/root.pem, danh sách thu hồi: {url}/crl/issuing.crl"));
    commands::say(&format!(
        "  Gây lỗi: curl -d '{{\"stamp\":\"down\"}}' -H 'Content-Type: application/json' {url}/faults"
    ));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| Error::unavailable(format!("no runtime: {e}")))?;
    runtime.block_on(async {
        let _ = tokio::signal::ctrl_c().await;
    });
    Ok(ExitCode::SUCCESS)
}

/// The machine's clock, or one that runs on from `start`.
fn clock(start: Option<&str>) -> Result<Arc<dyn Clock>> {
    let Some(text) = start else { return Ok(Arc::new(SystemClock)) };
    let start = Instant::parse(text).ok_or_else(|| {
        Error::refused(
            "clock",
            Words::new(format!("Không đọc được thời điểm “{text}”. Ví dụ đúng: 2021-07-26T08:00"), ""),
        )
    })?;
    Ok(Arc::new(DemoClock::starting_at(start)))
}
