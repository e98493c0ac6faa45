//! `chuyendong simulator payments`

use std::{
    io::{BufRead, BufReader, Read},
    process::{Command, ExitCode, Stdio},
};

use gateway_payments::simulator::{Settings, Simulator, serve};
use kernel_base::{Error, Result, Words};

use super::simulator::Started;
use crate::{commands, config::Config, payments::secret};

/// Payment gateways for trying: the national payment platform and VNPAY, with pages where a person presses "Trả" or "Hủy".
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Address and port to listen on; only this machine. Port 0 = a free one, printed first
    #[arg(long, default_value = "127.0.0.1:8092")]
    pub listen: String,
    /// Address of the application that is notified
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    pub client: String,
    /// File with the secret shared with VNPAY
    #[arg(long, value_name = "FILE")]
    pub vnpay_secret_file: String,
    /// File with the secret shared with the national platform
    #[arg(long, value_name = "FILE")]
    pub national_secret_file: String,
    /// Stop when standard input ends, so that it does not outlive the program that started it
    #[arg(long)]
    pub with_parent: bool,
}

/// Names of this installation at the simulated gateways.
const TERMINAL: &str = "CDTHUNGHIEM";
const PARTNER: &str = "DT_THUNGHIEM";

fn cannot(what: impl std::fmt::Display) -> Error {
    Error::refused("listen", Words::new(format!("Trình mô phỏng cổng thanh toán không chạy được: {what}"), ""))
}

/// Serves until it is stopped.
///
/// # Errors
/// An address that is not of this machine or cannot be listened on; a secret that cannot be read.
pub fn run(args: &Args) -> Result<ExitCode> {
    if !args.listen.parse::<std::net::SocketAddr>().is_ok_and(|at| at.ip().is_loopback()) {
        return Err(cannot("chỉ nhận địa chỉ của máy này, ví dụ 127.0.0.1:8092"));
    }
    let settings = Settings {
        product: args.client.trim_end_matches('/').to_owned(),
        terminal: TERMINAL.to_owned(),
        vnpay_secret: secret(&args.vnpay_secret_file)?.into_bytes(),
        partner: PARTNER.to_owned(),
        national_secret: secret(&args.national_secret_file)?,
    };
    if args.with_parent {
        std::thread::spawn(|| {
            drop(std::io::stdin().read_to_end(&mut Vec::new()));
            std::process::exit(0);
        });
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    runtime.map_err(cannot)?.block_on(async move {
        let listener = tokio::net::TcpListener::bind(&args.listen).await.map_err(cannot)?;
        let address = listener.local_addr().map_err(cannot)?;
        commands::say(&format!("Trình mô phỏng cổng thanh toán đang chạy ở http://{address}"));
        serve(listener, Simulator::new(settings, address)).await.map_err(cannot)
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Starts the simulator as a process of its own on a free port, and makes its gateways those of the demonstration.
///
/// # Errors
/// A process that cannot be started, or a file that cannot be written.
pub fn start_for(config: &mut Config) -> Result<Started> {
    std::fs::create_dir_all(&config.data).map_err(cannot)?;
    let secret_file = |name: &str| -> Result<String> {
        let file = config.data.join(name);
        crate::server::keep(&file, || Ok(hex(&rand::random::<[u8; 24]>()).into_bytes()))?;
        Ok(file.display().to_string())
    };
    let (vnpay, national) = (secret_file("vnpay.key")?, secret_file("national-payment.key")?);
    let mut child = Command::new(std::env::current_exe().map_err(cannot)?)
        .args(["simulator", "payments", "--with-parent", "--listen", "127.0.0.1:0"])
        .args(["--vnpay-secret-file", &vnpay, "--national-secret-file", &national, "--client"])
        .arg(config.public_address())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(cannot)?;
    let mut line = String::new();
    let said = child.stdout.take().map(|out| BufReader::new(out).read_line(&mut line));
    let started = Started(child);
    said.transpose().map_err(cannot)?;
    let address = line.split_whitespace().find(|word| word.starts_with("http://"));
    let address = address.ok_or_else(|| cannot("tiến trình dừng ngay khi khởi động"))?.to_owned();
    point_to(config, &address, (vnpay, national));
    if config.payments_bank_account.is_empty() {
        config.payments_bank_bin = "970436".to_owned();
        config.payments_bank_name = "Ngân hàng minh họa".to_owned();
        config.payments_bank_account = "1012345678".to_owned();
        config.payments_bank_holder = "TAI KHOAN MINH HOA".to_owned();
    }
    Ok(started)
}

/// Makes the simulator at `address` the gateways of an installation; the files hold the secrets of VNPAY and of the
/// national platform.
pub fn point_to(config: &mut Config, address: &str, (vnpay, national): (String, String)) {
    config.payments_vnpay_pay_url = format!("{address}/paymentv2/vpcpay.html");
    config.payments_vnpay_api_url = format!("{address}/merchant_webapi/api/transaction");
    config.payments_vnpay_terminal = TERMINAL.to_owned();
    config.payments_vnpay_secret_file = vnpay;
    config.payments_national_init_url = format!("{address}/national/init");
    config.payments_national_query_url = format!("{address}/national/query");
    config.payments_national_bill_url = format!("{address}/national/bill");
    config.payments_national_partner = PARTNER.to_owned();
    config.payments_national_secret_file = national;
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
