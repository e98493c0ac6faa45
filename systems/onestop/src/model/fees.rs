//! What a dossier costs, from the published fees only.

use kernel_base::{Error, Result, Vnd};
use kernel_contract::{Charge, Collect, Fee, FeeKind};
use serde_json::Value;

/// The amount of one fee for `copies` copies. A fee without a published amount cannot be asked.
pub fn fee_total(fee: &Fee, copies: i64) -> Result<Vnd> {
    let Some(amount) = fee.amount else {
        return Err(Error::refused(
            "fee_unknown",
            kernel_base::Words::new(
                format!("Mức thu của “{}” chưa công bố nên chưa được yêu cầu nộp.", fee.name.vi),
                format!(
                    "The amount of “{}” is not published, so it may not be asked.",
                    fee.name.say(kernel_base::Lang::En)
                ),
            ),
        ));
    };
    let times = if fee.per_copy { copies.max(1) } else { 1 };
    amount.checked_mul(times).ok_or_else(|| Error::internal("fee overflows"))
}

/// Why a fee is not collected from this person, by an answer of the form; `None` when it is.
pub fn exemption(fee: &Fee, form: &Value) -> Option<String> {
    let holds = |e: &&kernel_contract::Exemption| {
        form.get(&e.field).is_some_and(|given| {
            given.as_str() == Some(e.answer.as_str()) || *given == Value::Bool(true) && e.answer == "true"
        })
    };
    fee.exemptions.iter().find(holds).map(|e| format!("{} ({})", e.name.vi, e.source.text))
}

/// What one fee comes to: published amount, copies, exemption with its reason.
///
/// # Errors
/// `Invalid` `fee_unknown` for a fee without a published amount that nobody is exempt from.
pub fn charge(fee: &Fee, copies: i64, exempt: Option<String>) -> Result<Charge> {
    let amount = if exempt.is_some() { Vnd::ZERO } else { fee_total(fee, copies)? };
    Ok(Charge {
        fee: fee.code.clone(),
        kind: FeeKind::of_code(&fee.code),
        name: fee.name.vi.clone(),
        basis: fee.source.text.clone(),
        illustrative: fee.source.illustrative,
        unit_amount: fee.amount.map_or(0, Vnd::dong),
        copies: if fee.per_copy { copies.max(1) } else { 1 },
        amount: amount.dong(),
        collect: if exempt.is_some() { Collect::Exempt } else { fee.collect },
        exempt_reason: exempt.unwrap_or_default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fee(amount: Option<i64>, per_copy: bool) -> Fee {
        let source = serde_json::json!({ "text": "minh họa", "illustrative": true, "valid_from": "2021-01-01" });
        serde_json::from_value(serde_json::json!({
            "code": "F", "name": { "vi": "Phí", "en": "Fee" }, "amount": amount, "per_copy": per_copy, "source": source
        }))
        .unwrap()
    }

    #[test]
    fn a_fee_per_copy_is_multiplied_and_another_is_not() {
        assert_eq!(fee_total(&fee(Some(2_000), true), 3).unwrap().dong(), 6_000);
        assert_eq!(fee_total(&fee(Some(8_000), false), 3).unwrap().dong(), 8_000);
    }

    #[test]
    fn an_unpublished_fee_is_never_asked() {
        assert_eq!(fee_total(&fee(None, false), 1).unwrap_err().code, "fee_unknown");
    }

    #[test]
    fn who_is_exempt_owes_nothing_even_of_an_unpublished_fee() {
        let mut it = fee(None, false);
        let exempt = serde_json::json!({
            "name": { "vi": "Người có công", "en": "" }, "field": "group", "answer": "merit", "source": it.source
        });
        it.exemptions = vec![serde_json::from_value(exempt).unwrap()];
        let reason = exemption(&it, &serde_json::json!({ "group": "merit" }));
        assert_eq!(reason.as_deref(), Some("Người có công (minh họa)"));
        assert_eq!(exemption(&it, &serde_json::json!({ "group": "other" })), None);
        let owed = charge(&it, 1, reason).unwrap();
        assert_eq!((owed.amount, owed.collect), (0, Collect::Exempt));
    }
}
