//! What people and programs do.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use kernel_base::{Error, Lang};
use kernel_contract::Gateways;
use kernel_web::{Answer, Context, Json, Query, SignedIn, StaffMember, Web};
use serde::Deserialize;
use serde_json::json;

use super::view::{
    AttemptJson, DayJson, MoneyRowJson, MoneyRowsJson, PaymentsJson, ReceiptJson, RefundJson, TotalJson, TotalsJson,
};
use crate::{
    flow,
    model::{CancelReceipt, Decide, Except, PayOut, RunDay, Start},
    pages::Asked,
    prepare,
};

fn answer<B: serde::Serialize>(body: &B) -> Response {
    kernel_web::json(StatusCode::OK, body)
}

/// What a dossier owes and has paid, for its owner and its officers.
#[utoipa::path(get, path = "/api/v1/dossiers/{code}/payments", tag = "payments", params(("code" = String, Path)),
    responses((status = 200, body = PaymentsJson), (status = 404)))]
pub(crate) async fn payments(
    State(web): State<Web>,
    context: Context,
    SignedIn(actor): SignedIn,
    Path(code): Path<String>,
) -> Answer {
    let all = web.read(move |tx| flow::payments(tx, &actor, &code)).await?;
    let channels = web.extension::<Gateways>()?.channels();
    Ok(answer(&PaymentsJson::of(&all, &channels, context.lang)))
}

/// Pay everything that is open. Pressed again, it leads to the same order while that one waits.
#[utoipa::path(post, path = "/api/v1/dossiers/{code}/payments", tag = "payments", request_body = Start,
    params(("code" = String, Path)),
    responses((status = 200, body = AttemptJson), (status = 404), (status = 409), (status = 422), (status = 503, description = "the gateway is silent")))]
pub(crate) async fn start(
    State(web): State<Web>,
    context: Context,
    SignedIn(actor): SignedIn,
    Path(code): Path<String>,
    Json(body): Json<Start>,
) -> Answer {
    let attempt = prepare::start(&web, actor, code, body.channel, context.address.clone()).await?;
    Ok(answer(&AttemptJson::of(&attempt, context.lang)))
}

/// What came in over some days by procedure, kind of charge (phí, lệ phí) and channel; what came in vain apart.
#[utoipa::path(get, path = "/api/v1/payments/totals", tag = "payments",
    params(("from" = Option<String>, Query, description = "`2021-07-01`; the first of this month when absent"),
        ("to" = Option<String>, Query, description = "the last day, included; today when absent")),
    responses((status = 200, body = TotalsJson), (status = 403), (status = 422)))]
pub(crate) async fn totals(State(web): State<Web>, staff: StaffMember, Query(asked): Query<Asked>) -> Answer {
    let (from, to) = asked.days(web.db.clock().now().vietnam().date())?;
    let found = web.read(move |tx| flow::totals(tx, &staff.actor, from, to)).await?;
    let items = found.iter().map(TotalJson::from).collect();
    Ok(answer(&TotalsJson { from: from.to_string(), to: to.to_string(), items }))
}

/// The rows behind the totals.
#[utoipa::path(get, path = "/api/v1/payments/lines", tag = "payments",
    params(("from" = Option<String>, Query), ("to" = Option<String>, Query), ("procedure" = Option<String>, Query),
        ("kind" = Option<String>, Query, description = "`phi` or `le_phi`"), ("channel" = Option<String>, Query),
        ("settled" = Option<String>, Query, description = "`yes`, or `no` for what came in vain")),
    responses((status = 200, body = MoneyRowsJson), (status = 403), (status = 422)))]
pub(crate) async fn lines(State(web): State<Web>, staff: StaffMember, Query(asked): Query<Asked>) -> Answer {
    let ((from, to), wanted) = (asked.days(web.db.clock().now().vietnam().date())?, asked.wanted());
    let rows = web.read(move |tx| flow::money_rows(tx, &staff.actor, from, to, &wanted)).await?;
    Ok(answer(&MoneyRowsJson { items: rows.iter().map(MoneyRowJson::from).collect() }))
}

/// One payment and how it stands.
#[utoipa::path(get, path = "/api/v1/payments/{reference}", tag = "payments", params(("reference" = String, Path)),
    responses((status = 200, body = AttemptJson), (status = 404)))]
pub(crate) async fn attempt(
    State(web): State<Web>,
    context: Context,
    SignedIn(actor): SignedIn,
    Path(reference): Path<String>,
) -> Answer {
    let (attempt, _) = web.read(move |tx| flow::attempt(tx, &actor, &reference)).await?;
    Ok(answer(&AttemptJson::of(&attempt, context.lang)))
}

/// The gateway's own receipt as PDF, where it has one.
#[utoipa::path(get, path = "/api/v1/payments/{reference}/bill", tag = "payments", params(("reference" = String, Path)),
    responses((status = 200, content_type = "application/pdf"), (status = 404)))]
pub(crate) async fn bill(State(web): State<Web>, SignedIn(actor): SignedIn, Path(reference): Path<String>) -> Answer {
    let name = format!("{reference}.pdf");
    let (attempt, question) = web.read(move |tx| flow::bill_question(tx, &actor, &reference)).await?;
    let gateway = prepare::gateway(&web, attempt.channel)?;
    let found = tokio::task::spawn_blocking(move || gateway.bill(&question)).await;
    let bytes = found.map_err(|e| Error::internal(format!("bill: {e}")))?.ok_or_else(|| {
        Error::not_found("no_bill", ("Cổng thanh toán chưa có chứng từ này.", "The gateway has no receipt of this."))
    })?;
    Ok(pdf(bytes, &name))
}

/// A receipt (biên lai) as PDF.
#[utoipa::path(get, path = "/api/v1/fee-receipts/{id}", tag = "payments", params(("id" = String, Path)),
    responses((status = 200, content_type = "application/pdf"), (status = 404)))]
pub(crate) async fn receipt(State(web): State<Web>, SignedIn(actor): SignedIn, Path(id): Path<String>) -> Answer {
    let (receipt, document) = web.read(move |tx| flow::receipt_document(tx, &actor, &id)).await?;
    let name = format!("bien-lai-{}.pdf", receipt.full_number().replace('/', "-"));
    Ok(pdf(prepare::render(document).await?.pdf, &name))
}

/// Cancel a wrong receipt; the answer is the one that takes its place.
#[utoipa::path(post, path = "/api/v1/fee-receipts/{id}/cancel", tag = "payments", request_body = CancelReceipt,
    params(("id" = String, Path)), responses((status = 200, body = ReceiptJson), (status = 404), (status = 409), (status = 422)))]
pub(crate) async fn cancel_receipt(
    State(web): State<Web>,
    staff: StaffMember,
    Path(id): Path<String>,
    Json(body): Json<CancelReceipt>,
) -> Answer {
    let again = web.write(move |tx| flow::cancel_receipt(tx, &staff.actor, &id, &body)).await?;
    Ok(answer(&ReceiptJson::from(&again)))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct StateQuery {
    state: String,
}

/// Refunds of the officer's agency, those that wait for a decision unless another state is asked for.
#[utoipa::path(get, path = "/api/v1/refunds", tag = "payments",
    params(("state" = Option<String>, Query, description = "`asked`, `approved`, `done`, `declined`")),
    responses((status = 200, description = "`{items}`"), (status = 403)))]
pub(crate) async fn refunds(State(web): State<Web>, staff: StaffMember, Query(query): Query<StateQuery>) -> Answer {
    let state = if query.state.is_empty() { "asked".to_owned() } else { query.state };
    let found = web.read(move |tx| flow::refunds(tx, &staff.actor, &state)).await?;
    let items: Vec<RefundJson> = found.iter().map(RefundJson::from).collect();
    Ok(answer(&json!({ "items": items })))
}

/// Approve or decline a refund.
#[utoipa::path(post, path = "/api/v1/refunds/{id}/decide", tag = "payments", request_body = Decide,
    params(("id" = String, Path)), responses((status = 200, body = RefundJson), (status = 404), (status = 409), (status = 422)))]
pub(crate) async fn decide_refund(
    State(web): State<Web>,
    staff: StaffMember,
    Path(id): Path<String>,
    Json(body): Json<Decide>,
) -> Answer {
    let refund = web.write(move |tx| flow::decide_refund(tx, &staff.actor, &id, &body)).await?;
    Ok(answer(&RefundJson::from(&refund)))
}

/// Record that an approved refund was paid by hand.
#[utoipa::path(post, path = "/api/v1/refunds/{id}/pay-out", tag = "payments", request_body = PayOut,
    params(("id" = String, Path)), responses((status = 200, body = RefundJson), (status = 404), (status = 409), (status = 422)))]
pub(crate) async fn pay_out(
    State(web): State<Web>,
    staff: StaffMember,
    Path(id): Path<String>,
    Json(body): Json<PayOut>,
) -> Answer {
    let refund = web.write(move |tx| flow::pay_out(tx, &staff.actor, &id, &body)).await?;
    Ok(answer(&RefundJson::from(&refund)))
}

/// The newest reconciliations of the officer's agency.
#[utoipa::path(get, path = "/api/v1/reconciliations", tag = "payments",
    responses((status = 200, description = "`{items}`"), (status = 403)))]
pub(crate) async fn reconciliations(State(web): State<Web>, staff: StaffMember) -> Answer {
    let found = web.read(move |tx| flow::reconciliations(tx, &staff.actor)).await?;
    let items: Vec<DayJson> = found.iter().map(|(row, open)| DayJson::line(row, *open)).collect();
    Ok(answer(&json!({ "items": items })))
}

/// Reconcile a day: by asking the gateway about each payment, or by its own file.
#[utoipa::path(post, path = "/api/v1/reconciliations", tag = "payments", request_body = RunDay,
    responses((status = 200, body = DayJson), (status = 403), (status = 409), (status = 422), (status = 503)))]
pub(crate) async fn reconcile(State(web): State<Web>, staff: StaffMember, Json(body): Json<RunDay>) -> Answer {
    let day = prepare::reconcile(&web, staff.actor, body).await?;
    Ok(answer(&DayJson::of(&day, Lang::Vi)))
}

/// One reconciliation with the payments and differences it was counted from.
#[utoipa::path(get, path = "/api/v1/reconciliations/{id}", tag = "payments", params(("id" = String, Path)),
    responses((status = 200, body = DayJson), (status = 404)))]
pub(crate) async fn reconciliation(State(web): State<Web>, staff: StaffMember, Path(id): Path<String>) -> Answer {
    let day = web.read(move |tx| flow::reconciliation(tx, &staff.actor, &id)).await?;
    Ok(answer(&DayJson::of(&day, Lang::Vi)))
}

/// Close a day that has no open difference.
#[utoipa::path(post, path = "/api/v1/reconciliations/{id}/close", tag = "payments", params(("id" = String, Path)),
    responses((status = 200, body = DayJson), (status = 404), (status = 409)))]
pub(crate) async fn close_day(State(web): State<Web>, staff: StaffMember, Path(id): Path<String>) -> Answer {
    let day = web.write(move |tx| flow::close_day(tx, &staff.actor, &id)).await?;
    Ok(answer(&DayJson::of(&day, Lang::Vi)))
}

/// Explain a difference that stays.
#[utoipa::path(post, path = "/api/v1/mismatches/{id}/except", tag = "payments", request_body = Except,
    params(("id" = String, Path)), responses((status = 200, body = DayJson), (status = 404), (status = 409), (status = 422)))]
pub(crate) async fn except(
    State(web): State<Web>,
    staff: StaffMember,
    Path(id): Path<String>,
    Json(body): Json<Except>,
) -> Answer {
    let day = web.write(move |tx| flow::except(tx, &staff.actor, &id, &body)).await?;
    Ok(answer(&DayJson::of(&day, Lang::Vi)))
}

/// A PDF shown in the browser, never cached by others, never sniffed.
fn pdf(bytes: Vec<u8>, name: &str) -> Response {
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/pdf"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    if let Ok(value) = HeaderValue::from_str(&format!("inline; filename=\"{name}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    kernel_web::embeddable(&mut headers);
    (headers, bytes).into_response()
}
