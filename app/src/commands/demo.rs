//! `chuyendong demo`

use std::{process::ExitCode, sync::Arc};

use kernel_base::{Clock, Error, Instant, Result, Words};
use kernel_web::accounts::WallClock;

use crate::{
    clock::DemoClock,
    commands::{self, simulator_payments, simulator_signon},
    config::Overrides,
    demo::{self, DemoTime, DemoWall},
    server,
};

/// Run the demonstration.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Instant at which its clock starts: RFC 3339, or Vietnam time such as 2021-07-26T08:00
    #[arg(long, value_name = "INSTANT")]
    pub clock: Option<String>,
    /// How many dossiers are made
    #[arg(long, default_value_t = 320)]
    pub dossiers: usize,
    /// Make the data and stop
    #[arg(long)]
    pub seed_only: bool,
}

/// Seeds what is missing, prints the sign-ins, serves.
///
/// # Errors
/// As [`server::open`], the seeding and [`server::serve`].
pub fn run(overrides: &Overrides, args: &Args) -> Result<ExitCode> {
    let mut config = commands::settings(overrides)?;
    if overrides.data.is_none() && config.data.as_os_str() == "data" {
        config.data = "data/demo".into();
    }
    crate::metrics::handle();
    let start = match &args.clock {
        None => demo::start(),
        Some(text) => Instant::parse(text).ok_or_else(|| {
            Error::refused(
                "clock",
                Words::new(format!("Không đọc được thời điểm “{text}”. Ví dụ đúng: 2021-07-26T08:00"), ""),
            )
        })?,
    };
    let providers = match config.signon.as_str() {
        "" if !args.seed_only => Some(simulator_signon::start_for(&mut config)?),
        _ => None,
    };
    let cashier = match config.payments_vnpay_pay_url.as_str() {
        "" if !args.seed_only => Some(simulator_payments::start_for(&mut config)?),
        _ => None,
    };
    let clock = Arc::new(DemoClock::starting_at(start));
    let signatures = match config.signing_service.as_str() {
        "" => Some(demo::signatures(&mut config, &clock)?),
        _ => None,
    };
    let wall: Arc<dyn WallClock> = Arc::new(DemoWall(Arc::clone(&clock)));
    let parts = server::open_with(&config, Arc::clone(&clock) as Arc<dyn Clock>, true, true, wall)?;
    let made = demo::seed(&parts, &clock, start, demo::Size { dossiers: args.dossiers, ..demo::Size::default() })?;
    if made > 0 {
        // The second party has the first root: whoever rewrites what came before is found out.
        kernel_ledger::hand_out_daily_root(&parts.db, &parts.home, &parts.signing, &config.roots_dir())?;
        crate::figures::publish(&parts.db, &parts.home, &parts.signing, &config.public_dir(), start)?;
        commands::say(&format!("Đã tạo {made} hồ sơ minh họa."));
    }
    // A later start never goes back behind the last event.
    let last = parts.db.read_blocking(&parts.home, kernel_ledger::last_instant)?;
    clock.run_from(last.map_or(start, |last| if last > start { last } else { start }));
    if args.seed_only {
        return Ok(ExitCode::SUCCESS);
    }
    let jobs = server::start_jobs(&parts)?;
    let time = DemoTime(Arc::clone(&clock));
    let router = server::router_with(&parts, demo::routes(), |web| web.with_extension(time))?;
    let lines = greeting(&parts)?;
    server::serve(&parts, router, move || commands::say(&lines))?;
    jobs.stop();
    drop((providers, signatures, cashier));
    Ok(ExitCode::SUCCESS)
}

/// What a newcomer needs: the address and an account of each role.
fn greeting(parts: &server::Parts) -> Result<String> {
    let all = parts.db.read_blocking(&parts.home, demo::accounts)?;
    let address = parts.config.public_address();
    let mut lines = vec![
        format!("Chuyển Động, bản trình diễn: {address}"),
        format!("  Người dân: đăng nhập bằng số điện thoại bất kỳ, mã ở {address}/demo/mailbox"),
        format!("  Cán bộ: {address}/staff/sign-in, mật khẩu {}, mã ở {address}/demo/accounts", demo::PASSWORD),
    ];
    for role in ["reception", "specialist", "head", "leader", "administrator"] {
        if let Some(account) = all.iter().find(|a| a.roles.iter().any(|r| r == role)) {
            lines.push(format!("    {role:13} {:24} {} ({})", account.account, account.name, account.agency_name));
        }
    }
    lines.push(format!("  Tất cả {} tài khoản: {address}/api/v1/demo/accounts", all.len()));
    if let Some(cashier) = parts.config.payments_vnpay_pay_url.strip_suffix("/paymentv2/vpcpay.html") {
        lines.push(format!("  Cổng thanh toán giả lập: {cashier}"));
    }
    lines.push(format!("  Đồng hồ trình diễn: {address}/demo/clock"));
    Ok(lines.join("\n"))
}
