//! Comparing our payments of a day with the gateway's (đối soát).

use std::collections::BTreeMap;

use jiff::civil::Date;
use kernel_base::{AgencyId, Instant, Words, typed_id};
use kernel_contract::{GatewayEntry, PayChannel};

typed_id!(
    /// The reconciliation of a day, a channel and an agency.
    ReconciliationId, "rec"
);
typed_id!(
    /// A difference between our side and the gateway's.
    MismatchId, "mis"
);

/// A day's reconciliation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciliation {
    pub id: ReconciliationId,
    pub agency: AgencyId,
    pub channel: PayChannel,
    pub day: Date,
    /// `query` or `file`; `told` while it was not compared and only holds a difference that became known otherwise.
    pub source: String,
    pub ran_at: Instant,
    pub ours_count: i64,
    pub ours_amount: i64,
    pub theirs_count: i64,
    pub theirs_amount: i64,
    pub closed_at: Option<Instant>,
    pub closed_by: Option<String>,
    pub version: i64,
}

impl Reconciliation {
    /// Subject of the ledger.
    pub fn subject(agency: &AgencyId, channel: PayChannel, day: Date) -> String {
        format!("reconciliation:{agency}/{}/{day}", channel.as_str())
    }
}

/// Kinds of difference (spec/payments.md §5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MismatchKind {
    /// Ours paid, theirs not.
    OursOnly,
    /// Theirs paid, ours not.
    TheirsOnly,
    Amount,
    /// Money for an obligation that another attempt has settled, and no refund of it.
    Double,
    ReceiptMissing,
    /// A refund that was not carried out in its time.
    RefundOpen,
    /// Paid back by hand and by the gateway.
    RefundedTwice,
}

impl MismatchKind {
    pub const ALL: [Self; 7] = [
        Self::OursOnly,
        Self::TheirsOnly,
        Self::Amount,
        Self::Double,
        Self::ReceiptMissing,
        Self::RefundOpen,
        Self::RefundedTwice,
    ];

    /// Found when it happened, not by comparing a day: it stays until somebody explains it.
    pub fn is_told(self) -> bool {
        self == Self::RefundedTwice
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::OursOnly => "ours_only",
            Self::TheirsOnly => "theirs_only",
            Self::Amount => "amount",
            Self::Double => "double",
            Self::ReceiptMissing => "receipt_missing",
            Self::RefundOpen => "refund_open",
            Self::RefundedTwice => "refunded_twice",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    pub fn words(self) -> Words {
        match self {
            Self::OursOnly => ("Ta ghi đã thu, cổng thanh toán ghi chưa", "We have it as paid, the gateway has not"),
            Self::TheirsOnly => ("Cổng thanh toán ghi đã thu, ta ghi chưa", "The gateway has it as paid, we have not"),
            Self::Amount => ("Số tiền hai bên khác nhau", "The amounts differ"),
            Self::Double => ("Một khoản được nộp hai lần, chưa hoàn", "Paid twice and not refunded"),
            Self::ReceiptMissing => ("Đã thu nhưng thiếu biên lai", "Paid, but a receipt is missing"),
            Self::RefundOpen => ("Hoàn phí quá hạn chưa thực hiện", "A refund is overdue"),
            Self::RefundedTwice => {
                ("Đã hoàn hai lần: chi tay và qua cổng thanh toán", "Paid back twice: by hand and by the gateway")
            }
        }
        .into()
    }
}

/// A difference with its owner and deadline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    pub id: MismatchId,
    pub reconciliation: ReconciliationId,
    pub kind: MismatchKind,
    pub reference: String,
    pub ours_amount: i64,
    pub theirs_amount: i64,
    pub obligation: String,
    pub due_at: Instant,
    pub found_at: Instant,
    /// `open`, `resolved`, `excepted`.
    pub state: String,
    pub reason: String,
    pub ended_at: Option<Instant>,
    pub ended_by: Option<String>,
    pub version: i64,
}

/// One of our attempts of the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ours {
    pub reference: String,
    /// Reference and transaction as the gateway knows them.
    pub at_gateway: String,
    pub transaction: String,
    pub amount: i64,
    /// Money came in under it, as we have it.
    pub paid: bool,
    /// It settled nothing and has no refund.
    pub double: bool,
    /// A receipt is missing.
    pub without_receipt: bool,
    /// A refund of it is overdue.
    pub refund_overdue: bool,
}

/// A difference found; what is stored of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    pub kind: MismatchKind,
    pub reference: String,
    pub ours_amount: i64,
    pub theirs_amount: i64,
}

/// The gateway's paid lines beside our payments: by the number of the transaction, then by the reference alone. A line
/// counts once; what is left over was paid without our knowing of it.
fn paired<'a>(
    ours: &[Ours],
    theirs: &'a [GatewayEntry],
) -> (Vec<Option<&'a GatewayEntry>>, impl Iterator<Item = &'a GatewayEntry>) {
    let mut left: BTreeMap<&str, Vec<&GatewayEntry>> = BTreeMap::new();
    for entry in theirs.iter().filter(|t| t.paid) {
        left.entry(&entry.reference).or_default().push(entry);
    }
    let mut take = |own: &Ours, any: bool| {
        let lines = left.get_mut(own.at_gateway.as_str())?;
        let at = lines.iter().position(|line| any || line.transaction == own.transaction)?;
        Some(lines.remove(at))
    };
    let mut pairs: Vec<_> = ours.iter().map(|own| take(own, false)).collect();
    for (own, pair) in ours.iter().zip(&mut pairs).filter(|(_, pair)| pair.is_none()) {
        *pair = take(own, true);
    }
    (pairs, left.into_values().flatten())
}

/// Names every difference of a day.
pub fn compare(ours: &[Ours], theirs: &[GatewayEntry]) -> Vec<Found> {
    let (pairs, left) = paired(ours, theirs);
    let mut found = Vec::new();
    for (own, other) in ours.iter().zip(pairs) {
        let theirs_amount = other.map_or(0, |t| t.amount);
        let ours_amount = if own.paid { own.amount } else { 0 };
        let mut add = |kind| {
            found.push(Found { kind, reference: own.reference.clone(), ours_amount, theirs_amount });
        };
        match (own.paid, other) {
            (true, None) => add(MismatchKind::OursOnly),
            // Told another amount than was ordered: it was refused, and the money is there.
            (_, Some(t)) if t.amount != own.amount => add(MismatchKind::Amount),
            (false, Some(_)) => add(MismatchKind::TheirsOnly),
            _ => {}
        }
        if own.double {
            add(MismatchKind::Double);
        }
        if own.without_receipt {
            add(MismatchKind::ReceiptMissing);
        }
        if own.refund_overdue {
            add(MismatchKind::RefundOpen);
        }
    }
    for entry in left {
        let (reference, theirs_amount) = (entry.reference.clone(), entry.amount);
        found.push(Found { kind: MismatchKind::TheirsOnly, reference, ours_amount: 0, theirs_amount });
    }
    found.sort();
    found.dedup_by(|next, kept| {
        let same = next.kind == kept.kind && next.reference == kept.reference;
        if same {
            kept.theirs_amount += next.theirs_amount;
        }
        same
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(reference: &str, amount: i64, paid: bool) -> Ours {
        Ours {
            reference: reference.to_owned(),
            at_gateway: reference.split('-').next().unwrap().to_owned(),
            transaction: reference.to_owned(),
            amount,
            paid,
            double: false,
            without_receipt: false,
            refund_overdue: false,
        }
    }

    fn their(reference: &str, amount: i64, paid: bool) -> GatewayEntry {
        let day = jiff::civil::date(2021, 7, 26);
        GatewayEntry { day, reference: reference.to_owned(), amount, paid, transaction: String::new() }
    }

    fn kinds(found: &[Found]) -> Vec<(MismatchKind, &str)> {
        found.iter().map(|f| (f.kind, f.reference.as_str())).collect()
    }

    #[test]
    fn every_kind_of_difference_is_named_and_nothing_else() {
        let mut twice = own("F", 5, true);
        twice.double = true;
        let mut bare = own("G", 5, true);
        bare.without_receipt = true;
        let mut late = own("H", 5, true);
        late.refund_overdue = true;
        let ours = [
            own("A", 5, true),
            own("B", 5, true),
            own("C", 5, false),
            own("D", 5, true),
            own("I", 5, false),
            twice,
            bare,
            late,
        ];
        let theirs = [
            their("A", 5, true),
            their("B", 5, false),
            their("C", 5, true),
            their("D", 4, true),
            their("E", 9, true),
            their("F", 5, true),
            their("G", 5, true),
            their("H", 5, true),
            their("I", 5, false),
        ];
        use MismatchKind::{Amount, Double, OursOnly, ReceiptMissing, RefundOpen, TheirsOnly};
        let expected = [
            (OursOnly, "B"),
            (TheirsOnly, "C"),
            (TheirsOnly, "E"),
            (Amount, "D"),
            (Double, "F"),
            (ReceiptMissing, "G"),
            (RefundOpen, "H"),
        ];
        assert_eq!(kinds(&compare(&ours, &theirs)), expected);
        assert!(compare(&[own("A", 5, true)], &[their("A", 5, true)]).is_empty());
    }

    #[test]
    fn each_transaction_under_a_reference_is_counted_once() {
        let line = |transaction: &str, amount| GatewayEntry {
            transaction: transaction.to_owned(),
            ..their("A", amount, true)
        };
        let twice = [own("A", 5, true), own("A-2", 5, true)];
        // By their numbers in any order, or with numbers that nobody told us.
        assert!(compare(&twice, &[line("A-2", 5), line("A", 5)]).is_empty());
        assert!(compare(&twice, &[line("x", 5), line("y", 5)]).is_empty());
        assert_eq!(kinds(&compare(&twice, &[line("A-2", 5)])), [(MismatchKind::OursOnly, "A")]);
        let more = compare(&twice[..1], &[line("A", 5), line("B", 6), line("C", 7)]);
        let left =
            Found { kind: MismatchKind::TheirsOnly, reference: "A".to_owned(), ours_amount: 0, theirs_amount: 13 };
        assert_eq!(more, [left]);
    }
}
