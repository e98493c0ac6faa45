//! JSON face of the one-stop-shop. Bodies and answers stand in the OpenAPI document.

mod acts;
mod files;
mod read;
pub(crate) mod verify;
mod view;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use kernel_web::Web;

/// Routes below `/api/v1`.
pub(crate) fn routes() -> Router<Web> {
    let one = "/api/v1/dossiers/{code}";
    let act = |name: &str| format!("{one}/{name}");
    Router::new()
        .route("/api/v1/dossiers", post(acts::submit).get(read::mine_or_inbox))
        .route(one, get(read::look))
        .route(&act("accept"), post(acts::accept))
        .route(&act("refuse"), post(acts::refuse))
        .route(&act("supplement"), post(acts::supplement))
        .route(&act("answer"), post(acts::answer_supplement))
        .route(&act("fee"), post(acts::request_fee))
        .route(&act("pay"), post(acts::pay_fee))
        .route(&act("forward"), post(acts::forward))
        .route(&act("consult"), post(acts::consult))
        .route(&act("draft"), post(acts::draft))
        .route(&act("return"), post(acts::return_draft))
        .route(&act("approve"), post(acts::approve))
        .route(&act("apologise"), post(acts::apologise))
        .route(&act("approve-apology"), post(acts::approve_apology))
        .route(&act("sign-again"), post(acts::sign_again))
        .route(&act("handover"), post(acts::hand_over))
        .route(&act("withdraw"), post(acts::withdraw))
        .route(&act("withdrawal"), post(acts::decide_withdrawal))
        .route(&act("stop"), post(acts::stop))
        .route(&act("control-slip"), get(files::control_slip))
        .route("/api/v1/bulk/accept", post(acts::accept_many))
        .route("/api/v1/bulk/approve", post(acts::approve_many))
        .route("/api/v1/bulk/forward", post(acts::forward_many))
        .route("/api/v1/consultations", get(read::questions))
        .route("/api/v1/consultations/{id}/answer", post(acts::answer_consultation))
        .route("/api/v1/register", get(files::register))
        .route("/api/v1/slips/{id}", get(files::slip))
        .route("/api/v1/files/{id}", get(files::file))
        .route("/api/v1/verify", post(verify::verify).layer(DefaultBodyLimit::max(verify::LARGEST + 65_536)))
        .route("/api/v1/imports", post(acts::stage_import))
        .route("/api/v1/imports/{id}/approve", post(acts::approve_import))
}

/// The part of the OpenAPI document that this system writes.
#[derive(Debug, utoipa::OpenApi)]
#[openapi(
    paths(
        acts::submit,
        acts::accept,
        acts::refuse,
        acts::supplement,
        acts::answer_supplement,
        acts::request_fee,
        acts::pay_fee,
        acts::forward,
        acts::consult,
        acts::draft,
        acts::return_draft,
        acts::approve,
        acts::apologise,
        acts::approve_apology,
        acts::sign_again,
        acts::hand_over,
        acts::withdraw,
        acts::decide_withdrawal,
        acts::stop,
        acts::accept_many,
        acts::approve_many,
        acts::forward_many,
        acts::answer_consultation,
        acts::stage_import,
        acts::approve_import,
        read::look,
        read::mine_or_inbox,
        read::questions,
        verify::verify,
        files::slip,
        files::file,
        files::control_slip,
        files::register,
    ),
    components(schemas(
        view::DossierJson,
        view::PromiseJson,
        view::WorkJson,
        view::StatusJson,
        verify::VerifyJson,
        verify::SignatureJson,
        acts::SubmitBody,
        acts::SubmitPaper,
        acts::ReceiptJson,
        acts::CodesBody,
        crate::model::Accept,
        crate::model::Refuse,
        crate::model::Supplement,
        crate::model::SupplementItem,
        crate::model::Answer,
        crate::model::RequestFee,
        crate::model::ExemptFee,
        crate::model::PayFee,
        crate::model::Forward,
        crate::model::Consult,
        crate::model::AnswerConsultation,
        crate::model::Draft,
        crate::model::ReturnDraft,
        crate::model::Approve,
        crate::model::Apologise,
        crate::model::ApproveApology,
        crate::model::SignAgain,
        crate::model::ApproveMany,
        crate::model::Chosen,
        crate::model::Handover,
        crate::model::DecideWithdrawal,
        crate::model::Stop,
        crate::model::EventView,
    ))
)]
pub struct Doc;
