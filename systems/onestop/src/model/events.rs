//! Events of a dossier in plain words, for the trace that the owner and the officers read.

use kernel_base::{Instant, Words, vietnam_time};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// One line of the trace.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EventView {
    pub seq: i64,
    pub kind: String,
    #[schema(value_type = String)]
    pub at: Instant,
    /// Who, as shown to people: name and agency of an officer, `Chủ hồ sơ`, `Hệ thống`.
    pub actor: String,
    /// What happened, in plain words.
    #[schema(value_type = Object)]
    pub words: Words,
    /// Hash of the event in the chain.
    pub hash: String,
}

/// What happened, in one sentence for the owner.
pub fn describe(kind: &str, body: &Value) -> Words {
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    // A clock's own events carry their instants as claims.
    let instant = |name: &str| {
        let claimed = || body.pointer(&format!("/claims/{name}"));
        body.get(name).or_else(claimed).and_then(Value::as_str).and_then(Instant::parse)
    };
    let when = |name: &str| instant(name).map_or_else(|| "chưa công bố".to_owned(), vietnam_time);
    let when_en = |name: &str| {
        instant(name).map_or_else(|| "not published".to_owned(), |at| vietnam_time(at).replace("ngày", "on"))
    };
    let words = |vi: String, en: String| Words::new(vi, en);
    match kind {
        "dossier.submitted" => words("Đã nộp hồ sơ.".into(), "Dossier handed in.".into()),
        "dossier.imported" => words(
            format!("Hồ sơ chuyển từ hệ thống cũ ({}).", text("source")),
            format!("Brought from an older system ({}).", text("source")),
        ),
        "dossier.accepted" => words("Một cửa đã tiếp nhận hồ sơ.".into(), "The one-stop accepted the dossier.".into()),
        "dossier.refused" => words(
            format!("Không tiếp nhận hồ sơ. Lý do: {}", text("reason")),
            format!("Not accepted. Reason: {}", text("reason")),
        ),
        "dossier.supplement_requested" => words(
            format!("Yêu cầu bổ sung hồ sơ, trả lời trước {}. Thời hạn giải quyết tạm dừng.", when("reply_by")),
            format!("A supplement was asked, reply by {}. The clock is paused.", when_en("reply_by")),
        ),
        "dossier.supplemented" => words(
            format!("Đã nhận bổ sung. Hẹn trả mới: {}.", when("due_after")),
            format!("Supplement received. New due: {}.", when_en("due_after")),
        ),
        "dossier.fee_requested" => {
            words("Yêu cầu nộp phí, lệ phí. Thời hạn tạm dừng.".into(), "A fee was asked. The clock is paused.".into())
        }
        "dossier.fee_exempt" => {
            words("Được miễn phí, lệ phí. Thời hạn chạy tiếp.".into(), "Exempt from the fee. The clock runs on.".into())
        }
        "dossier.fee_paid" => words(
            format!("Đã nộp phí, biên lai {}.", text("receipt")),
            format!("Fee paid, receipt {}.", text("receipt")),
        ),
        "dossier.forwarded" => words("Chuyển sang bước tiếp theo.".into(), "Forwarded to the next step.".into()),
        "dossier.consulted" => words(
            format!("Lấy ý kiến cơ quan {}, hạn trả lời {}.", text("agency"), when("due")),
            format!("Agency {} was consulted, answer due {}.", text("agency"), when_en("due")),
        ),
        "dossier.consultation_answered" => words(
            format!("Cơ quan {} đã trả lời ý kiến.", text("agency")),
            format!("Agency {} answered.", text("agency")),
        ),
        "dossier.drafted" => words("Đã dự thảo kết quả.".into(), "The result was drafted.".into()),
        "dossier.draft_returned" => words(
            format!("Lãnh đạo trả lại dự thảo: {}", text("reason")),
            format!("Draft sent back: {}", text("reason")),
        ),
        "dossier.approved" => {
            if body.get("granted").and_then(Value::as_bool).unwrap_or(true) {
                words("Đã phê duyệt kết quả giải quyết.".into(), "The result was approved.".into())
            } else {
                words(
                    "Đã phê duyệt văn bản không chấp thuận, có nêu lý do.".into(),
                    "A reasoned negative result was approved.".into(),
                )
            }
        }
        "dossier.signed" if text("kind") == "result" => words(
            "Kết quả đã được ký số và đóng dấu điện tử của cơ quan.".into(),
            "The result was signed and sealed electronically.".into(),
        ),
        "dossier.signed" => words("Phiếu đã được ký số.".into(), "The slip was signed electronically.".into()),
        "dossier.apology_drafted" => {
            words("Đã dự thảo thư xin lỗi và hẹn lại.".into(), "An apology was drafted.".into())
        }
        "dossier.apologised" => words(
            format!(
                "Cơ quan xin lỗi vì trễ hẹn và hẹn lại {}. Hạn gốc {} vẫn dùng để tính trễ.",
                when("new_appointment"),
                when("due")
            ),
            format!(
                "The agency apologised; new appointment {}. The legal due {} still decides lateness.",
                when_en("new_appointment"),
                when_en("due")
            ),
        ),
        "dossier.handed_over" => words("Đã trả kết quả.".into(), "The result was handed over.".into()),
        "dossier.withdrawal_requested" => {
            words("Chủ hồ sơ yêu cầu rút hồ sơ.".into(), "The owner asked to withdraw.".into())
        }
        "dossier.withdrawn" => words("Đã rút hồ sơ.".into(), "Withdrawn.".into()),
        "dossier.withdrawal_declined" => words(
            format!("Không cho rút hồ sơ: {}", text("reason")),
            format!("Withdrawal declined: {}", text("reason")),
        ),
        "dossier.stopped" => words(
            format!("Dừng giải quyết. Lý do: {}. Căn cứ: {}", text("reason"), text("legal_basis")),
            format!("Stopped. Reason: {}. Ground: {}", text("reason"), text("legal_basis")),
        ),
        "obligation.opened" => words(
            format!("Bắt đầu tính hạn, phải xong trước {}.", when("first_promise")),
            format!("A clock started, due {}.", when_en("first_promise")),
        ),
        "obligation.paused" => words("Tạm dừng tính hạn.".into(), "The clock was paused.".into()),
        "obligation.resumed" => words("Tiếp tục tính hạn.".into(), "The clock runs on.".into()),
        "obligation.extended" => words("Ghi nhận ngày hẹn lại.".into(), "A new appointment was recorded.".into()),
        "obligation.transferred" => {
            words("Chuyển trách nhiệm sang cơ quan khác.".into(), "Responsibility moved to another agency.".into())
        }
        "obligation.closed" => words("Kết thúc tính hạn.".into(), "A clock ended.".into()),
        other => words(other.to_owned(), other.to_owned()),
    }
}
