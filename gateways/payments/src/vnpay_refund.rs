//! What VNPAY says of refunds: taking a request is not paying the money back.

use kernel_contract::{Question, RefundOrder, Refunded};
use serde_json::Value;

use crate::vnpay::{dong, text_of};

/// The question about a payment that a refund is of.
pub(crate) fn about(order: &RefundOrder) -> Question {
    let (reference, request_id) = (order.reference.clone(), order.ask_id.clone());
    Question { reference, created_at: order.paid_created_at, now: order.now, request_id }
}

/// What a signed answer to a refund says. The request is taken with code 00; the money is back with status 00 only.
pub(crate) fn refunded(answer: &Value, alone: bool) -> Refunded {
    let text = |name: &str| text_of(answer, name);
    let (code, status) = (text("vnp_ResponseCode"), text("vnp_TransactionStatus"));
    match (code.as_str(), status.as_str()) {
        ("00", "00") => Refunded::Done { transaction: text("vnp_TransactionNo") },
        ("00", "" | "05" | "06") => Refunded::Taken { transaction: text("vnp_TransactionNo") },
        ("00", "02" | "09") => Refunded::Refused { code: status, reason: text("vnp_Message") },
        // A refund of the same payment was taken before and is under way: this one, if there is no other.
        ("94", _) if alone => Refunded::Taken { transaction: String::new() },
        ("00" | "94" | "99", _) => Refunded::Unknown { reason: format!("{code}/{status} {}", text("vnp_Message")) },
        _ => Refunded::Refused { code, reason: text("vnp_Message") },
    }
}

/// What a signed answer of querydr says of a refund that was taken before.
pub(crate) fn refund_stands(answer: &Value, order: &RefundOrder) -> Refunded {
    let text = |name: &str| text_of(answer, name);
    let (code, number) = (text("vnp_ResponseCode"), text("vnp_TransactionNo"));
    if code != "00" || text("vnp_TxnRef") != order.reference {
        return Refunded::Unknown { reason: code };
    }
    let taken = order.taken.clone().unwrap_or_default();
    let this_one = order.alone || (!taken.is_empty() && number == taken);
    if !is_refund(answer) || !this_one || dong(&text("vnp_Amount")) != Some(order.amount) {
        return Refunded::Taken { transaction: taken };
    }
    match text("vnp_TransactionStatus").as_str() {
        "00" => Refunded::Done { transaction: number },
        code @ ("02" | "09") => Refunded::Refused { code: code.to_owned(), reason: text("vnp_Message") },
        _ => Refunded::Taken { transaction: number },
    }
}

/// The answer speaks of a refund, whole (02) or of a part (03), and not of the payment.
pub(crate) fn is_refund(answer: &Value) -> bool {
    matches!(text_of(answer, "vnp_TransactionType").as_str(), "02" | "03")
}

#[cfg(test)]
mod tests {
    use kernel_base::Instant;
    use serde_json::json;

    use super::*;

    fn order(taken: Option<&str>, alone: bool) -> RefundOrder {
        let at = Instant::from_millis(0);
        RefundOrder {
            reference: "A1".to_owned(),
            transaction: "7".to_owned(),
            amount: 50_000,
            whole: false,
            paid_created_at: at,
            now: at,
            request_id: "r".to_owned(),
            by: "x".to_owned(),
            taken: taken.map(str::to_owned),
            ask_id: "q".to_owned(),
            alone,
        }
    }

    fn answer(code: &str, status: &str, kind: &str) -> Value {
        json!({
            "vnp_ResponseCode": code, "vnp_TransactionStatus": status, "vnp_TransactionType": kind, "vnp_TxnRef": "A1",
            "vnp_TransactionNo": "9", "vnp_Amount": "5000000", "vnp_Message": "m",
        })
    }

    fn word(refunded: &Refunded) -> &'static str {
        match refunded {
            Refunded::Done { .. } => "done",
            Refunded::Taken { .. } => "taken",
            Refunded::Refused { .. } => "refused",
            Refunded::NotOffered => "not offered",
            Refunded::Unknown { .. } => "unknown",
        }
    }

    #[test]
    fn only_the_status_of_success_says_that_money_is_back() {
        for (code, status, alone, expected) in [
            ("00", "00", true, "done"),
            ("00", "05", true, "taken"),
            ("00", "06", true, "taken"),
            ("00", "", true, "taken"),
            ("00", "09", true, "refused"),
            ("00", "07", true, "unknown"),
            ("94", "00", true, "taken"),
            // Another part of the same payment is on its way back: this request was not taken.
            ("94", "00", false, "unknown"),
            ("95", "00", true, "refused"),
            ("99", "", true, "unknown"),
        ] {
            assert_eq!(word(&refunded(&answer(code, status, "03"), alone)), expected, "{code}/{status}");
        }
    }

    #[test]
    fn a_refund_that_was_taken_is_done_when_querydr_speaks_of_it_and_of_success() {
        for (taken, alone, status, kind, expected) in [
            ("9", false, "00", "03", "done"),
            ("9", false, "05", "03", "taken"),
            ("9", false, "09", "03", "refused"),
            // Of another refund, or of the payment itself.
            ("8", false, "00", "03", "taken"),
            ("9", true, "00", "01", "taken"),
            // With no other refund of the payment it can only be this one, whatever number it has.
            ("8", true, "00", "03", "done"),
            ("", true, "00", "03", "done"),
            ("", false, "00", "03", "taken"),
        ] {
            let said = refund_stands(&answer("00", status, kind), &order(Some(taken), alone));
            assert_eq!(word(&said), expected, "{taken} {alone} {status} {kind}");
        }
        let other = RefundOrder { amount: 40_000, ..order(Some(""), true) };
        assert_eq!(word(&refund_stands(&answer("00", "00", "03"), &other)), "taken");
        assert_eq!(word(&refund_stands(&answer("91", "", ""), &order(Some("9"), true))), "unknown");
    }
}
