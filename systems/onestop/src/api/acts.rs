//! Everything that changes a dossier.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use kernel_base::{AgencyId, Error, Instant, Result, TypedId};
use kernel_contract::{Channel, DossierIntake, Owner, Receipt, Submission, SubmittedPaper};
use kernel_db::Tx;
use kernel_org::Actor;
use kernel_web::{
    Answer, Bucket, Json, Problem, SignedIn, StaffMember, Web, idempotency_key, idempotent, request_hash, stored_json,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::view::StatusJson;
use crate::{
    flow,
    model::{self, Dossier},
    prepare,
};

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubmitPaper {
    /// Code of the paper in the procedure.
    pub paper: String,
    /// Identifier from `POST /api/v1/files`.
    pub file: String,
}

/// A submission. A clerk at the counter adds `owner` and, when somebody else hands in, `representative`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubmitBody {
    pub procedure: String,
    #[serde(default)]
    pub case: Option<String>,
    #[schema(value_type = String)]
    pub agency: AgencyId,
    #[schema(value_type = Object)]
    pub form: Value,
    #[serde(default)]
    pub papers: Vec<SubmitPaper>,
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub owner: Option<Owner>,
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub representative: Option<Owner>,
    /// Number of copies asked, for fees per copy; passed over where the form asks for it.
    #[serde(default)]
    pub copies: Option<i64>,
}

impl SubmitBody {
    pub(crate) fn submission(&self, actor: &Actor) -> Submission {
        let channel = if actor.officer().is_some() { Channel::Counter } else { Channel::Online };
        let papers = self.papers.iter().map(|p| SubmittedPaper { paper: p.paper.clone(), file: p.file.clone() });
        Submission {
            procedure: self.procedure.clone(),
            case: self.case.clone(),
            agency: self.agency.clone(),
            channel,
            form: self.form.clone(),
            papers: papers.collect(),
            owner: self.owner.clone().filter(|_| actor.officer().is_some()),
            representative: self.representative.clone(),
            copies: self.copies,
            provenance: kernel_contract::Provenance::new(),
            reused: Vec::new(),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReceiptJson {
    pub code: String,
    pub status: String,
    #[schema(value_type = String)]
    pub submitted_at: Instant,
    /// Until when the one-stop must answer (8 working hours).
    #[schema(value_type = String)]
    pub reception_due: Instant,
    /// Second factor of the public look-up.
    pub lookup_key: String,
    pub hash: String,
}

/// Hand in a dossier. Repeating with the same `Idempotency-Key` gives the same answer and no second dossier.
#[utoipa::path(post, path = "/api/v1/dossiers", tag = "dossiers", request_body = SubmitBody,
    params(("Idempotency-Key" = String, Header, description = "1 to 128 characters, new for each submission")),
    responses((status = 201, body = ReceiptJson), (status = 422, description = "every fault of form and papers"),
        (status = 429, description = "too many in one minute; `Retry-After` says when to come back")))]
pub(crate) async fn submit(
    State(web): State<Web>,
    SignedIn(actor): SignedIn,
    headers: HeaderMap,
    Json(body): Json<SubmitBody>,
) -> Answer {
    web.limit(Bucket::Submit, &actor.label())?;
    let key = idempotency_key(&headers)?;
    let bytes = serde_json::to_vec(&body).map_err(|e| Error::internal(e.to_string()))?;
    let (hash, submission) = (request_hash(&bytes), body.submission(&actor));
    let stored = web
        .write(move |tx| {
            let scope = format!("POST /api/v1/dossiers {}", actor.label());
            idempotent(tx, &scope, &key, &hash, |tx| {
                let receipt = tx.port::<dyn DossierIntake>()?.submit(tx, &actor, &submission)?;
                Ok((StatusCode::CREATED.as_u16(), json!(ReceiptJson::from(receipt))))
            })
        })
        .await?;
    Ok(stored_json(&stored))
}

impl From<Receipt> for ReceiptJson {
    fn from(receipt: Receipt) -> Self {
        Self {
            code: receipt.code.to_string(),
            status: receipt.status,
            submitted_at: receipt.submitted_at,
            reception_due: receipt.reception_due,
            lookup_key: receipt.lookup_key,
            hash: receipt.hash,
        }
    }
}

/// Runs one act of an officer or owner and answers with where the dossier stands.
async fn act<C: Send + Sync + 'static>(
    web: &Web,
    actor: Actor,
    code: String,
    command: C,
    run: fn(&mut Tx<'_>, &Actor, &str, &C) -> Result<Dossier>,
) -> Answer {
    let dossier = web.write(move |tx| run(tx, &actor, &code, &command)).await?;
    Ok(axum::Json(StatusJson::from(&dossier)).into_response())
}

macro_rules! acts {
    ($($(#[$meta:meta])* $name:ident($who:ident, $body:ty, $path:literal) = $run:path;)*) => {
        $(
            $(#[$meta])*
            #[utoipa::path(post, path = $path, tag = "dossiers", request_body = $body,
                params(("code" = String, Path, description = "code of the dossier")),
                responses((status = 200, body = StatusJson), (status = 404), (status = 409, description = "the state has moved on; `current` says where"), (status = 422)))]
            pub(crate) async fn $name(
                State(web): State<Web>,
                who: $who,
                Path(code): Path<String>,
                Json(body): Json<$body>,
            ) -> Answer {
                act(&web, who.acting(), code, body, $run).await
            }
        )*
    };
}

/// The person behind either kind of sign-in.
trait Acting {
    fn acting(self) -> Actor;
}

impl Acting for StaffMember {
    fn acting(self) -> Actor {
        self.actor
    }
}

impl Acting for SignedIn {
    fn acting(self) -> Actor {
        self.0
    }
}

acts! {
    /// Accept a submitted dossier: the settlement clock starts, the receipt is made.
    accept(StaffMember, model::Accept, "/api/v1/dossiers/{code}/accept") = flow::accept;
    /// Refuse to receive it, with a reason.
    refuse(StaffMember, model::Refuse, "/api/v1/dossiers/{code}/refuse") = flow::refuse;
    /// Ask for everything that is missing, once per stage.
    supplement(StaffMember, model::Supplement, "/api/v1/dossiers/{code}/supplement") = flow::supplement;
    /// Answer a supplement request (owner, or clerk at the counter).
    answer_supplement(SignedIn, model::Answer, "/api/v1/dossiers/{code}/answer") = flow::answer_supplement;
    /// Ask for the published fees; the clock is paused.
    request_fee(StaffMember, model::RequestFee, "/api/v1/dossiers/{code}/fee") = flow::request_fee;
    /// Take cash or a transfer at the counter; the receipt is issued and the clock runs on.
    pay_fee(StaffMember, model::PayFee, "/api/v1/dossiers/{code}/pay") = flow::pay_fee;
    /// Forward along the workflow.
    forward(StaffMember, model::Forward, "/api/v1/dossiers/{code}/forward") = flow::forward;
    /// Send the draft back.
    return_draft(StaffMember, model::ReturnDraft, "/api/v1/dossiers/{code}/return") = flow::return_draft;
    /// Approve the drafted result, bound to its SHA-256, with a fresh one-time code.
    approve(StaffMember, model::Approve, "/api/v1/dossiers/{code}/approve") = flow::approve;
    /// Ask again for the signatures of a document that a signer refused.
    sign_again(StaffMember, model::SignAgain, "/api/v1/dossiers/{code}/sign-again") = flow::sign_again;
    /// Hand the result over.
    hand_over(StaffMember, model::Handover, "/api/v1/dossiers/{code}/handover") = flow::hand_over;
    /// Grant or decline a withdrawal that was asked.
    decide_withdrawal(StaffMember, model::DecideWithdrawal, "/api/v1/dossiers/{code}/withdrawal") = flow::decide_withdrawal;
    /// Stop an accepted dossier on a legal ground.
    stop(StaffMember, model::Stop, "/api/v1/dossiers/{code}/stop") = flow::stop;
}

/// Ask to have the dossier back: the owner, or an officer who records it for the owner. `…/withdrawal` decides it; what
/// an officer recorded is granted by another officer.
#[utoipa::path(post, path = "/api/v1/dossiers/{code}/withdraw", tag = "dossiers", request_body = model::WithdrawalRequest,
    params(("code" = String, Path)), responses((status = 200, body = StatusJson), (status = 404), (status = 409), (status = 422)))]
pub(crate) async fn withdraw(
    State(web): State<Web>,
    SignedIn(actor): SignedIn,
    Path(code): Path<String>,
    Json(body): Json<model::WithdrawalRequest>,
) -> Answer {
    let dossier = web.write(move |tx| flow::request_withdrawal(tx, &actor, &code, &body)).await?;
    Ok(axum::Json(StatusJson::from(&dossier)).into_response())
}

/// Approve several drafted results with one confirmation; each must have been opened.
#[utoipa::path(post, path = "/api/v1/bulk/approve", tag = "dossiers", request_body = model::ApproveMany,
    responses((status = 200, description = "`[{code, status, error}]`"), (status = 403), (status = 422)))]
pub(crate) async fn approve_many(
    State(web): State<Web>,
    staff: StaffMember,
    Json(body): Json<model::ApproveMany>,
) -> Answer {
    let outcomes = web.write(move |tx| flow::approve_many(tx, &staff.actor, &body)).await?;
    Ok(axum::Json(outcomes).into_response())
}

/// Draft the result; its PDF is made before the write. Answers with the file and its SHA-256.
#[utoipa::path(post, path = "/api/v1/dossiers/{code}/draft", tag = "dossiers", request_body = model::Draft,
    params(("code" = String, Path)), responses((status = 200, description = "`{file, sha256, number}`"), (status = 404), (status = 409), (status = 422)))]
pub(crate) async fn draft(
    State(web): State<Web>,
    staff: StaffMember,
    Path(code): Path<String>,
    Json(body): Json<model::Draft>,
) -> Answer {
    let row = prepare::draft(&web, staff.actor, code, body).await?;
    Ok(axum::Json(json!({ "result": row.id, "file": row.file, "sha256": row.sha256, "number": row.number }))
        .into_response())
}

/// Ask another agency; its answer has its own clock, silence is never consent.
#[utoipa::path(post, path = "/api/v1/dossiers/{code}/consult", tag = "dossiers", request_body = model::Consult,
    params(("code" = String, Path)), responses((status = 200, description = "`{consultation, due}`"), (status = 404), (status = 422)))]
pub(crate) async fn consult(
    State(web): State<Web>,
    staff: StaffMember,
    Path(code): Path<String>,
    Json(body): Json<model::Consult>,
) -> Answer {
    let row = web.write(move |tx| flow::consult(tx, &staff.actor, &code, &body)).await?;
    Ok(axum::Json(json!({ "consultation": row.id, "due": row.due_at })).into_response())
}

/// Answer a question of another agency.
#[utoipa::path(post, path = "/api/v1/consultations/{id}/answer", tag = "dossiers", request_body = model::AnswerConsultation,
    params(("id" = String, Path)), responses((status = 204), (status = 404), (status = 409)))]
pub(crate) async fn answer_consultation(
    State(web): State<Web>,
    staff: StaffMember,
    Path(id): Path<String>,
    Json(body): Json<model::AnswerConsultation>,
) -> Answer {
    web.write(move |tx| flow::answer_consultation(tx, &staff.actor, &id, &body)).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Draft an apology with a new appointment; with `totp` a leader approves it in the same act.
#[utoipa::path(post, path = "/api/v1/dossiers/{code}/apologise", tag = "dossiers", request_body = model::Apologise,
    params(("code" = String, Path)), responses((status = 200), (status = 404), (status = 409), (status = 422)))]
pub(crate) async fn apologise(
    State(web): State<Web>,
    staff: StaffMember,
    Path(code): Path<String>,
    Json(body): Json<model::Apologise>,
) -> Answer {
    let row = web.write(move |tx| flow::apologise(tx, &staff.actor, &code, &body)).await?;
    Ok(apology_json(&row))
}

/// Approve the drafted apology.
#[utoipa::path(post, path = "/api/v1/dossiers/{code}/approve-apology", tag = "dossiers", request_body = model::ApproveApology,
    params(("code" = String, Path)), responses((status = 200), (status = 404), (status = 409)))]
pub(crate) async fn approve_apology(
    State(web): State<Web>,
    staff: StaffMember,
    Path(code): Path<String>,
    Json(body): Json<model::ApproveApology>,
) -> Answer {
    let row = web.write(move |tx| flow::approve_apology(tx, &staff.actor, &code, &body)).await?;
    Ok(apology_json(&row))
}

fn apology_json(row: &model::Apology) -> Response {
    let body = json!({ "apology": row.id, "new_appointment": row.new_appointment, "approved_at": row.approved_at });
    axum::Json(body).into_response()
}

/// Codes of a batch, at most 50.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodesBody {
    pub codes: Vec<String>,
}

/// Accept many; each is its own success or sentence.
#[utoipa::path(post, path = "/api/v1/bulk/accept", tag = "dossiers", request_body = CodesBody, responses((status = 200)))]
pub(crate) async fn accept_many(State(web): State<Web>, staff: StaffMember, Json(body): Json<CodesBody>) -> Answer {
    let outcomes = web.write(move |tx| flow::accept_many(tx, &staff.actor, &body.codes)).await?;
    Ok(axum::Json(json!({ "items": outcomes })).into_response())
}

/// Forward many along the main way of their workflows.
#[utoipa::path(post, path = "/api/v1/bulk/forward", tag = "dossiers", request_body = CodesBody, responses((status = 200)))]
pub(crate) async fn forward_many(State(web): State<Web>, staff: StaffMember, Json(body): Json<CodesBody>) -> Answer {
    let outcomes = web.write(move |tx| flow::forward_many(tx, &staff.actor, &body.codes)).await?;
    Ok(axum::Json(json!({ "items": outcomes })).into_response())
}

/// Stage ended dossiers of an older system. The body is `{source, lines: [...]}`.
#[utoipa::path(post, path = "/api/v1/imports", tag = "imports", responses((status = 201), (status = 409), (status = 422)))]
pub(crate) async fn stage_import(
    State(web): State<Web>,
    staff: StaffMember,
    Json(body): Json<ImportBody>,
) -> Result<Response, Problem> {
    let sha256 = prepare::sha256_of(&body.lines)?;
    let batch = web.write(move |tx| flow::stage_import(tx, &staff.actor, &body.source, &sha256, &body.lines)).await?;
    Ok((StatusCode::CREATED, axum::Json(json!({ "batch": batch.as_str() }))).into_response())
}

/// A file of an older system.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportBody {
    pub source: String,
    #[schema(value_type = Vec<Object>)]
    pub lines: Vec<flow::ImportedDossier>,
}

/// Approve a staged batch; the second approver enters it.
#[utoipa::path(post, path = "/api/v1/imports/{id}/approve", tag = "imports", params(("id" = String, Path)),
    responses((status = 200, description = "`{entered}`: 0 after the first approval"), (status = 403), (status = 409)))]
pub(crate) async fn approve_import(State(web): State<Web>, staff: StaffMember, Path(id): Path<String>) -> Answer {
    let entered = web.write(move |tx| flow::approve_import(tx, &staff.actor, &id)).await?;
    Ok(axum::Json(json!({ "entered": entered })).into_response())
}
