//! What happens outside a transaction: telling a gateway of an order, asking it, printing a receipt.

use std::sync::Arc;

use kernel_base::{Error, Result};
use kernel_contract::{Gateways, PayChannel, PaymentGateway};
use kernel_documents::{Document, Rendered};
use kernel_jobs::JobContext;
use kernel_org::Actor;
use kernel_web::Web;

use crate::{
    flow::{self, DayView, Prepared, Swept},
    jobs,
    model::{Attempt, RunDay},
};

/// Runs blocking work on its own thread.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|e| Error::internal(format!("blocking work: {e}")))
}

/// The gateway of an online channel.
pub(crate) fn gateway(web: &Web, channel: PayChannel) -> Result<Arc<dyn PaymentGateway>> {
    web.extension::<Gateways>()?.get(channel).ok_or_else(|| {
        Error::refused(
            "channel_not_offered",
            (
                "Cách nộp này hiện không có. Hãy chọn cách khác hoặc nộp tại quầy một cửa.",
                "This way of paying is not offered. Choose another, or pay at the one-stop counter.",
            ),
        )
    })
}

/// Starts a payment of everything that is open: makes the attempt, tells the gateway, and records its answer.
///
/// # Errors
/// As `flow::prepare`; `Unavailable` while the gateway is silent about an earlier order.
pub(crate) async fn start(web: &Web, actor: Actor, code: String, channel: PayChannel, ip: String) -> Result<Attempt> {
    let gateway = gateway(web, channel)?;
    for _ in 0..3 {
        let (by, of, from) = (actor.clone(), code.clone(), ip.clone());
        match web.write(move |tx| flow::prepare(tx, &by, &of, channel, &from)).await? {
            Prepared::Again(attempt) => return Ok(*attempt),
            Prepared::New(attempt, order) => {
                let gateway = Arc::clone(&gateway);
                let answer = blocking(move || gateway.start(&order)).await?;
                let (by, reference) = (actor.clone(), attempt.reference);
                return web.write(move |tx| flow::started(tx, &by, &reference, &answer)).await;
            }
            Prepared::AskFirst(attempt) => {
                let (gateway, question) = (Arc::clone(&gateway), jobs::question(&attempt, web.db.clock().now()));
                let asked = blocking(move || gateway.ask(&question)).await?;
                let (reference, answer) = (attempt.reference.clone(), asked.clone());
                let heard = web.write(move |tx| flow::heard(tx, &reference, &answer)).await?;
                if let kernel_contract::Asked::Silent { reason } = asked {
                    return Err(jobs::silent(&reason));
                }
                if heard.state.has_money() {
                    return Ok(heard);
                }
            }
        }
    }
    Err(jobs::silent("three rounds of questions"))
}

/// Reconciles a day of the officer's agency, by the gateway's file or by asking about each payment.
///
/// # Errors
/// `Unavailable` while the gateway is silent; `Conflict` when the day is closed.
pub(crate) async fn reconcile(web: &Web, actor: Actor, command: RunDay) -> Result<DayView> {
    if command.file.as_deref().is_some_and(|file| !file.trim().is_empty()) || !command.channel.is_online() {
        return web.write(move |tx| flow::import_day(tx, &actor, &command)).await;
    }
    let (by, of) = (actor.clone(), command.clone());
    // The permission is the same as that of an import; asked before the gateway is.
    let agency =
        web.read(move |tx| flow::reconciliations(tx, &by).map(|_| by.officer().map(|o| o.agency.clone()))).await?;
    let agency = agency.ok_or_else(Error::unauthenticated)?;
    let (swept, wanted) = (Swept { agency: agency.clone(), channel: of.channel, day: of.day }, of.day);
    let days = web.read(move |tx| flow::day_questions(tx, wanted)).await?;
    let attempts = days.into_iter().find(|(s, _)| s.agency == agency && s.channel == of.channel).map(|(_, a)| a);
    let context = JobContext { db: web.db.clone(), home: web.home.clone(), attempt: 1 };
    let gateways = web.extension::<Gateways>()?;
    let by = actor.clone();
    let ran = blocking(move || jobs::sweep(&context, &gateways, &by, &swept, &attempts.unwrap_or_default())).await??;
    // Read again as the officer: what is shown is recorded for the people it is about.
    let id = ran.reconciliation.id.to_string();
    web.read(move |tx| flow::reconciliation(tx, &actor, &id)).await
}

/// Prints a document.
///
/// # Errors
/// A defect of the template.
pub(crate) async fn render(document: Document) -> Result<Rendered> {
    blocking(move || kernel_documents::render(&document)).await?
}
