//! What a dossier costs, from the published fees only.

use kernel_base::{Error, Result, Vnd};
use kernel_contract::Fee;

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

#[cfg(test)]
mod tests {
    use super::*;

    fn fee(amount: Option<i64>, per_copy: bool) -> Fee {
        let source = serde_json::json!({ "text": "minh hoạ", "illustrative": true, "valid_from": "2021-01-01" });
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
}
