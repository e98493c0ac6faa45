//! What a dossier owes in fees, shared between the one-stop (which asks and waits) and payments (which collects).

use kernel_base::{AgencyId, Instant, Result};
use kernel_db::Tx;
use kernel_org::Actor;
use serde::{Deserialize, Serialize};

use crate::{DossierCode, DossierId, PayChannel};

/// The two kinds of charge; each has receipts of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FeeKind {
    /// phí
    Phi,
    /// lệ phí
    LePhi,
}

impl FeeKind {
    /// The kind that the code of a published fee tells: `le-phi-cap-giay` is a charge, anything else a fee.
    pub fn of_code(code: &str) -> Self {
        if code.starts_with("le-phi") { Self::LePhi } else { Self::Phi }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Phi => "phi",
            Self::LePhi => "le_phi",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        [Self::Phi, Self::LePhi].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// When a fee is collected (thời điểm thu).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Collect {
    /// thu trước: before the dossier is received
    Before,
    /// thu sau
    #[default]
    After,
    /// đối tượng miễn phí
    Exempt,
    /// không thu phí
    None,
}

impl Collect {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
            Self::Exempt => "exempt",
            Self::None => "none",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        [Self::Before, Self::After, Self::Exempt, Self::None].into_iter().find(|collect| collect.as_str() == word)
    }

    /// For `Fee::collect`, so that a fee collected afterwards is written as before.
    pub fn is_after(&self) -> bool {
        *self == Self::After
    }
}

/// The dossier that owes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owing {
    pub dossier: DossierId,
    pub code: DossierCode,
    pub procedure: String,
    pub procedure_name: String,
    /// Collects: the agency that settles.
    pub agency: AgencyId,
    /// The one-stop whose counter takes cash.
    pub reception: AgencyId,
    /// Account of the owner; empty when it was handed in at the counter.
    pub owner_account: String,
    /// Name printed on receipts. Personal data.
    pub payer: String,
}

/// One fee, computed from the published case in force for the dossier; a client never names an amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// Code of the published fee.
    pub fee: String,
    pub kind: FeeKind,
    pub name: String,
    /// Act or document the amount comes from.
    pub basis: String,
    /// The amount only serves the demonstration ("dữ liệu minh họa").
    pub illustrative: bool,
    /// Đồng for one copy, and how many copies were counted.
    pub unit_amount: i64,
    pub copies: i64,
    /// Đồng; 0 when exempt.
    pub amount: i64,
    pub collect: Collect,
    /// Why nothing is collected; empty unless `collect` is `Exempt`.
    pub exempt_reason: String,
}

/// What an officer took at the counter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CounterPayment {
    /// `Cash` or `Transfer`.
    pub channel: PayChannel,
    /// Number of the bank's transfer, of a paper receipt; may be empty for cash.
    pub note: String,
}

/// Why a dossier owes nothing any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeesEnd {
    /// It ended before it was accepted: what was paid goes back.
    NeverAccepted,
    /// It ended later: what was paid stays paid, what comes now goes back.
    Ended,
}

/// Collecting fees. Implemented by `systems/payments`; called by the one-stop inside its own transaction.
pub trait Fees: Send + Sync {
    /// Opens an obligation for each charge; one that exists for the dossier and fee is left as it is.
    fn ask(&self, tx: &mut Tx<'_>, actor: &Actor, owing: &Owing, charges: &[Charge]) -> Result<()>;

    /// Settles everything open by money taken at the counter, with receipts; calls [`FeeSettled`].
    fn take(&self, tx: &mut Tx<'_>, actor: &Actor, dossier: &DossierId, payment: &CounterPayment) -> Result<()>;

    /// Nothing is owed any more; money that was or will be paid in vain becomes a refund.
    fn end(&self, tx: &mut Tx<'_>, actor: &Actor, dossier: &DossierId, why: FeesEnd) -> Result<()>;

    /// Money of the dossier that goes back or went back, the oldest first; for the page that its owner reads.
    fn refunds(&self, tx: &mut Tx<'_>, dossier: &DossierId) -> Result<Vec<MoneyBack>>;
}

/// Money that goes back, as its payer sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoneyBack {
    /// Đồng.
    pub amount: i64,
    /// When it must be back.
    pub due: Instant,
    pub stage: BackStage,
    /// Why not, when it was declined.
    pub reason: String,
}

/// How far money is on its way back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackStage {
    /// Nobody decided yet, or it is being sent.
    OnItsWay,
    Done,
    Declined,
}

/// Where the owner of a dossier without an account is reached. Implemented by `systems/onestop`.
pub trait OwnerContacts: Send + Sync {
    /// Phone and e-mail as written on the form, in this order; those that are there. Personal data.
    fn contacts(&self, tx: &mut Tx<'_>, dossier: &DossierId) -> Result<Vec<String>>;
}

/// Fees of a dossier that were paid in one payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    pub dossier: DossierId,
    /// Code of the fee, đồng, number of its receipt.
    pub fees: Vec<(String, i64, String)>,
    pub channel: PayChannel,
    /// Reference of the payment.
    pub reference: String,
}

/// Hears, inside the transaction that settles, that fees are paid. Implemented by `systems/onestop`: the clock runs on.
pub trait FeeSettled: Send + Sync {
    fn settled(&self, tx: &mut Tx<'_>, actor: &Actor, settled: &Settled) -> Result<()>;
}
