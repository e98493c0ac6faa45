//! What a file says, before anything is concluded from it. Each value knows its place, so that a fault can name it.

use super::Place;

/// A text and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) text: String,
    pub(super) place: Place,
}

impl Spot {
    pub(super) fn new(text: impl Into<String>, place: Place) -> Self {
        Self { text: text.into(), place }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

/// One procedure as published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Raw {
    pub(super) code: Spot,
    pub(super) name: Spot,
    /// What people call it; only the workbook has it.
    pub(super) plain: String,
    pub(super) synonyms: Vec<String>,
    pub(super) publisher: String,
    /// `TRANGTHAI`: 1 = public.
    pub(super) status: Option<Spot>,
    pub(super) conditions: String,
    /// Code and name.
    pub(super) sectors: Vec<(String, Spot)>,
    pub(super) who: Vec<String>,
    pub(super) who_text: String,
    pub(super) results: Vec<String>,
    /// Number and title.
    pub(super) bases: Vec<(String, String)>,
    /// Names of the settling agencies.
    pub(super) agencies: Vec<Spot>,
    pub(super) steps: Vec<RawStep>,
    pub(super) times: Vec<RawTime>,
    pub(super) fees: Vec<RawFee>,
    pub(super) papers: Vec<RawPaper>,
    /// Texts under names this product does not know, kept as they are.
    pub(super) other: Vec<(String, String)>,
}

/// A step (trình tự) of a case; the case is empty when the procedure has one only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RawStep {
    pub(super) case: String,
    pub(super) text: String,
}

/// A time limit of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RawTime {
    pub(super) case: String,
    pub(super) channel: Spot,
    pub(super) amount: Spot,
    pub(super) unit: String,
    pub(super) note: String,
}

/// A fee of a channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RawFee {
    pub(super) case: String,
    /// `KENH` it belongs to; empty = every channel.
    pub(super) channel: String,
    pub(super) code: String,
    pub(super) amount: Spot,
    pub(super) unit: String,
    pub(super) note: String,
}

/// A paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RawPaper {
    pub(super) case: String,
    pub(super) code: String,
    pub(super) name: Spot,
    /// Name and address of its printed form.
    pub(super) form: String,
    pub(super) url: String,
    pub(super) required: Option<bool>,
    pub(super) originals: u32,
    pub(super) copies: u32,
}
