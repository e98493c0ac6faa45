//! Submissions a second through HTTP on the loopback, beside the bare server and the use case.

use std::{
    future::Future,
    sync::atomic::{AtomicUsize, Ordering},
    time::Instant as Ticks,
};

use chuyendong::{demo, server};
use futures_util::future::join_all;
use kernel_base::Clock;
use kernel_web::{LimitSettings, ServeSettings, accounts::totp_code};
use serde_json::{Value, json};

use crate::{
    Plan,
    report::{Report, Sample, beside, processor},
    town::{PROCEDURE, Town},
};

/// An invented citizen of the demonstration who may use the API.
const CITIZEN: &str = "congdan.1";

/// The server in this process, and how to reach it.
struct Reached<'a> {
    town: &'a Town,
    client: reqwest::Client,
    base: String,
    token: String,
    /// Label of the citizen as the owner of papers.
    owner: String,
    keys: AtomicUsize,
}

pub(crate) fn measure(town: &Town, plan: &Plan, report: &mut Report) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (base, serving) = runtime.block_on(start(town));
    let client = reqwest::Client::builder().pool_max_idle_per_host(plan.callers).build().unwrap();
    let mut reached = Reached {
        town,
        client,
        base,
        token: String::new(),
        owner: format!("citizen:{}", account(town)),
        keys: AtomicUsize::new(0),
    };
    reached.token = runtime.block_on(reached.sign_in());
    town.record_files(&reached.owner);
    let engine = town.engine_name();
    let (through, bare) = beside(
        plan.rounds,
        |_| Sample::timed(processor, || runtime.block_on(reached.round(plan, || reached.submit()))),
        |_| Sample::timed(processor, || runtime.block_on(reached.round(plan, || reached.live()))),
    );
    serving.abort();
    let rates = through.rates.clone();
    report.pair("submissions, HTTP", engine, through, "GET /livez on the same server", bare);
    if let Some(alone) = report.use_case.clone() {
        let (ours, text, ratio) = (format!("{}/s", rates.text()), format!("{}/s", alone.text()), rates.ratio(&alone));
        report.line(["submissions, HTTP", engine, &ours, "the use case without HTTP", &text, &ratio]);
    }
}

/// Starts the whole application on a free port of the loopback, in this process.
pub(crate) async fn start(town: &Town) -> (String, tokio::task::JoinHandle<std::io::Result<()>>) {
    let time = demo::DemoTime(std::sync::Arc::clone(&town.clock));
    let router = server::router_with(&town.parts, demo::routes(), |web| {
        // One citizen hands in more than a citizen may.
        web.with_extension(time).with_limits(&LimitSettings::none())
    })
    .expect("the routes");
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", listener.local_addr().unwrap());
    let serving = kernel_web::serve(listener, router, ServeSettings::default(), std::future::pending());
    (base, tokio::spawn(serving))
}

/// Identifier of the citizen's account.
fn account(town: &Town) -> String {
    let sql = format!("SELECT id FROM accounts WHERE sign_in = '{CITIZEN}'");
    town.text(&sql)
}

impl Reached<'_> {
    async fn sign_in(&self) -> String {
        let totp = totp_code(&demo::totp_secret(CITIZEN), self.town.clock.now()).expect("a code");
        let body = json!({ "account": CITIZEN, "password": demo::PASSWORD, "totp": totp });
        let answer = self.post("/api/v1/tokens", &body).await;
        answer["token"].as_str().expect("a token").to_owned()
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        let key = format!("bench-{}", self.keys.fetch_add(1, Ordering::Relaxed));
        let request = self.client.post(format!("{}{path}", self.base)).header("idempotency-key", key);
        let request = if self.token.is_empty() { request } else { request.bearer_auth(&self.token) };
        let answer = request.json(body).send().await.expect("an answer");
        let status = answer.status();
        let text = answer.text().await.expect("a body");
        assert!(status.is_success(), "{path}: {status}: {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    async fn submit(&self) -> bool {
        let which = self.keys.load(Ordering::Relaxed);
        let Some(submission) = self.town.submission(&self.owner, which, usize::MAX) else { return false };
        let body = json!({
            "procedure": PROCEDURE, "agency": submission.agency, "form": submission.form, "papers": submission.papers,
        });
        self.post("/api/v1/dossiers", &body).await;
        true
    }

    async fn live(&self) -> bool {
        let answer = self.client.get(format!("{}/livez", self.base)).send().await.expect("an answer");
        assert!(answer.status().is_success(), "/livez: {}", answer.status());
        answer.bytes().await.is_ok()
    }

    /// `act` by all callers at once, again and again.
    async fn round<F: Future<Output = bool>>(&self, plan: &Plan, act: impl Fn() -> F) -> Sample {
        let begun = Ticks::now();
        let act = &act;
        let caller = |_| async move {
            let mut took = Vec::new();
            while begun.elapsed() < plan.round {
                let started = Ticks::now();
                if !act().await {
                    break;
                }
                took.push(started.elapsed());
            }
            took
        };
        let took = join_all((0..plan.callers).map(caller)).await.concat();
        Sample::of(took, begun.elapsed())
    }
}
