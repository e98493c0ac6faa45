//! JSON face of plans and directives. Bodies and answers stand in the OpenAPI document.

mod acts;
mod documents;
mod letters;
mod read;
mod teams;
mod view;

use axum::{
    Router,
    routing::{get, post},
};
use kernel_web::Web;

pub(crate) use documents::read as read_workbook;
pub(crate) use read::ListQuery;

/// Routes below `/api/v1`.
pub(crate) fn routes() -> Router<Web> {
    let task = |name: &str| format!("/api/v1/tasks/{{code}}/{name}");
    Router::new()
        .route("/api/v1/directives", post(documents::enter).get(documents::list))
        .route("/api/v1/directives/{id}", get(documents::look))
        .route("/api/v1/directives/{id}/tasks", post(documents::assign))
        .route("/api/v1/directive-imports", post(documents::stage))
        .route("/api/v1/directive-imports/{id}/confirm", post(documents::confirm))
        .route("/api/v1/directive-template.xlsx", get(documents::template))
        .route("/api/v1/tasks", get(read::list))
        .route("/api/v1/tasks/{code}", get(read::look))
        .route("/api/v1/tasks/{code}/files/{id}", get(read::file))
        .route("/api/v1/task-counts", get(read::counts))
        .route(&task("accept"), post(acts::accept))
        .route(&task("refuse"), post(acts::refuse))
        .route(&task("reassign"), post(acts::reassign))
        .route(&task("sub-assign"), post(acts::sub_assign))
        .route(&task("progress"), post(acts::progress))
        .route(&task("report"), post(acts::report))
        .route(&task("confirm"), post(acts::confirm))
        .route(&task("send-back"), post(acts::send_back))
        .route(&task("suspend"), post(acts::suspend))
        .route(&task("resume"), post(acts::resume))
        .route(&task("cancel"), post(acts::cancel))
        .route(&task("ask-extension"), post(acts::ask_extension))
        .route(&task("decide-extension"), post(acts::decide_extension))
        .route(&task("hand-in-part"), post(acts::hand_in_part))
        .route("/api/v1/task-notices/{id}/answer", post(acts::answer_notice))
        .route("/api/v1/letters", get(letters::list))
        .route("/api/v1/letters/{id}", get(letters::look))
        .route("/api/v1/letters/{id}/pdf", get(letters::document))
        .route("/api/v1/letters/{id}/sign", post(letters::sign))
        .route("/api/v1/letters/{id}/sign-again", post(letters::sign_again))
        .route("/api/v1/letters/{id}/answer", post(letters::answer))
        .route("/api/v1/ratings", get(letters::ratings))
        .route("/api/v1/ratings/{id}/pdf", get(letters::rating_document))
        .route("/api/v1/ratings/{id}/decide", post(letters::decide))
        .route("/api/v1/ratings/{id}/seen", post(letters::seen))
        .route("/api/v1/teams", post(teams::make).get(teams::list))
        .route("/api/v1/teams/{id}", get(teams::look))
        .route("/api/v1/teams/{id}/visits", post(teams::visit))
        .route("/api/v1/remedies", get(teams::remedies))
        .route("/api/v1/remedies/{id}/report", post(teams::report))
        .route("/api/v1/remedies/{id}/confirm", post(teams::confirm))
        .route("/api/v1/remedies/{id}/send-back", post(teams::send_back))
}

/// The part of the OpenAPI document that this system writes.
#[derive(Debug, utoipa::OpenApi)]
#[openapi(
    paths(
        documents::enter,
        documents::list,
        documents::look,
        documents::assign,
        documents::stage,
        documents::confirm,
        documents::template,
        read::list,
        read::look,
        read::counts,
        read::file,
        acts::accept,
        acts::refuse,
        acts::reassign,
        acts::sub_assign,
        acts::progress,
        acts::report,
        acts::confirm,
        acts::send_back,
        acts::suspend,
        acts::resume,
        acts::cancel,
        acts::ask_extension,
        acts::decide_extension,
        acts::hand_in_part,
        acts::answer_notice,
        letters::list,
        letters::look,
        letters::document,
        letters::sign,
        letters::sign_again,
        letters::rating_document,
        letters::answer,
        letters::ratings,
        letters::decide,
        letters::seen,
        teams::make,
        teams::list,
        teams::look,
        teams::visit,
        teams::remedies,
        teams::report,
        teams::confirm,
        teams::send_back,
    ),
    components(schemas(
        view::TaskJson,
        view::LineJson,
        view::LetterJson,
        view::RatingJson,
        acts::NoticeAnswer,
        teams::RemedyReport,
        crate::model::EnterDocument,
        crate::model::AssignTask,
        crate::model::Cooperating,
        crate::model::AcceptTask,
        crate::model::WithReason,
        crate::model::Reassign,
        crate::model::ReportProgress,
        crate::model::ReportDone,
        crate::model::Evidence,
        crate::model::EvidenceKind,
        crate::model::ConfirmTask,
        crate::model::SuspendTask,
        crate::model::AskExtension,
        crate::model::DecideExtension,
        crate::model::HandInPart,
        crate::model::SignLetter,
        crate::model::AnswerLetter,
        crate::model::DecideRating,
        crate::model::RatingDecision,
        crate::model::MakeTeam,
        crate::model::RecordVisit,
        crate::model::RecordFinding,
    ))
)]
pub struct Doc;
