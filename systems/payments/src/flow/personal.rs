//! What payments keep of a person: given out, and erased once the accounting law lets it go.

use jiff::civil::Date;
use kernel_base::{Error, Instant, Result, TypedId, Words};
use kernel_contract::{DossierId, KeptByLaw, OwnData, PersonalData};
use kernel_db::Tx;
use kernel_documents::Document;
use kernel_org::Actor;
use serde_json::{Value, json};

use crate::{
    model::{Attempt, FeeReceipt, Obligation, ObligationState, Refund, kept_until, subject},
    store,
};

/// Answers [`PersonalData`] for fees, payments, receipts and refunds.
#[derive(Debug)]
pub(crate) struct Payments;

/// Everything of one dossier.
struct Money {
    dossier: DossierId,
    owed: Vec<Obligation>,
    attempts: Vec<Attempt>,
    receipts: Vec<FeeReceipt>,
    refunds: Vec<Refund>,
}

/// What may be done with it today.
enum Fate {
    /// Erased before.
    Gone,
    /// Something is still to be paid: the dossier itself says so.
    Open,
    /// Money is still to go back.
    RefundOpen,
    Kept(Date),
    Free,
}

impl Money {
    fn load(tx: &mut Tx<'_>, dossier: DossierId) -> Result<Self> {
        Ok(Self {
            owed: store::obligations_of(tx, &dossier)?,
            attempts: store::attempts_of(tx, &dossier)?,
            receipts: store::receipts_of(tx, &dossier)?,
            refunds: store::refunds_of(tx, &dossier)?,
            dossier,
        })
    }

    fn code(&self) -> String {
        self.owed.first().map(|o| o.code.to_string()).unwrap_or_default()
    }

    /// When money last moved; `None` when none ever did.
    fn last_moved(&self) -> Option<Instant> {
        let paid = self.attempts.iter().filter_map(|a| a.confirmed_at);
        let back = self.refunds.iter().filter_map(|r| r.done_at);
        paid.chain(back).chain(self.receipts.iter().map(|r| r.issued_at)).max()
    }

    fn fate(&self, today: Date) -> Result<Fate> {
        if self.owed.iter().all(|o| o.payer.is_empty()) {
            return Ok(Fate::Gone);
        }
        if self.owed.iter().any(|o| o.state == ObligationState::Open) {
            return Ok(Fate::Open);
        }
        if self.refunds.iter().any(|r| r.state.is_open()) {
            return Ok(Fate::RefundOpen);
        }
        match self.last_moved().map(kept_until).transpose()? {
            Some(last) if today <= last => Ok(Fate::Kept(last)),
            _ => Ok(Fate::Free),
        }
    }
}

fn all(tx: &mut Tx<'_>, person: &Actor) -> Result<Vec<Money>> {
    let Some(citizen) = person.citizen() else { return Ok(Vec::new()) };
    let dossiers = store::dossiers_of_account(tx, citizen.account.as_str())?;
    dossiers.into_iter().map(|dossier| Money::load(tx, dossier)).collect()
}

impl PersonalData for Payments {
    fn name(&self) -> Words {
        Words::new("Phí, lệ phí và biên lai", "Fees and receipts")
    }

    fn code(&self) -> &'static str {
        "payments"
    }

    fn own_data(&self, tx: &mut Tx<'_>, person: &Actor) -> Result<OwnData> {
        let today = tx.now().vietnam().date();
        let mut items = Vec::new();
        for money in all(tx, person)? {
            if !matches!(money.fate(today)?, Fate::Gone) {
                items.push(one(&money));
            }
        }
        Ok(OwnData { count: items.len(), data: Value::Array(items), files: Vec::new() })
    }

    fn kept_by_law(&self, tx: &mut Tx<'_>, person: &Actor) -> Result<Vec<KeptByLaw>> {
        let today = tx.now().vietnam().date();
        let mut kept = Vec::new();
        for money in all(tx, person)? {
            let code = money.code();
            match money.fate(today)? {
                Fate::Gone | Fate::Open | Fate::Free => {}
                Fate::RefundOpen => kept.push(KeptByLaw {
                    what: Words::new(format!("Khoản hoàn phí của hồ sơ {code}"), format!("The refund of dossier {code}")),
                    why: Words::new(
                        "Tiền của bạn chưa được hoàn. Hãy đợi nhận đủ tiền.",
                        "Your money has not come back yet. Wait until it has.",
                    ),
                    until: None,
                }),
                Fate::Kept(last) => kept.push(KeptByLaw {
                    what: Words::new(format!("Biên lai của hồ sơ {code}"), format!("Receipts of dossier {code}")),
                    why: Words::new(
                        "Chứng từ kế toán phải lưu 10 năm (Luật Kế toán 88/2015/QH13, điều 41; NĐ 174/2016/NĐ-CP, điều 13).",
                        "Accounting papers are kept for 10 years (Law 88/2015/QH13, art. 41; Decree 174/2016, art. 13).",
                    ),
                    until: Some(last),
                }),
            }
        }
        Ok(kept)
    }

    fn erase(&self, tx: &mut Tx<'_>, person: &Actor) -> Result<usize> {
        let today = tx.now().vietnam().date();
        let mut erased = 0;
        for money in all(tx, person)? {
            if matches!(money.fate(today)?, Fate::Free) {
                erase(tx, person, &money)?;
                erased += 1;
            }
        }
        Ok(erased)
    }
}

fn one(money: &Money) -> Value {
    let owed = |o: &Obligation| {
        json!({
            "fee": o.fee, "kind": o.kind, "name": o.name, "basis": o.basis, "amount": o.amount, "copies": o.copies,
            "payer": o.payer, "state": o.state.as_str(), "exempt_reason": o.exempt_reason, "asked_at": o.asked_at,
            "settled_at": o.settled_at,
        })
    };
    let tried = |a: &Attempt| {
        json!({
            "reference": a.reference, "channel": a.channel, "amount": a.amount, "state": a.state.as_str(),
            "created_at": a.created_at, "confirmed_at": a.confirmed_at, "transaction": a.transaction, "bank": a.bank,
            "note": a.note,
        })
    };
    let receipt = |r: &FeeReceipt| {
        json!({
            "number": r.full_number(), "kind": r.kind, "amount": r.amount, "issued_at": r.issued_at,
            "cancelled_at": r.cancelled_at, "cancel_reason": r.cancel_reason, "printed": r.content,
        })
    };
    let refund = |r: &Refund| {
        json!({
            "amount": r.amount, "reason": r.reason.as_str(), "state": r.state.as_str(), "account": r.account,
            "bank": r.bank, "holder": r.holder, "note": r.note, "asked_at": r.asked_at, "done_at": r.done_at,
        })
    };
    json!({
        "code": money.code(),
        "procedure_name": money.owed.first().map(|o| o.procedure_name.as_str()),
        "obligations": money.owed.iter().map(owed).collect::<Vec<_>>(),
        "attempts": money.attempts.iter().map(tried).collect::<Vec<_>>(),
        "receipts": money.receipts.iter().map(receipt).collect::<Vec<_>>(),
        "refunds": money.refunds.iter().map(refund).collect::<Vec<_>>(),
    })
}

/// Empties the rows; the chain stays, and says so.
fn erase(tx: &mut Tx<'_>, person: &Actor, money: &Money) -> Result<()> {
    store::erase_dossier(tx, &money.dossier)?;
    for receipt in &money.receipts {
        let mut document: Document = serde_json::from_value(receipt.content.clone())
            .map_err(|e| Error::internal(format!("fee_receipts.content: {e}")))?;
        if let Document::FeeReceipt(printed) = &mut document {
            printed.payer.clear();
        }
        let content = serde_json::to_value(&document).map_err(|e| Error::internal(format!("receipt: {e}")))?;
        store::erase_receipt(tx, &receipt.id, receipt.version, &content)?;
    }
    let chain = subject(&money.dossier);
    kernel_ledger::erase_personal(tx, &chain, &person.label(), "yêu cầu xóa dữ liệu của người nộp")?;
    Ok(())
}
