//! `chuyendong simulator sms`: a gateway for text messages that loses answers, doubles and delays, for tests and trials.

use std::{
    collections::HashMap,
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use kernel_base::{Error, Result, Words};
use serde::{Deserialize, Serialize};

/// How the gateway behaves
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// Address and port to listen on. Port 0 = a free one, printed first
    #[arg(long, default_value = "127.0.0.1:8091")]
    pub listen: String,
    /// Token that callers must give; empty = none
    #[arg(long, default_value = "")]
    pub token: String,
    /// Every n-th message is taken, but its answer is lost; 0 = never
    #[arg(long, default_value_t = 0)]
    pub lose_answer: u64,
    /// Every n-th message is refused for now (503); 0 = never
    #[arg(long, default_value_t = 0)]
    pub refuse: u64,
    /// Milliseconds before each answer
    #[arg(long, default_value_t = 0)]
    pub delay: u64,
}

/// What came, by `request_id`.
#[derive(Debug, Default)]
struct Taken {
    asked: u64,
    messages: Vec<Message>,
    by_request: HashMap<String, usize>,
}

/// A message that would have reached a phone.
#[derive(Debug, Clone, Serialize)]
struct Message {
    id: String,
    request_id: String,
    to: String,
    from: String,
    text: String,
    segments: u64,
    /// How often the same `request_id` came again; nothing was sent again.
    repeats: u64,
}

#[derive(Debug, Deserialize)]
struct Wanted {
    request_id: String,
    to: String,
    #[serde(default)]
    from: String,
    text: String,
    #[serde(default)]
    segments: u64,
}

#[derive(Debug, Clone)]
struct Gateway {
    args: Args,
    taken: Arc<Mutex<Taken>>,
}

/// Runs until the process is told to stop.
///
/// # Errors
/// An address that cannot be listened on.
pub fn run(args: &Args) -> Result<ExitCode> {
    let runtime = tokio::runtime::Runtime::new().map_err(|e| Error::unavailable(format!("no runtime: {e}")))?;
    let gateway = Gateway { args: args.clone(), taken: Arc::default() };
    let routes = Router::new()
        .route("/", get(shown))
        .route("/messages", get(messages))
        .route("/sms", post(take))
        .with_state(gateway);
    let address = args.listen.clone();
    runtime.block_on(async move {
        let listener = tokio::net::TcpListener::bind(&address).await.map_err(|e| {
            let sentence = format!("Không lắng nghe được ở {address}: {e}. Hãy chọn cổng khác bằng --listen.");
            Error::refused("listen", Words::new(sentence, ""))
        })?;
        let at = listener.local_addr().map_err(|e| Error::unavailable(format!("listen: {e}")))?;
        super::say(&format!("Cổng SMS giả lập: http://{at}/ (gửi tới http://{at}/sms)"));
        axum::serve(listener, routes).await.map_err(|e| Error::unavailable(format!("serve: {e}")))
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Takes a message once for its `request_id`; the same one again is answered 409 with the number of the first.
async fn take(State(gateway): State<Gateway>, headers: HeaderMap, Json(wanted): Json<Wanted>) -> Response {
    let given = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !gateway.args.token.is_empty() && given != format!("Bearer {}", gateway.args.token) {
        return answer(StatusCode::UNAUTHORIZED, "", "token");
    }
    tokio::time::sleep(Duration::from_millis(gateway.args.delay)).await;
    let digits = wanted.to.len() == 10 && wanted.to.bytes().all(|b| b.is_ascii_digit());
    if !digits || wanted.text.is_empty() {
        return answer(StatusCode::BAD_REQUEST, "", "to, text");
    }
    // A number of nobody, to try what happens then.
    if wanted.to == "0900000000" {
        return answer(StatusCode::NOT_FOUND, "", "no such number");
    }
    let (status, id, lost) = gateway.note(wanted);
    if lost {
        // Longer than anyone waits: the answer is lost, the message was taken.
        tokio::time::sleep(Duration::from_secs(600)).await;
    }
    answer(status, &id, "")
}

impl Gateway {
    /// Status, number, and whether the answer is to be lost.
    fn note(&self, wanted: Wanted) -> (StatusCode, String, bool) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.asked += 1;
        let every = |n: u64| n > 0 && taken.asked.is_multiple_of(n);
        let (refuse, lose) = (every(self.args.refuse), every(self.args.lose_answer));
        if refuse {
            return (StatusCode::SERVICE_UNAVAILABLE, String::new(), false);
        }
        if let Some(at) = taken.by_request.get(&wanted.request_id).copied() {
            let id = taken.messages.get_mut(at).map(|message| {
                message.repeats += 1;
                message.id.clone()
            });
            return (StatusCode::CONFLICT, id.unwrap_or_default(), lose);
        }
        let id = format!("sms-{}", taken.messages.len() + 1);
        let Wanted { request_id, to, from, text, segments } = wanted;
        let at = taken.messages.len();
        taken.by_request.insert(request_id.clone(), at);
        taken.messages.push(Message { id: id.clone(), request_id, to, from, text, segments, repeats: 0 });
        (StatusCode::OK, id, lose)
    }

    fn all(&self) -> Vec<Message> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).messages.clone()
    }
}

fn answer(status: StatusCode, id: &str, error: &str) -> Response {
    (status, Json(serde_json::json!({ "id": id, "error": error }))).into_response()
}

/// Everything as JSON, for tests.
async fn messages(State(gateway): State<Gateway>) -> Response {
    Json(gateway.all()).into_response()
}

/// Everything for people, the newest first.
async fn shown(State(gateway): State<Gateway>) -> Html<String> {
    let escape = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let line = |m: &Message| {
        format!("<li><b>{}</b> ← {} ({}): {}</li>", escape(&m.to), escape(&m.from), m.segments, escape(&m.text))
    };
    let lines: String = gateway.all().iter().rev().map(line).collect();
    Html(format!(
        "<!doctype html><html lang=vi><meta charset=utf-8><title>Cổng SMS giả lập</title><h1>Cổng SMS giả lập</h1><ol>{lines}</ol>"
    ))
}
