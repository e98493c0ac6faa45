//! One province with its citizens, officers, clock and database.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use axum::{
    Router,
    body::{Body, to_bytes},
};
use chuyendong::{
    clock::DemoClock,
    config::Config,
    demo,
    server::{self, Parts},
};
use http::{Request, header};
use kernel_base::{Clock, Instant};
use kernel_db::Engine;
use kernel_testkit::Database;
use kernel_web::{LimitSettings, accounts::WallClock};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{
    files,
    person::{NOBODY, Person, Reply},
    seed::{self, Wall},
};

/// The application under test. It begins on Monday 26 July 2021 at 08:00.
pub(crate) struct Town {
    pub(crate) parts: Parts,
    pub(crate) clock: Arc<DemoClock>,
    wall: Arc<Wall>,
    router: Router,
    url: String,
    database: Option<Database>,
    keys: AtomicU64,
    /// Last, so that it is removed after everything that uses it.
    folder: tempfile::TempDir,
}

/// What a citizen keeps of a submission.
#[derive(Debug, Clone)]
pub(crate) struct Receipt {
    pub(crate) code: String,
    pub(crate) key: String,
    pub(crate) body: Value,
}

impl Town {
    /// With organisation, catalogue, calendars and sign-ins, and no dossier.
    pub(crate) fn open(engine: Engine) -> Self {
        Self::with(engine, seed::copy, |wall, _| Arc::clone(wall) as _, |_| ())
    }

    /// As [`Town::open`], with other settings.
    pub(crate) fn open_with(engine: Engine, settings: impl FnOnce(&mut Config)) -> Self {
        Self::with(engine, seed::copy, |wall, _| Arc::clone(wall) as _, settings)
    }

    /// With empty tables; authenticators follow the clock of the demonstration, as they do while it is seeded.
    pub(crate) fn empty(engine: Engine) -> Self {
        Self::with(engine, seed::nothing, |_, clock| Arc::new(demo::DemoWall(Arc::clone(clock))) as _, |_| ())
    }

    fn with(
        engine: Engine,
        data: fn(Engine, &std::path::Path) -> (String, Option<Database>),
        codes: fn(&Arc<Wall>, &Arc<DemoClock>) -> Arc<dyn WallClock>,
        settings: impl FnOnce(&mut Config),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (url, database) = data(engine, folder.path());
        let clock = Arc::new(DemoClock::starting_at(demo::start()));
        clock.hold(demo::start());
        let wall = Arc::new(Wall::default());
        let mut config = seed::config(folder.path(), &url);
        settings(&mut config);
        let parts = seed::open(&config, &clock, codes(&wall, &clock));
        let time = demo::DemoTime(Arc::clone(&clock));
        let router = server::router_with(&parts, demo::routes(), |web| web.with_extension(time)).unwrap();
        Self { parts, clock, wall, router, url, database, keys: AtomicU64::new(0), folder }
    }

    /// The same with the limits on attempts of a server outside the demonstration.
    pub(crate) fn with_limits(mut self, limits: LimitSettings) -> Self {
        let time = demo::DemoTime(Arc::clone(&self.clock));
        let more = |web: kernel_web::Web| web.with_extension(time).with_limits(&limits);
        self.router = server::router_with(&self.parts, demo::routes(), more).unwrap();
        self
    }

    /// A second process on the same data: its own connections, the same clock.
    pub(crate) fn second_process(&self) -> Parts {
        seed::open(&seed::config(self.folder.path(), &self.url), &self.clock, Arc::clone(&self.wall) as _)
    }

    pub(crate) fn router_of(&self, parts: &Parts) -> Router {
        server::router(parts, Router::new()).unwrap()
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn data(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Serves on a port of this machine until the test ends: the address.
    pub(crate) async fn serve(&self) -> String {
        self.serve_on(std::net::TcpListener::bind("127.0.0.1:0").unwrap()).await
    }

    /// As [`Town::serve`], where the settings had to name the address beforehand.
    pub(crate) async fn serve_on(&self, listener: std::net::TcpListener) -> String {
        listener.set_nonblocking(true).unwrap();
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        let address = listener.local_addr().unwrap();
        let service = self.router.clone().into_make_service_with_connect_info::<std::net::SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        format!("http://{address}")
    }

    /// Every promise of a dossier, the first one first.
    pub(crate) async fn promises(&self, code: &str) -> Value {
        let code = code.to_owned();
        let promises = self.parts.db.read(&self.parts.home, move |tx| {
            let view = system_onestop::flow::look(tx, &kernel_org::Actor::System, &code)?;
            kernel_obligations::of_subject(tx, &format!("dossier:{}", view.dossier.id))
        });
        json!(promises.await.unwrap())
    }

    /// Offers these payment gateways from now on.
    pub(crate) fn offer(&mut self, gateways: kernel_contract::Gateways) {
        self.parts.gateways = gateways;
        let time = demo::DemoTime(Arc::clone(&self.clock));
        self.router = server::router_with(&self.parts, demo::routes(), |web| web.with_extension(time)).unwrap();
    }

    /// Moves the clock to a time on Vietnam's wall clock: `2021-07-26T08:00`.
    pub(crate) fn at(&self, time: &str) {
        let to = Instant::parse(time).unwrap();
        assert!(to >= self.clock.now(), "the clock only moves forward");
        self.clock.hold(to);
    }

    pub(crate) fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Runs every job that is due.
    pub(crate) fn run_jobs(&self) -> usize {
        let parts = self.parts.clone();
        let run = std::thread::spawn(move || server::runner(&parts).run_due().unwrap());
        run.join().unwrap()
    }

    /// Changes rows past the product and its guards, as someone with all rights over the database would.
    pub(crate) fn tamper(&self, sql: &str) {
        match &self.database {
            Some(database) => database.run(sql),
            None => {
                let connection = rusqlite::Connection::open(self.url.strip_prefix("sqlite:").unwrap()).unwrap();
                connection.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
                connection.execute_batch(sql).unwrap();
            }
        }
    }

    /// The first column of what a query finds, as text, past the product.
    pub(crate) fn texts(&self, sql: &str) -> Vec<String> {
        let Some(database) = &self.database else {
            let connection = rusqlite::Connection::open(self.url.strip_prefix("sqlite:").unwrap()).unwrap();
            let mut statement = connection.prepare(sql).unwrap();
            let rows = statement.query_map([], |row| row.get::<_, Option<String>>(0)).unwrap();
            return rows.filter_map(|row| row.unwrap()).collect();
        };
        database.texts(sql)
    }

    /// Every row of every table that holds one of the words, as `table: row`.
    pub(crate) fn rows_with(&self, words: &[&str]) -> Vec<String> {
        let (tables, whole) = match &self.database {
            None => ("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'", None),
            Some(_) => ("SELECT tablename FROM pg_tables WHERE schemaname = 'public'", Some("CAST(one AS TEXT)")),
        };
        let mut found = Vec::new();
        for table in self.texts(tables) {
            let whole = whole.map_or_else(
                || {
                    let columns = self.texts(&format!("SELECT name FROM pragma_table_info('{table}')"));
                    let column = |name: &String| format!("COALESCE(CAST(\"{name}\" AS TEXT), '')");
                    columns.iter().map(column).collect::<Vec<_>>().join(" || '|' || ")
                },
                str::to_owned,
            );
            for row in self.texts(&format!("SELECT {whole} FROM {table} AS one")) {
                if words.iter().any(|word| row.contains(word)) {
                    found.push(format!("{table}: {row}"));
                }
            }
        }
        found
    }

    // ---- requests ----

    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        Self::send_to(&self.router, request).await
    }

    pub(crate) async fn send_to(router: &Router, request: Request<Body>) -> Reply {
        let response = router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 64 << 20).await.unwrap().to_vec();
        Reply { status: parts.status, headers: parts.headers, bytes }
    }

    pub(crate) async fn get(&self, who: &Person, path: &str) -> Reply {
        self.send(who.sign(Request::get(path)).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, who: &Person, path: &str, body: &Value) -> Reply {
        self.post_text(who, path, body.to_string()).await
    }

    /// Posts a JSON text as it is.
    pub(crate) async fn post_text(&self, who: &Person, path: &str, body: impl Into<Body>) -> Reply {
        self.send(self.posting(who, path, None).body(body.into()).unwrap()).await
    }

    fn posting(&self, who: &Person, path: &str, key: Option<&str>) -> http::request::Builder {
        let fresh = format!("key-{}", self.keys.fetch_add(1, Ordering::SeqCst));
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", key.unwrap_or(&fresh));
        who.sign(request)
    }

    /// Posts a JSON body with a chosen `Idempotency-Key`.
    pub(crate) async fn post_once(&self, who: &Person, path: &str, key: &str, body: &Value) -> Reply {
        self.send(self.posting(who, path, Some(key)).body(Body::from(body.to_string())).unwrap()).await
    }

    /// One act on a dossier.
    pub(crate) async fn act(&self, who: &Person, code: &str, act: &str, body: Value) -> Reply {
        self.post(who, &format!("/api/v1/dossiers/{code}/{act}"), &body).await
    }

    /// The dossier as someone sees it who may.
    pub(crate) async fn look(&self, who: &Person, code: &str) -> Value {
        self.get(who, &format!("/api/v1/dossiers/{code}")).await.ok()
    }

    // ---- people ----

    /// Signs a citizen in with the code that the mailbox of the demonstration shows.
    pub(crate) async fn citizen(&self, contact: &str) -> Person {
        let encode = |t: &str| percent_encoding::utf8_percent_encode(t, percent_encoding::NON_ALPHANUMERIC).to_string();
        let page = self.get(&NOBODY, "/sign-in").await;
        let mut browser = Person { name: contact.to_owned(), ..Person::default() };
        keep_cookies(&mut browser, &page);
        let form = |fields: String| format!("csrf={}&{fields}", csrf_of(&page.text()));
        let sent = self.post_form(&browser, "/sign-in", form(format!("contact={}", encode(contact)))).await;
        assert_eq!(sent.status, 303, "{}", sent.text());
        let mailbox = self.get(&NOBODY, "/demo/mailbox").await.text();
        let at = mailbox.find("của bạn là ").expect(&mailbox) + "của bạn là ".len();
        let code = mailbox[at..at + 6].to_owned();
        let fields = form(format!("contact={}&code={code}", encode(contact)));
        let opened = self.post_form(&browser, "/sign-in/code", fields).await;
        assert_eq!(opened.status, 303, "{}", opened.text());
        keep_cookies(&mut browser, &opened);
        browser.csrf = csrf_of(&self.get(&browser, "/accessibility").await.text());
        browser
    }

    pub(crate) async fn post_form(&self, who: &Person, path: &str, fields: String) -> Reply {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.header(header::COOKIE, &who.cookies).body(Body::from(fields)).unwrap()).await
    }

    /// As [`Self::citizen`], with a session as strong as a sign-on at level 2 gives (the stories of `sign_on` walk that).
    pub(crate) async fn proven_citizen(&self, contact: &str) -> Person {
        let person = self.citizen(contact).await;
        self.tamper("UPDATE web_sessions SET assurance = 2");
        person
    }

    /// A token of an officer: `tiepnhan.tamky`, `chuyenvien.stp`, `lanhdao.20341`, `quantri`.
    pub(crate) async fn officer(&self, account: &str) -> Person {
        let body = json!({ "account": account, "password": demo::PASSWORD, "totp": self.code(account) });
        let answer = self.post(&NOBODY, "/api/v1/tokens", &body).await.ok();
        let token = answer["token"].as_str().unwrap().to_owned();
        Person { name: account.to_owned(), token, ..Person::default() }
    }

    /// The next one-time code of an officer's authenticator.
    pub(crate) fn code(&self, account: &str) -> String {
        kernel_web::accounts::totp_code(&demo::totp_secret(account), self.wall.next()).unwrap()
    }

    /// Posts a form of an officers' page as a program with the officer's token.
    pub(crate) async fn press_as(&self, who: &Person, path: &str, fields: &str) -> Reply {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(who.sign(request).body(Body::from(fields.to_owned())).unwrap()).await
    }

    /// The actors of a dossier's chain, in its order.
    pub(crate) async fn events(&self, code: &str) -> Vec<String> {
        let code = code.to_owned();
        let read = self.parts.db.read(&self.parts.home, move |tx| {
            let view = system_onestop::flow::look(tx, &kernel_org::Actor::System, &code)?;
            let history = kernel_ledger::history(tx, &view.dossier.subject())?;
            Ok(history.into_iter().map(|event| event.actor).collect())
        });
        read.await.unwrap()
    }

    // ---- papers and dossiers ----

    pub(crate) async fn upload(&self, who: &Person, name: &str, bytes: &[u8]) -> Reply {
        self.upload_to(who, "/api/v1/files", name, bytes).await
    }

    /// A multipart form with one file.
    pub(crate) async fn upload_to(&self, who: &Person, path: &str, name: &str, bytes: &[u8]) -> Reply {
        let mut body = b"--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"".to_vec();
        body.extend_from_slice(name.as_bytes());
        body.extend_from_slice(b"\"\r\nContent-Type: application/octet-stream\r\n\r\n");
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--edge--\r\n");
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge")
            .header(header::CONTENT_LENGTH, body.len());
        self.send(who.sign(request).body(Body::from(body)).unwrap()).await
    }

    /// A photographed paper, uploaded by `who`.
    pub(crate) async fn paper(&self, who: &Person) -> String {
        let kept = self.upload(who, "anh.jpg", &files::jpeg()).await.ok();
        kept["file"].as_str().unwrap().to_owned()
    }

    /// A complete valid submission of a procedure: the example of its form, and every required paper.
    pub(crate) async fn application(&self, who: &Person, procedure: &str, agency: &str) -> Value {
        let offer = self.get(&NOBODY, &format!("/api/v1/procedures/{procedure}")).await.ok();
        let mut papers = Vec::new();
        for paper in offer["papers"].as_array().unwrap().iter().filter(|p| p["required"] == true) {
            papers.push(json!({ "paper": paper["code"], "file": self.paper(who).await }));
        }
        let form = offer["form"].pointer("/examples/0").cloned().unwrap_or_else(|| json!({}));
        json!({ "procedure": procedure, "case": offer["case"], "agency": agency, "form": form, "papers": papers })
    }

    /// Hands in a complete submission.
    pub(crate) async fn hand_in(&self, who: &Person, procedure: &str, agency: &str) -> Receipt {
        let body = self.application(who, procedure, agency).await;
        Receipt::of(&self.post(who, "/api/v1/dossiers", &body).await)
    }
}

impl Receipt {
    #[track_caller]
    pub(crate) fn of(reply: &Reply) -> Self {
        assert_eq!(reply.status, 201, "{}", reply.text());
        let body = reply.json();
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        Self { code: text("code"), key: text("lookup_key"), body: body.clone() }
    }
}

pub(crate) fn keep_cookies(person: &mut Person, reply: &Reply) {
    let mut jar: Vec<(String, String)> = Vec::new();
    let old = person.cookies.split("; ").filter_map(|pair| pair.split_once('='));
    let new = reply
        .headers
        .get_all(header::SET_COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok()?.split(';').next()?.split_once('='));
    for (name, value) in old.chain(new) {
        jar.retain(|(kept, _)| kept != name);
        jar.push((name.to_owned(), value.to_owned()));
    }
    let pairs: Vec<String> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
    person.cookies = pairs.join("; ");
}

pub(crate) fn csrf_of(page: &str) -> String {
    let mark = "name=\"csrf\" content=\"";
    let at = page.find(mark).unwrap_or_else(|| panic!("no token in {page}")) + mark.len();
    page[at..at + 64].to_owned()
}
