//! How a dossier gets from the citizen's side into the one-stop-shop.

use kernel_base::{AgencyId, Instant, Result, typed_id};
use kernel_db::Tx;
use serde::{Deserialize, Serialize};

use crate::Channel;

typed_id!(
    /// A dossier (hồ sơ).
    DossierId, "dos"
);

/// Public code of a dossier: `agency-yyMMdd-NNNN`, e.g. `000.00.00.H47-210726-0001`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DossierCode(String);

impl DossierCode {
    pub fn new(agency: &AgencyId, day: jiff::civil::Date, number: i64) -> Self {
        Self(format!("{agency}-{:02}{:02}{:02}-{number:04}", day.year() % 100, day.month(), day.day()))
    }

    /// Reads a code as people type it from paper: small letters and other dashes are the same code.
    pub fn parse(text: &str) -> Option<Self> {
        let text =
            text.trim().to_uppercase().replace(['\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{2014}'], "-");
        let mut parts = text.split('-');
        let (agency, day, number, rest) = (parts.next()?, parts.next()?, parts.next()?, parts.next());
        let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
        let ok = rest.is_none()
            && AgencyId::parse(agency).is_some()
            && day.len() == 6
            && digits(day)
            && (4..=6).contains(&number.len())
            && digits(number);
        ok.then_some(Self(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for DossierCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// The person a dossier is about (chủ hồ sơ), as stated at submission. Personal data.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Owner {
    pub name: String,
    /// CCCD (12 digits) or CMND (9 digits) where the law of the day allows it; may be absent.
    #[serde(default)]
    pub identity_number: Option<String>,
    #[serde(default)]
    pub phone: Option<String>,
    #[serde(default)]
    pub email: Option<String>,
    #[serde(default)]
    pub address: Option<String>,
}

/// One paper of a submission: the paper's code in the procedure and the stored file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubmittedPaper {
    pub paper: String,
    pub file: String,
}

/// Everything that is handed in at once. A dossier without its files cannot exist.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Submission {
    pub procedure: String,
    #[serde(default)]
    pub case: Option<String>,
    pub agency: AgencyId,
    pub channel: Channel,
    pub form: serde_json::Value,
    pub papers: Vec<SubmittedPaper>,
    /// Person who owns the dossier; when `None` it is taken from the form's applicant fields.
    #[serde(default)]
    pub owner: Option<Owner>,
    /// Person who hands in on the owner's behalf, recorded beside the owner.
    #[serde(default)]
    pub representative: Option<Owner>,
    /// How many copies are asked (for fees per copy).
    #[serde(default)]
    pub copies: Option<i64>,
    /// Where the value of each field comes from.
    #[serde(default)]
    pub provenance: crate::Provenance,
    /// By code of the paper: the dossier an earlier paper or result was taken from.
    #[serde(default)]
    pub reused: Vec<ReusedPaper>,
}

/// A paper that was not asked again: it stood in the person's store (onestop.md §10, TrangThaiSoHoa 2 and 3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReusedPaper {
    pub file: String,
    /// Code of the dossier it was taken from.
    pub source: String,
    /// It was the result of that dossier, not one of its papers.
    pub result: bool,
}

/// What the person gets back at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    pub id: DossierId,
    pub code: DossierCode,
    pub status: String,
    pub submitted_at: Instant,
    /// Until when the one-stop must accept, refuse or ask (8 working hours).
    pub reception_due: Instant,
    /// Second factor of the public look-up, printed on the receipt.
    pub lookup_key: String,
    /// Hash of the dossier's last ledger event.
    pub hash: String,
}

/// A dossier in the list of its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DossierLine {
    pub code: DossierCode,
    /// National code of the procedure, and its name at submission.
    pub procedure: String,
    pub procedure_name: kernel_base::Words,
    /// Name of the state for people.
    pub state: kernel_base::Words,
    /// Agency that has it now.
    pub holder: String,
    pub submitted_at: Instant,
    /// When it is promised; `None` when nothing runs.
    pub due: Option<Instant>,
    /// The due has passed and the clock runs.
    pub late: bool,
    /// The owner has to do something: supplement papers, pay, collect the result.
    pub waits_for_owner: bool,
    pub ended: bool,
}

/// A person's own dossiers, for the person's start page. Implemented by `systems/onestop`.
pub trait MyDossiers: Send + Sync {
    /// Newest first; empty for who is not a citizen.
    fn mine(&self, tx: &mut Tx<'_>, actor: &kernel_org::Actor) -> Result<Vec<DossierLine>>;
}

/// The one-stop's entrance. Implemented by `systems/onestop`.
pub trait DossierIntake: Send + Sync {
    /// Checks the form and the papers against the offering in force, stores the dossier, opens the reception clock.
    fn submit(&self, tx: &mut Tx<'_>, actor: &kernel_org::Actor, submission: &Submission) -> Result<Receipt>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_type_it_from_paper() {
        for typed in
            ["000.20.01.H47-210726-0001", " 000.20.01.h47-210726-0001 ", "000.20.01.h47\u{2013}210726\u{2013}0001"]
        {
            assert_eq!(DossierCode::parse(typed).unwrap().as_str(), "000.20.01.H47-210726-0001", "{typed}");
        }
        for wrong in
            ["000.20.01.H47-210726", "000.20.01.H47-21072-0001", "x-210726-0001", "000.20.01.H47-210726-0001-2"]
        {
            assert_eq!(DossierCode::parse(wrong), None, "{wrong}");
        }
    }
}
