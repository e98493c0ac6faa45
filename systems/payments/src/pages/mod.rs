//! HTML of payments: what a citizen pays and where the money is, the counter, refunds and reconciliation.

mod check;
mod citizen;
mod counter;
mod money;
mod payment;
mod totals;
mod view;

use axum::{
    Router,
    routing::{get, post},
};
use kernel_web::Web;

pub(crate) use totals::Asked;

/// Addresses of the pages.
pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/dossiers/{code}/fees", get(citizen::page).post(citizen::pay))
        .route("/payments/{reference}", get(payment::page))
        .route("/payments/return/{channel}", get(payment::returned))
        .route("/bien-lai", get(check::page))
        .route("/staff/fees/{code}", get(counter::page))
        .route("/staff/fees/{code}/cancel", post(counter::cancel))
        .route("/staff/payments", get(money::page).post(money::run))
        .route("/staff/payments/totals", get(totals::page))
        .route("/staff/payments/lines", get(totals::lines))
        .route("/staff/payments/refunds/{id}", post(money::refund))
        .route("/staff/payments/days/{id}", get(money::day).post(money::day_act))
}
