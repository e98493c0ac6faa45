//! The owner gets the result; the evidence of delivery is kept.

use kernel_base::{Error, FieldError, Result, text};
use kernel_db::Tx;
use kernel_org::{Action, Actor};
use serde_json::json;

use super::{shared, sign};
use crate::{
    model::{Dossier, Handover, HandoverRow},
    store,
};

/// Records the hand-over of a settled dossier.
///
/// # Errors
/// `Invalid` without recipient or evidence; `Conflict` when it is not settled, or a fee is still open.
pub fn hand_over(tx: &mut Tx<'_>, actor: &Actor, code: &str, command: &Handover) -> Result<Dossier> {
    let before = shared::find(tx, actor, Action::DossierHandover, code)?;
    let state = before.state.hand_over()?;
    let row = checked(tx, actor, command)?;
    if store::fees_of(tx, &before.id)?.iter().any(|f| f.paid_at.is_none()) {
        return Err(Error::conflict(
            "fee_open",
            (
                "Hồ sơ còn khoản phí chưa nộp. Hãy ghi nhận biên lai trước khi trả kết quả.",
                "A fee is still open. Record its receipt first.",
            ),
        ));
    }

    sign::must_be_signed(tx, &before)?;

    let mut dossier = before.clone();
    dossier.state = state;
    dossier.ended_at = Some(tx.now());
    shared::leave_step(tx, &mut dossier, actor, "handover", "")?;
    store::insert_handover(tx, &dossier.id, &row)?;
    store::save_dossier(tx, &before, &dossier)?;
    let evidence = kernel_ledger::keep_personal(
        tx,
        &dossier.subject(),
        &json!({ "recipient": row.recipient, "evidence": row.evidence }),
    )?;
    let body = json!({ "channel": row.channel, "personal": evidence.hash, "personal_id": evidence.id });
    shared::record(tx, &dossier, actor, "dossier.handed_over", body)?;
    dossier.version += 1;
    Ok(dossier)
}

fn checked(tx: &Tx<'_>, actor: &Actor, command: &Handover) -> Result<HandoverRow> {
    let row = HandoverRow {
        recipient: text::clean_line(&command.recipient),
        channel: command.channel.clone(),
        evidence: text::clean(&command.evidence),
        given_by: actor.name().to_owned(),
        given_at: tx.now(),
    };
    let mut faults = Vec::new();
    if row.recipient.is_empty() || text::length(&row.recipient) > 200 {
        faults.push(FieldError::new(
            "recipient",
            "required",
            ("Hãy ghi họ và tên người nhận kết quả.", "Give the name of the person who takes the result."),
        ));
    }
    if row.evidence.is_empty() || text::length(&row.evidence) > 500 {
        let words = (
            "Hãy ghi bằng chứng đã trả: chữ ký trên phiếu, số giấy tờ đã xem, hoặc số vận đơn.",
            "Give the evidence: signature on the slip, number of the identity paper seen, or the waybill.",
        );
        faults.push(FieldError::new("evidence", "required", words));
    }
    if !matches!(row.channel.as_str(), "counter" | "online" | "postal") {
        let words = ("Hãy chọn cách trả: tại quầy, trực tuyến hoặc bưu chính.", "Choose counter, online or postal.");
        faults.push(FieldError::new("channel", "unknown", words));
    }
    if faults.is_empty() { Ok(row) } else { Err(Error::invalid(faults)) }
}
