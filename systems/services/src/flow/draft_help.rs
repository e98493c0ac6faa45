//! What the use cases of drafts refuse, and what they read of the catalogue and the organisation.

use kernel_base::{AgencyId, Error, Kind, Result, TypedId};
use kernel_contract::Case;
use kernel_forms::Form;
use kernel_org::CitizenActor;

use super::ProcedureView;
use crate::model::Draft;

pub(super) fn not_found() -> Error {
    Error::not_found(
        "draft_not_found",
        (
            "Không có bản nháp này, hoặc bản nháp đã quá 30 ngày. Hãy mở “Việc của tôi” hoặc bắt đầu lại.",
            "There is no such draft, or it is over 30 days old. Open “My matters” or start again.",
        ),
    )
}

pub(super) fn too_many() -> Error {
    Error::new(
        Kind::TooMany,
        "drafts_too_many",
        (
            "Bạn đang có quá nhiều bản nháp. Hãy nộp hoặc xóa bớt bản nháp trong “Việc của tôi”.",
            "You have too many drafts. Hand in or delete some in “My matters”.",
        ),
    )
}

pub(super) fn too_large() -> Error {
    Error::new(
        Kind::TooLarge,
        "draft_too_large",
        (
            "Nội dung khai quá dài nên chưa lưu. Hãy quay lại, rút gọn rồi lưu lại; giấy tờ dài thì gửi kèm tệp.",
            "The answers are too long and were not saved. Go back, shorten them and save again; send long papers as files.",
        ),
    )
}

pub(super) fn unknown_paper() -> Error {
    Error::not_found(
        "paper_not_found",
        (
            "Thủ tục này không cần giấy tờ đó. Hãy quay lại danh sách việc.",
            "This procedure does not ask for that paper. Go back to the task list.",
        ),
    )
}

pub(super) fn offered(view: &ProcedureView, agency: &str) -> Result<AgencyId> {
    view.agencies.iter().find(|(id, _)| id.as_str() == agency).map(|(id, _)| id.clone()).ok_or_else(|| {
        Error::invalid(vec![kernel_base::FieldError::new(
            "agency",
            "not_offered",
            ("Hãy chọn nơi nộp hồ sơ trong danh sách.", "Choose where to hand in from the list."),
        )])
    })
}

/// A case that is taken online today: the named one, or the first.
pub(crate) fn online_case<'a>(view: &'a ProcedureView, code: &str) -> Result<&'a Case> {
    let found = view.text.cases.iter().find(|c| c.code == code).or_else(|| view.text.cases.first());
    let case = found.ok_or_else(|| Error::internal(format!("{}: a version without cases", view.code())))?;
    if view.is_online() && case.form.is_some() {
        return Ok(case);
    }
    Err(Error::refused(
        "not_online",
        (
            "Thủ tục này chưa nhận hồ sơ trực tuyến. Hãy nộp tại bộ phận một cửa; trang thủ tục ghi rõ giấy tờ cần mang theo.",
            "This procedure is not taken online yet. Hand it in at the one-stop counter; its page says what to bring.",
        ),
    ))
}

pub(super) fn parsed(view: &ProcedureView, case: &Case) -> Result<Form> {
    let schema = case.form.as_ref().ok_or_else(|| Error::internal(format!("{}: no form", view.code())))?;
    Form::parse(schema).map_err(|faults| Error::internal(format!("form of {}: {}", view.code(), faults.join("; "))))
}

/// Whether somebody may see a draft of the account: its holder sees all, who acts for him what the mandate reaches, a
/// helper only what he began within it.
pub(crate) fn may_see(citizen: &CitizenActor, draft: &Draft) -> bool {
    let helped = citizen.helper().is_none_or(|acting| draft.mandate == acting.mandate.as_str());
    helped && citizen.covers(&draft.procedure)
}

/// # Errors
/// `Forbidden` when the mandate does not reach the procedure.
pub(crate) fn within_mandate(citizen: &CitizenActor, procedure: &str) -> Result<()> {
    if citizen.covers(procedure) {
        return Ok(());
    }
    Err(Error::forbidden(
        "outside_mandate",
        (
            "Ủy quyền của bạn không gồm thủ tục này. Hãy nhờ người ủy quyền thêm thủ tục, hoặc trở về vai của mình.",
            "Your delegation does not reach this procedure. Ask for a wider one, or return to your own role.",
        ),
    ))
}
