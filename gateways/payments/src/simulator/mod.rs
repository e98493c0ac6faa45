//! Both gateways as a program of their own, for the demonstration and for tests. No money moves here.
//!
//! A person pays on its pages by pressing "Trả" or "Hủy"; a program by `POST /api/orders/{reference}/pay`. Faults are
//! switched on the first page or by `POST /api/faults`. Orders live in memory.

mod national;
mod notify;
mod pages;
mod vnpay;
mod world;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::json;

use world::World;
pub use world::{Faults, SimOrder, Status};

use crate::Line;

/// Whom the simulator plays and whom it notifies.
#[derive(Clone)]
pub struct Settings {
    /// Address of the product, without a slash at the end: notifications and browsers go back there.
    pub product: String,
    pub terminal: String,
    pub vnpay_secret: Vec<u8>,
    pub partner: String,
    pub national_secret: String,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("product", &self.product)
            .field("terminal", &self.terminal)
            .finish_non_exhaustive()
    }
}

/// The running simulator.
#[derive(Debug, Clone)]
pub struct Simulator {
    settings: Arc<Settings>,
    world: World,
    /// Its own address: `http://127.0.0.1:8090`.
    base: Arc<str>,
    line: Line,
}

impl Simulator {
    #[must_use]
    pub fn new(settings: Settings, address: SocketAddr) -> Self {
        Self {
            settings: Arc::new(settings),
            world: World::default(),
            base: format!("http://{address}").into(),
            line: Line::new(Duration::from_secs(20)),
        }
    }

    /// Switches faults.
    pub fn set_faults(&self, faults: Faults) {
        self.world.set_faults(faults);
    }

    /// Calls between servers that were made until now, answered or not.
    pub fn calls(&self) -> u64 {
        self.world.calls()
    }

    /// An order as the gateways have it.
    pub fn order(&self, reference: &str) -> Option<SimOrder> {
        self.world.order(reference)
    }

    /// Every order, the oldest first.
    #[must_use]
    pub fn orders(&self) -> Vec<SimOrder> {
        self.world.orders()
    }

    /// Address of a path here.
    #[must_use]
    pub fn address(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// The person pays or cancels; notifications are sent as the faults say. The address the browser goes back to.
    pub fn decide(&self, reference: &str, paid: bool) -> Option<String> {
        notify::decide(self, reference, paid)
    }

    /// Sends the notification of an order once more, whatever the faults say; the answer.
    pub fn notify_again(&self, reference: &str) -> Option<String> {
        let order = self.world.order(reference)?;
        notify::send(self, &order, &notify::Twist::default())
    }

    /// The payer pays the same order once more: another transaction under its reference. The product's answer.
    pub fn pay_again(&self, reference: &str) -> Option<String> {
        let number = self.world.next_number();
        self.world.change(reference, |order| order.transaction = number);
        self.notify_again(reference)
    }

    /// The money is taken back at the gateway without telling anybody.
    pub fn undo(&self, reference: &str) {
        self.world.change(reference, |order| order.status = Status::Cancelled);
    }

    /// What was taken back is paid again: the same transaction.
    pub fn redo(&self, reference: &str) {
        self.world.change(reference, |order| order.status = Status::Paid);
    }

    /// All of its pages and messages.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/", get(pages::index).post(pages::switch))
            .route("/paymentv2/vpcpay.html", get(vnpay::pay_page))
            .route("/merchant_webapi/api/transaction", post(vnpay::transaction))
            .route("/national/init", post(national::init))
            .route("/national/query", post(national::query))
            .route("/national/bill", post(national::bill))
            .route("/pay/{reference}", get(pages::pay).post(pages::press))
            .route("/api/faults", get(faults).post(set_faults))
            .route("/api/orders", get(orders))
            .route("/api/orders/{reference}/{act}", post(act))
            .with_state(self.clone())
    }
}

/// Serves until the process is told to stop.
///
/// # Errors
/// Those of the socket.
pub async fn serve(listener: tokio::net::TcpListener, simulator: Simulator) -> std::io::Result<()> {
    axum::serve(listener, simulator.router()).await
}

async fn faults(State(it): State<Simulator>) -> Response {
    Json(it.world.faults()).into_response()
}

async fn set_faults(State(it): State<Simulator>, Json(faults): Json<Faults>) -> Response {
    it.world.set_faults(faults);
    Json(it.world.faults()).into_response()
}

async fn orders(State(it): State<Simulator>) -> Response {
    Json(it.world.orders()).into_response()
}

async fn act(State(it): State<Simulator>, Path((reference, act)): Path<(String, String)>) -> Response {
    let done = tokio::task::spawn_blocking(move || match act.as_str() {
        "pay" => it.decide(&reference, true),
        "cancel" => it.decide(&reference, false),
        "notify" => it.notify_again(&reference),
        "pay-again" => it.pay_again(&reference),
        "undo" => {
            it.undo(&reference);
            Some(String::new())
        }
        "redo" => {
            it.redo(&reference);
            Some(String::new())
        }
        _ => None,
    });
    match done.await {
        Ok(Some(answer)) => Json(json!({ "answer": answer })).into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

/// What a fault makes of a call between servers; `None` when it is answered as it should be.
async fn troubled(it: &Simulator) -> Option<Response> {
    it.world.count_call();
    let faults = it.world.faults();
    if faults.slow_seconds > 0 {
        tokio::time::sleep(Duration::from_secs(faults.slow_seconds)).await;
    }
    if faults.down {
        return Some(StatusCode::SERVICE_UNAVAILABLE.into_response());
    }
    faults.garbage.then(|| "<html><body>Bảo trì hệ thống</body></html>".into_response())
}
