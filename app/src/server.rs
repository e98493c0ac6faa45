//! Puts the parts together: database, ports, files, jobs, routes.

use std::{fs, io::Write, net::IpAddr, path::Path, sync::Arc, time::Duration};

use axum::{Router, routing::get};
use kernel_base::{Clock, Error, Home, Result, Words};
use kernel_contract::{Settings, Signing};
use kernel_db::{Db, DbOptions};
use kernel_files::{Files, Inspector};
use kernel_jobs::{Runner, RunnerHandle};
use kernel_ledger::SigningKey;
use kernel_signatures::{Trust, child::Checker};
use kernel_web::{Messages, Secrets, ServeSettings, Web, WebConfig, accounts::WallClock};
use tower_http::set_header::SetResponseHeaderLayer;

use crate::{
    clock::{ForwardClock, SystemClock},
    config::Config,
    sign_on, systems,
};

/// Everything that a command needs.
#[derive(Clone, Debug)]
pub struct Parts {
    pub config: Config,
    pub db: Db,
    pub home: Home,
    pub files: Files,
    pub signing: Arc<SigningKey>,
    /// Whom this installation trusts for signatures of documents.
    pub trust: Arc<Trust>,
    /// Checks signatures of strangers' files.
    pub checker: Checker,
    /// Signatures on what is approved from now on.
    pub signatures: Arc<Signing>,
    pub demonstration: bool,
    pub notify: kernel_notify::Notify,
    pub gateways: kernel_contract::Gateways,
}

/// Opens database and files; makes or updates the tables when `migrate` is set.
///
/// # Errors
/// A directory that cannot be made, a database that cannot be reached, a table that cannot be made.
pub fn open(config: &Config, clock: Arc<dyn Clock>, demonstration: bool, migrate: bool) -> Result<Parts> {
    open_with(config, clock, demonstration, migrate, Arc::new(SystemClock))
}

/// As [`open`], for whoever writes by the clock of the machine: that never goes back while the process runs, and does not
/// stand before the last event when it starts, else what is late could be stamped as on time.
///
/// # Errors
/// As [`open`]; `Conflict` for a clock that was set back.
pub fn open_to_write(config: &Config, migrate: bool) -> Result<Parts> {
    let parts = open(config, Arc::new(ForwardClock::default()), false, migrate)?;
    let (last, now) = parts.db.read_blocking(&parts.home, |tx| Ok((kernel_ledger::last_instant(tx)?, tx.now())))?;
    match last.filter(|last| now.plus_minutes(1) < *last) {
        None => Ok(parts),
        Some(last) => {
            let words = Words::new(
                format!(
                    "Đồng hồ máy chủ ({now}) đứng trước sự kiện cuối cùng đã ghi ({last}). Hãy chỉnh đúng giờ rồi chạy lại."
                ),
                format!(
                    "The clock ({now}) stands before the last recorded event ({last}). Set it right and start again."
                ),
            );
            Err(Error::conflict("clock_set_back", words))
        }
    }
}

/// As [`open`], with the clock by which one-time codes are judged.
///
/// # Errors
/// As [`open`].
pub fn open_with(
    config: &Config,
    clock: Arc<dyn Clock>,
    demonstration: bool,
    migrate: bool,
    wall: Arc<dyn WallClock>,
) -> Result<Parts> {
    let home = Home::parse(&config.home).ok_or_else(|| {
        Error::refused("config", Words::new("Thiết lập “home” chỉ gồm chữ cái, chữ số và dấu “-”.", ""))
    })?;
    make_dir(&config.data)?;
    let settings = Settings {
        public_address: config.public_address(),
        committee: config.committee.clone(),
        place: config.place.clone(),
        demonstration,
    };
    let mut options = DbOptions::new(config.db_url(), clock);
    let signatures = Arc::new(Signing::new(!config.signing_service.is_empty()));
    let notify = crate::notices::notify(config, demonstration)?;
    options.ports =
        systems::ports(settings, notify.clone()).with::<Signing>(Arc::clone(&signatures)).with::<dyn WallClock>(wall);
    options.readers = config.readers;
    options.writers = config.writers;
    options.append_only = systems::APPEND_ONLY;
    let db = Db::open(options)?;
    if migrate {
        db.migrate(&systems::migrations())?;
    }
    let files = Files::open(&config.data.join("files"), Inspector::this_program()?)?;
    let trust = Arc::new(crate::signing::trust(&config.trust_dir())?);
    let checker = Checker::this_program(Arc::clone(&trust))?;
    let signing = Arc::new(signing_key(&config.data.join("ledger.key"))?);
    let gateways = crate::payments::gateways(config)?;
    Ok(Parts {
        config: config.clone(),
        db,
        home,
        files,
        signing,
        trust,
        checker,
        signatures,
        demonstration,
        notify,
        gateways,
    })
}

fn make_dir(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(|e| {
        let sentence =
            format!("Không tạo được thư mục dữ liệu {}: {e}. Hãy chọn thư mục khác bằng --data.", path.display());
        Error::refused("data_dir", Words::new(sentence, ""))
    })
}

/// The web state of a server.
///
/// # Errors
/// A broken message file, or a secret that cannot be read or made.
pub fn web(parts: &Parts) -> Result<Web> {
    let base_url = parts.config.public_address();
    let mut config =
        if parts.demonstration { WebConfig::demo(base_url) } else { WebConfig { base_url, ..WebConfig::default() } };
    config.secure_cookies = parts.config.secure_cookies;
    config.trusted_proxy = trusted_proxy(&parts.config.trusted_proxy)?;
    let desk = sign_on::desk(&parts.config)?;
    config.form_targets = desk.as_ref().map(sign_on::origins).unwrap_or_default();
    config.province = Words::new(&parts.config.province, &parts.config.province_en);
    let messages = Messages::load(&systems::messages())?;
    let secrets = Secrets::from_bytes(&secret(&parts.config.data.join("web.key"))?);
    let web = Web::new(parts.db.clone(), parts.home.clone(), config, secrets, messages)
        .with_extension(parts.files.clone())
        .with_extension(parts.checker.clone())
        .with_extension(system_directives::scoreboard::PublicFolder(parts.config.public_dir()))
        .with_extension(system_directives::scoreboard::Boards::kept_for(Duration::from_millis(
            parts.config.board_millis,
        )))
        .with_extension(parts.notify.clone())
        .with_extension(parts.gateways.clone())
        .with_extension(crate::payments::beneficiary(&parts.config))
        .with_nav(systems::nav());
    Ok(match desk {
        Some(desk) => web.with_extension(desk),
        None => web,
    })
}

fn trusted_proxy(setting: &str) -> Result<Option<IpAddr>> {
    if setting.is_empty() {
        return Ok(None);
    }
    setting.parse().map(Some).map_err(|_| {
        let sentence =
            format!("trusted_proxy: “{setting}” không phải địa chỉ IP. Hãy ghi ví dụ 127.0.0.1, hoặc để trống.");
        Error::refused("config", Words::new(sentence, ""))
    })
}

/// The key that signs daily roots of the ledger.
fn signing_key(path: &Path) -> Result<SigningKey> {
    let text = keep(path, || SigningKey::generate().map(|(_, text)| text.into_bytes()))?;
    SigningKey::load(&String::from_utf8_lossy(&text))
}

/// The secret of forms and sessions.
fn secret(path: &Path) -> Result<Vec<u8>> {
    keep(path, || Ok(rand::random::<[u8; 32]>().to_vec()))
}

/// A file that is made once, readable by the owner only, and read from then on.
pub(crate) fn keep(path: &Path, make: impl FnOnce() -> Result<Vec<u8>>) -> Result<Vec<u8>> {
    if let Ok(bytes) = fs::read(path) {
        return Ok(bytes);
    }
    let broken = |e: std::io::Error| Error::unavailable(format!("{}: {e}", path.display()));
    let bytes = make()?;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(mut file) => file.write_all(&bytes).and_then(|()| file.sync_all()).map_err(broken)?,
        // Another process made it first.
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => return fs::read(path).map_err(broken),
        Err(e) => return Err(broken(e)),
    }
    Ok(bytes)
}

/// The whole application as a router.
///
/// # Errors
/// As [`web`].
pub fn router(parts: &Parts, extra: Router<Web>) -> Result<Router> {
    router_with(parts, extra, |web| web)
}

/// As [`router`], with more services for the handlers.
///
/// # Errors
/// As [`web`].
pub fn router_with(parts: &Parts, extra: Router<Web>, more: impl FnOnce(Web) -> Web) -> Result<Router> {
    let web = more(web(parts)?);
    Ok(kernel_web::finish(routes(extra), web))
}

/// Every address of the application.
pub fn routes(extra: Router<Web>) -> Router<Web> {
    let metrics = crate::metrics::handle();
    systems::routes()
        .merge(extra)
        .route("/openapi.json", get(|| async { json(systems::openapi_json()) }))
        .route("/metrics", get(move || async move { metrics.render() }))
        .merge(docs())
}

fn json(text: String) -> impl axum::response::IntoResponse {
    ([(http::header::CONTENT_TYPE, "application/json")], text)
}

/// A page to read and try the API, with all its files inside the binary.
fn docs() -> Router<Web> {
    use utoipa_swagger_ui::{Config, SwaggerUi};
    let pages: Router<Web> = SwaggerUi::new("/docs/api").config(Config::from("/openapi.json")).into();
    // The viewer styles itself inline; its scripts come from this server only.
    let policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'";
    pages.layer(SetResponseHeaderLayer::overriding(
        http::header::CONTENT_SECURITY_POLICY,
        http::HeaderValue::from_static(policy),
    ))
}

/// A gateway that answers slowly holds one of them; codes, escalations and seals go on in the others.
const JOB_THREADS: usize = 3;

/// Starts the background work: sealing, daily roots, apology drafts, cleaning.
///
/// # Errors
/// When no thread can be started.
pub fn start_jobs(parts: &Parts) -> Result<RunnerHandle> {
    runner(parts).spawn(JOB_THREADS)
}

/// The runner of background work, for tests and seeding.
#[must_use]
pub fn runner(parts: &Parts) -> Runner {
    let (handlers, schedules) = systems::jobs(parts);
    Runner::new(parts.db.clone(), parts.home.clone(), handlers, schedules)
}

/// Serves until the process is told to stop; running requests are finished first.
///
/// # Errors
/// An address that cannot be listened on.
pub fn serve(parts: &Parts, router: Router, on_ready: impl FnOnce() + Send) -> Result<()> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if parts.config.workers > 0 {
        builder.worker_threads(parts.config.workers);
    }
    let runtime = builder.enable_all().build().map_err(|e| Error::unavailable(format!("no runtime: {e}")))?;
    let addr = parts.config.addr.clone();
    let connections_per_address = parts.config.connections_per_address;
    let proxy = trusted_proxy(&parts.config.trusted_proxy)?;
    let settings = ServeSettings { connections_per_address, proxy, ..ServeSettings::default() };
    runtime.block_on(async move {
        let listener = tokio::net::TcpListener::bind(&addr).await.map_err(|e| {
            let sentence = format!(
                "Không lắng nghe được ở {addr}: {e}. Có thể cổng đang được dùng; hãy chọn cổng khác bằng --addr."
            );
            Error::refused("listen", Words::new(sentence, ""))
        })?;
        on_ready();
        kernel_web::serve(listener, router, settings, stopped())
            .await
            .map_err(|e| Error::unavailable(format!("serve: {e}")))
    })?;
    runtime.shutdown_timeout(Duration::from_secs(5));
    Ok(())
}

async fn stopped() {
    let mut term = match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(term) => term,
        Err(_) => return std::future::pending().await,
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
