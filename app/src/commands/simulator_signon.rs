//! `chuyendong simulator signon`

use std::{
    io::Read,
    path::Path,
    process::{Command, ExitCode, Stdio},
};

use kernel_base::{Error, Result, Words};

use super::simulator::Started;
use crate::{commands, config::Config, simulators::signon};

/// Providers where invented people sign on: the national portal, VNeID, a provider for officers.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Address and port to listen on; only this machine
    #[arg(long, default_value = "127.0.0.1:8091")]
    pub listen: String,
    /// Address of the application that people come back to
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    pub client: String,
    /// Stop when standard input ends, so that it does not outlive the program that started it
    #[arg(long)]
    pub with_parent: bool,
    /// Print the settings for the application (setting `signon`) and stop
    #[arg(long)]
    pub print_settings: bool,
}

fn cannot(what: impl std::fmt::Display) -> Error {
    Error::refused("listen", Words::new(format!("Trình mô phỏng đăng nhập không chạy được: {what}"), ""))
}

/// Serves until it is stopped.
///
/// # Errors
/// An address that is not of this machine, or that cannot be listened on.
pub fn run(args: &Args) -> Result<ExitCode> {
    let address = format!("http://{}", args.listen);
    if args.print_settings {
        return commands::print(&signon::settings(&address));
    }
    let here = args.listen.parse::<std::net::SocketAddr>().is_ok_and(|at| at.ip().is_loopback());
    if !here {
        return Err(cannot("chỉ nhận địa chỉ của máy này, ví dụ 127.0.0.1:8091"));
    }
    let router = signon::router(&address, &args.client)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let with_parent = args.with_parent;
    runtime.map_err(cannot)?.block_on(async move {
        let listener = tokio::net::TcpListener::bind(&args.listen).await.map_err(cannot)?;
        commands::say(&format!("Trình mô phỏng đăng nhập đang chạy ở {address}"));
        let served = axum::serve(listener, router).with_graceful_shutdown(ended(with_parent));
        served.await.map_err(cannot)
    })?;
    Ok(ExitCode::SUCCESS)
}

async fn ended(with_parent: bool) {
    if !with_parent {
        return std::future::pending().await;
    }
    let parent = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()).map(drop));
    drop(parent.await);
    // A kept connection of the application does not hold the process.
    std::process::exit(0);
}

/// Starts the simulator as a process of its own on a free port, and names its settings to the demonstration.
///
/// # Errors
/// A process that cannot be started, or a file that cannot be written.
pub fn start_for(config: &mut Config) -> Result<Started> {
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).map_err(cannot)?;
    let program = std::env::current_exe().map_err(cannot)?;
    let child = Command::new(program)
        .args(["simulator", "signon", "--with-parent", "--listen", &free.to_string(), "--client"])
        .arg(config.public_address())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .map_err(cannot)?;
    let started = Started(child);
    let file = config.data.join("signon-simulator.toml");
    write(&file, &signon::settings(&format!("http://{free}")))?;
    config.signon = file.display().to_string();
    Ok(started)
}

fn write(file: &Path, text: &str) -> Result<()> {
    let made = file.parent().map_or(Ok(()), std::fs::create_dir_all);
    made.and_then(|()| std::fs::write(file, text)).map_err(cannot)
}
