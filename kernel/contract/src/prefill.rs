//! Nobody is asked twice: what the state already holds of a person, offered to a form with its source.

use std::collections::BTreeMap;

use jiff::civil::Date;
use kernel_base::{Instant, Result, Words};
use kernel_db::Tx;
use kernel_org::Actor;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{DossierCode, DossierId};

/// Where the value of a field comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OriginKind {
    /// Typed by the person.
    Typed,
    /// What the sign-on says of the person: account, national portal, VNeID.
    SignOn,
    /// A paper or result in the person's store.
    Store,
    /// An earlier dossier of the person.
    EarlierDossier,
    /// The QR code of the identity card.
    CardQr,
}

impl OriginKind {
    pub const ALL: [Self; 5] = [Self::Typed, Self::SignOn, Self::Store, Self::EarlierDossier, Self::CardQr];

    /// The word in JSON and in tables.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Typed => "typed",
            Self::SignOn => "sign_on",
            Self::Store => "store",
            Self::EarlierDossier => "earlier_dossier",
            Self::CardQr => "card_qr",
        }
    }

    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Provenance of one field (nguồn gốc dữ liệu). Personal data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    pub kind: OriginKind,
    /// Code of the earlier dossier, issuer of the claims; empty for what was typed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// When the source had it; for what was typed, when it was saved.
    pub at: Instant,
    /// Last day on which it may be used without asking again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Date>,
    /// The value of the source, when the field was filled in from it. The declared value may differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Value>,
    /// The recorded consent or legal ground of the re-use.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub ground: String,
}

impl Origin {
    /// The person declared something else than the source holds.
    #[must_use]
    pub fn differs(&self, declared: Option<&Value>) -> bool {
        self.held.as_ref().is_some_and(|held| declared != Some(held))
    }

    /// The badge beside the field: "Từ hồ sơ …, nộp ngày 26/07/2021".
    #[must_use]
    pub fn words(&self) -> Words {
        let day = self.at.vietnam().date();
        let day = format!("{:02}/{:02}/{}", day.day(), day.month(), day.year());
        match self.kind {
            OriginKind::Typed => Words::new(format!("Tự khai ngày {day}"), format!("Typed on {day}")),
            OriginKind::SignOn => {
                Words::new(format!("Từ tài khoản định danh, ngày {day}"), format!("From your account, {day}"))
            }
            OriginKind::Store => Words::new(
                format!("Từ kho giấy tờ của bạn ({}), ngày {day}", self.source),
                format!("From your papers ({}), {day}", self.source),
            ),
            OriginKind::EarlierDossier => Words::new(
                format!("Từ hồ sơ {}, ngày {day}", self.source),
                format!("From dossier {}, {day}", self.source),
            ),
            OriginKind::CardQr => Words::new(
                format!("Từ mã QR trên thẻ căn cước, đọc ngày {day}"),
                format!("From the QR code of the identity card, read on {day}"),
            ),
        }
    }
}

/// Provenance of the fields of a draft or dossier, by name of the field.
pub type Provenance = BTreeMap<String, Origin>;

/// The form that is to be filled.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    pub procedure: &'a str,
    pub case: &'a str,
    /// JSON Schema of the form.
    pub form: &'a Value,
    /// What is answered already: such fields are not offered.
    pub answers: &'a Value,
}

/// What a value is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// The person, the family, the business: good for every dossier.
    Person,
    /// The matter of the last dossier of the same procedure: right only when it is the same matter again.
    Matter,
}

/// A value that can be filled in.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OfferedValue {
    pub field: String,
    pub about: About,
    pub value: Value,
    pub origin: Origin,
}

/// What can be filled in, and the sentence that says so.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct PrefillOffer {
    pub values: Vec<OfferedValue>,
}

impl PrefillOffer {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// How many are about the person.
    #[must_use]
    pub fn about_person(&self) -> usize {
        self.values.iter().filter(|one| one.about == About::Person).count()
    }
}

/// A paper or result that the person handed in or got before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KnownPaper {
    /// Stored file.
    pub file: String,
    pub sha256: String,
    pub name: Words,
    /// Dossier it stands in.
    pub source: DossierCode,
    pub at: Instant,
    /// Last day on which it may be used; `None` = no end is known.
    pub valid_until: Option<Date>,
    /// It is the result of that dossier, not a paper handed in with it.
    pub result: bool,
}

/// What the state holds of the person, for a form. Implemented by `systems/once`.
pub trait Prefill: Send + Sync {
    /// Values for the fields of a form that are not answered yet; nothing from a source the person withdrew.
    fn offer(&self, tx: &mut Tx<'_>, actor: &Actor, wanted: &Wanted<'_>) -> Result<PrefillOffer>;

    /// Records that the person accepted values from `sources` for a draft, with the sentence shown; gives the id of
    /// the record for [`Origin::ground`].
    fn accepted(&self, tx: &mut Tx<'_>, actor: &Actor, reuse: &Reuse<'_>) -> Result<String>;

    /// Fields of a form that ask what the state holds of a typical person and that no source fills in. A field with a
    /// recorded legal ground (`x-ground` in the schema) does not count.
    fn asked_twice(&self, procedure: &str, form: &Value) -> Result<Vec<AskedTwice>>;

    /// Papers that fit one paper of a procedure, the best first.
    fn papers(&self, tx: &mut Tx<'_>, actor: &Actor, procedure: &str, paper: &str) -> Result<Vec<KnownPaper>>;
}

/// A field that asks again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AskedTwice {
    pub field: String,
    /// Title of the question.
    pub title: Words,
    /// What the state holds already.
    pub concept: Words,
}

/// A re-use the person pressed the button for.
#[derive(Debug, Clone, Copy)]
pub struct Reuse<'a> {
    pub procedure: &'a str,
    /// Draft it is for.
    pub draft: &'a str,
    pub kinds: &'a [OriginKind],
    /// Names of the fields or the paper.
    pub fields: &'a [String],
    /// The sentence shown, in the language shown.
    pub text: &'a str,
}

/// A dossier of the person, as far as it can be used again.
#[derive(Debug, Clone, PartialEq)]
pub struct EarlierDossier {
    pub id: DossierId,
    pub code: DossierCode,
    pub procedure: String,
    pub procedure_name: String,
    pub case: String,
    /// JSON Schema of the form it was filled in on.
    pub schema: Option<Value>,
    pub form: Value,
    pub submitted_at: Instant,
    pub papers: Vec<EarlierPaper>,
    /// The approved result, when it is granted.
    pub result: Option<EarlierPaper>,
}

/// A stored paper or result of an earlier dossier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierPaper {
    /// Code of the paper in its procedure; code of the procedure for a result.
    pub paper: String,
    pub name: String,
    pub file: String,
    pub sha256: String,
    pub at: Instant,
}

/// A person's own earlier dossiers. Implemented by `systems/onestop`.
pub trait EarlierDossiers: Send + Sync {
    /// Newest first, at most `most`; empty for who is not a citizen.
    fn earlier(&self, tx: &mut Tx<'_>, actor: &Actor, most: i64) -> Result<Vec<EarlierDossier>>;
}
