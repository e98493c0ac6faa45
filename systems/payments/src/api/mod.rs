//! JSON face of payments. Bodies and answers stand in the OpenAPI document.

mod acts;
mod gateway;
mod view;

use axum::{
    Router,
    routing::{get, post},
};
use kernel_web::Web;

/// Routes below `/api/v1`.
pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/api/v1/dossiers/{code}/payments", get(acts::payments).post(acts::start))
        .route("/api/v1/payments/totals", get(acts::totals))
        .route("/api/v1/payments/lines", get(acts::lines))
        .route("/api/v1/payments/{reference}", get(acts::attempt))
        .route("/api/v1/payments/{reference}/bill", get(acts::bill))
        .route("/api/v1/payments/vnpay/ipn", get(gateway::ipn))
        .route("/api/v1/payments/national/confirm", post(gateway::confirm))
        .route("/api/v1/payments/national/lookup", post(gateway::lookup))
        .route("/api/v1/fee-receipts/{id}", get(acts::receipt))
        .route("/api/v1/fee-receipts/{id}/cancel", post(acts::cancel_receipt))
        .route("/api/v1/refunds", get(acts::refunds))
        .route("/api/v1/refunds/{id}/decide", post(acts::decide_refund))
        .route("/api/v1/refunds/{id}/pay-out", post(acts::pay_out))
        .route("/api/v1/reconciliations", get(acts::reconciliations).post(acts::reconcile))
        .route("/api/v1/reconciliations/{id}", get(acts::reconciliation))
        .route("/api/v1/reconciliations/{id}/close", post(acts::close_day))
        .route("/api/v1/mismatches/{id}/except", post(acts::except))
}

/// The part of the OpenAPI document that this system writes.
#[derive(Debug, utoipa::OpenApi)]
#[openapi(
    paths(
        acts::payments,
        acts::start,
        acts::totals,
        acts::lines,
        acts::attempt,
        acts::bill,
        gateway::ipn,
        gateway::confirm,
        gateway::lookup,
        acts::receipt,
        acts::cancel_receipt,
        acts::refunds,
        acts::decide_refund,
        acts::pay_out,
        acts::reconciliations,
        acts::reconcile,
        acts::reconciliation,
        acts::close_day,
        acts::except,
    ),
    components(schemas(
        view::PaymentsJson,
        view::ObligationJson,
        view::AttemptJson,
        view::ReceiptJson,
        view::RefundJson,
        view::DayJson,
        view::MismatchJson,
        view::TotalJson,
        view::MoneyRowJson,
        view::TotalsJson,
        view::MoneyRowsJson,
        crate::model::Start,
        crate::model::CancelReceipt,
        crate::model::Decide,
        crate::model::PayOut,
        crate::model::RunDay,
        crate::model::Except,
    ))
)]
pub struct Doc;
