//! What is told: a dossier that moved, to systems; what happened and what to do, to people.

use kernel_base::{AgencyId, Instant, Result};
use kernel_db::Tx;
use serde::{Deserialize, Serialize};

use crate::{DossierCode, DossierId};

/// An event of a dossier, told to subscribers in the transaction of the event. Holds no personal data.
///
/// Each is published under its own kind: subscribe to `dossier.accepted`, `dossier.settled` … in `app/src/systems.rs`,
/// one pair for each kind that matters. A kind that nobody subscribes to costs nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DossierMoved {
    pub dossier: DossierId,
    pub code: DossierCode,
    /// Kind of the event in the ledger, e.g. `dossier.accepted`.
    pub kind: String,
    /// Place of the event in the chain `dossier:{id}`: together they name the event for ever.
    pub seq: i64,
    pub at: Instant,
    /// Stable word of the state after the event: `processing`, `settled` …
    pub status: String,
    /// The agency that settles.
    pub agency: AgencyId,
    /// The one-stop that received it.
    pub reception: AgencyId,
    /// Who has it after the event.
    pub holder: AgencyId,
    /// Code of the procedure.
    pub procedure: String,
    /// The owner's account (`acc_…`); `None` for a dossier of the counter.
    #[serde(default)]
    pub account: Option<String>,
    /// Brought from an older system: counted apart.
    #[serde(default)]
    pub imported: bool,
}

/// Whom a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipient<'a> {
    /// A citizen's or organisation's account (`acc_…`): in its messages, and through the channels it chose.
    Account(&'a str),
    /// An officer by sign-in name (`tiepnhan.tamky`).
    Officer(&'a str),
    /// Someone without an account, by phone number or e-mail address as written on the dossier. Personal data.
    Contact(&'a str),
}

/// A message wanted by a system.
#[derive(Debug, Clone, Copy)]
pub struct Notice<'a> {
    pub to: Recipient<'a>,
    /// Name of the message in `kernel/notify/messages`, e.g. `dossier.accepted`.
    pub kind: &'a str,
    /// Names the event, e.g. `dossier:dos_…#7`: a recipient is told of one key once, however often this is called.
    pub key: &'a str,
    /// What the message's text has places for, by name; ready for people (`16:30 ngày 26/07/2021`).
    pub values: &'a [(&'a str, String)],
    /// Path of the page where the person goes on, e.g. `/my/dossiers/…`; empty when there is none.
    pub link: &'a str,
    /// When it happened: what is older than a day is kept with the person's messages and sent nowhere.
    pub at: Instant,
}

/// Tells people what happened, what to do and until when. Implemented by `kernel/notify`.
pub trait Notices: Send + Sync {
    /// Keeps the message in this transaction and has it sent after the commit; `false` when the recipient was told
    /// of this key before.
    ///
    /// # Errors
    /// `Internal` for an unknown kind or a value that the text needs and did not get: defects of the caller.
    fn tell(&self, tx: &mut Tx<'_>, notice: &Notice<'_>) -> Result<bool>;

    /// Whether this installation can send to a phone number or an e-mail address at all.
    fn reaches(&self, contact: &str) -> bool;
}
