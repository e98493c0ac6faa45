//! A server with its own database and a clock that the test moves, and a browser that keeps cookies.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    body::{Body, to_bytes},
    routing::{get, post},
};
use http::{HeaderMap, Request, StatusCode, header};
use kernel_base::{Error, Home, Instant, MockClock};
use kernel_db::{Db, DbOptions};
use kernel_web::{
    Answer, CitizenUser, Fields, Json, LimitSettings, Messages, NavItem, Secrets, SignedIn, StaffMember, Web, WebConfig,
};
use serde_json::{Value, json};
use tower::ServiceExt;

pub(crate) struct World {
    pub(crate) web: Web,
    pub(crate) clock: Arc<MockClock>,
    pub(crate) router: Router,
    _folder: tempfile::TempDir,
}

pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).expect(&self.text)
    }

    pub(crate) fn location(&self) -> &str {
        self.headers[header::LOCATION].to_str().unwrap()
    }
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(WebConfig::demo("http://127.0.0.1:8080"))
    }

    pub(crate) fn with(config: WebConfig) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(MockClock::at(Instant::parse("2021-07-26T08:00").unwrap()));
        let url = format!("sqlite:{}", folder.path().join("test.db").display());
        let db = Db::open(DbOptions { seed: Some(1), ..DbOptions::new(url, clock.clone()) }).unwrap();
        db.migrate(&[kernel_ledger::MIGRATIONS, kernel_org::MIGRATIONS, kernel_web::MIGRATIONS].concat()).unwrap();
        let messages = Messages::load(&[kernel_web::MESSAGES]).unwrap();
        let web = Web::new(db, Home::parse("H47").unwrap(), config, Secrets::from_bytes(&[7; 32]), messages)
            .with_extension(Greeting("Xin chào"))
            .with_nav([NavItem {
                key: "web.layout.accessibility",
                href: "/accessibility",
                audience: kernel_web::Audience::Everyone,
            }]);
        let router =
            kernel_web::finish(test_routes().merge(kernel_web::routes()).merge(kernel_web::demo_routes()), web.clone());
        Self { web, clock, router, _folder: folder }
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 10 << 20).await.unwrap();
        Reply { status: parts.status, headers: parts.headers, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser { world: self, cookies: BTreeMap::new(), csrf: String::new() }
    }

    /// The newest code in the mailbox.
    pub(crate) async fn code(&self) -> String {
        let page = self.browser().get("/demo/mailbox").await.text;
        let at = page.find("của bạn là ").expect(&page) + "của bạn là ".len();
        page[at..at + 6].to_owned()
    }
}

pub(crate) struct Browser<'a> {
    pub(crate) world: &'a World,
    pub(crate) cookies: BTreeMap<String, String>,
    pub(crate) csrf: String,
}

impl Browser<'_> {
    pub(crate) async fn get(&mut self, path: &str) -> Reply {
        self.send(Request::get(path), Body::empty()).await
    }

    /// Posts a form with the token of the page seen last.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let csrf = self.csrf.clone();
        let encode =
            |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
        let mut body = format!("csrf={csrf}");
        for (name, value) in fields {
            body.push_str(&format!("&{}={}", encode(name), encode(value)));
        }
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, Body::from(body)).await
    }

    pub(crate) async fn send(&mut self, request: http::request::Builder, body: Body) -> Reply {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header(header::COOKIE, cookies.join("; ")).body(body).unwrap();
        let reply = self.world.send(request).await;
        for line in reply.headers.get_all(header::SET_COOKIE) {
            let line = line.to_str().unwrap();
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            if line.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        if let Some(at) = reply.text.find("name=\"csrf\" content=\"") {
            self.csrf = reply.text[at + 21..at + 21 + 64].to_owned();
        }
        reply
    }

    pub(crate) async fn sign_in(&mut self, contact: &str) -> Reply {
        self.get("/sign-in").await;
        let sent = self.post("/sign-in", &[("contact", contact)]).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
        self.get(sent.location()).await;
        let code = self.world.code().await;
        self.post("/sign-in/code", &[("contact", contact), ("code", &code)]).await
    }
}

pub(crate) struct Greeting(&'static str);

async fn whoami(SignedIn(actor): SignedIn) -> Answer {
    Ok(kernel_web::json(StatusCode::OK, &json!({ "actor": actor.label() })))
}

async fn greet(axum::extract::State(web): axum::extract::State<Web>) -> Answer {
    let greeting = web.extension::<Greeting>()?;
    Ok(kernel_web::json(StatusCode::OK, &json!({ "greeting": greeting.0 })))
}

async fn fail() -> Answer {
    Err(Error::internal("password=hunter2 at row 7").into())
}

async fn panics() -> Answer {
    panic!("secret");
}

async fn echo(Fields(fields): Fields) -> Answer {
    Ok(kernel_web::json(StatusCode::OK, &json!(fields)))
}

async fn upload(mut form: axum::extract::Multipart) -> Answer {
    let mut bytes = 0;
    while let Ok(Some(part)) = form.next_field().await {
        if part.name() == Some("file") {
            bytes = part.bytes().await.map(|data| data.len()).unwrap_or_default();
        }
    }
    Ok(kernel_web::json(StatusCode::OK, &json!({ "bytes": bytes })))
}

async fn moved() -> Answer {
    let error = Error::conflict("dossier_moved", ("Hồ sơ đã được người khác xử lý.", "Someone else has handled it."));
    Err(error.with_current(json!({ "status": "accepted" })).into())
}

fn test_routes() -> Router<Web> {
    Router::new()
        .route("/api/v1/whoami", get(whoami).post(whoami))
        .route("/api/v1/greet", get(greet))
        .route("/api/v1/fail", get(fail))
        .route("/api/v1/moved", get(moved))
        .route("/api/v1/echo", post(|Json(body): Json<Value>| async move { axum::Json(body) }))
        .route("/fail", get(fail))
        .route("/panic", get(panics))
        .route("/echo", post(echo))
        .route("/upload", post(upload))
        .route("/mine", get(|citizen: CitizenUser| async move { citizen.actor.label() }))
        .route("/staff/inbox", get(|staff: StaffMember| async move { staff.officer.account }))
}

/// Limits of a production server.
pub(crate) fn strict() -> WebConfig {
    WebConfig { limits: LimitSettings::default(), ..WebConfig::demo("http://127.0.0.1:8080") }
}
