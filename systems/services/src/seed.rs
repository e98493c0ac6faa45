//! The seed catalogue: procedures, forms and life events that ship with the product, as data.
//!
//! No invented law: every limit, fee and level names its [`Source`]; what the source leaves blank stays blank, and what
//! only serves the demonstration is marked illustrative (dữ liệu minh hoạ).

use std::collections::BTreeMap;

use jiff::civil::Date;
use kernel_base::{Error, Result, Words};
use kernel_contract::{Basis, Case, Channel, Level, Source, Tier};
use serde::{Deserialize, Serialize};
use serde_json::Value;

mod check;
mod form;

pub use check::check;

/// One procedure (thủ tục hành chính) with all its dated facts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProcedureFile {
    /// National code, `d.dddddd`.
    pub code: String,
    /// Official name.
    pub name: Words,
    /// What an ordinary person calls it.
    pub plain: Words,
    pub sector: Sector,
    /// What an administrator should know, e.g. that the code is unverified.
    #[serde(default)]
    pub note: Option<Words>,
    /// Who offers it, and when.
    pub offers: Vec<Offer>,
    /// Level of the online service, dated apart from the versions; empty = not published.
    pub levels: Vec<DatedLevel>,
    pub versions: Vec<VersionFile>,
    /// How people say it; used by the search.
    pub synonyms: Vec<String>,
    /// Codes of [`LifeEvent`].
    pub life_events: Vec<String>,
    /// Electronic forms (JSON Schema) by name. A case names one; [`all`] has put the schema into the case.
    #[serde(default)]
    pub forms: BTreeMap<String, Value>,
}

/// Sector of the procedure (lĩnh vực). The codes are ours until the national list is loaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sector {
    pub code: String,
    pub name: Words,
}

/// Agencies that offer a procedure during a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    pub tier: Tier,
    pub agencies: Agencies,
    pub valid_from: Date,
    pub valid_to: Option<Date>,
}

/// Which agencies of a home are meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Agencies {
    /// Every People's Committee of that tier: `{"every": "commune"}`.
    Every(Tier),
    /// One agency by the short name of the organisation data: `{"named": "so-tu-phap"}`.
    Named(String),
}

/// Level of the online service during a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatedLevel {
    pub level: Level,
    pub valid_from: Date,
    pub valid_to: Option<Date>,
    pub source: Source,
}

/// One published version (phiên bản công bố).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VersionFile {
    pub valid_from: Date,
    /// Last day it is in force; `None` = until further notice.
    pub valid_to: Option<Date>,
    /// Publishing decision, or the set the text comes from.
    pub publishing: Source,
    pub bases: Vec<Basis>,
    /// Who may apply (đối tượng thực hiện).
    pub who: Words,
    /// Order of steps (trình tự thực hiện).
    pub steps: Vec<Words>,
    /// Requirements (yêu cầu, điều kiện); empty = none published.
    pub conditions: Vec<Words>,
    /// Result (kết quả thực hiện).
    pub result: Words,
    /// Ways to submit (cách thức thực hiện).
    pub channels: Vec<Channel>,
    pub cases: Vec<Case>,
}

/// An event in a person's life that leads to procedures (sự kiện cuộc đời).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LifeEvent {
    pub code: String,
    pub name: Words,
    /// Name of the lucide icon.
    pub icon: String,
}

/// File name without ending and content of each procedure file.
macro_rules! files {
    ($($code:literal),* $(,)?) => {
        &[$(($code, include_str!(concat!("../fixtures/procedures/", $code, ".json")))),*]
    };
}

const FILES: &[(&str, &str)] = files!["1.001193", "2.000815"];

const LIFE_EVENTS: &str = include_str!("../fixtures/life_events.json");

/// All procedures of the seed, with the form schemas put into their cases.
pub fn all() -> Result<Vec<ProcedureFile>> {
    FILES.iter().map(|(name, text)| parse(name, text)).collect()
}

/// The life events, in the order they are shown.
pub fn life_events() -> Result<Vec<LifeEvent>> {
    serde_json::from_str(LIFE_EVENTS).map_err(|error| Error::internal(format!("life_events.json: {error}")))
}

/// Reads one procedure file; `name` is only used to name the file in an error.
pub fn parse(name: &str, text: &str) -> Result<ProcedureFile> {
    let mut file: ProcedureFile =
        serde_json::from_str(text).map_err(|error| Error::internal(format!("procedure {name}: {error}")))?;
    for version in &mut file.versions {
        for case in &mut version.cases {
            let Some(Value::String(form)) = &case.form else { continue };
            let schema = file.forms.get(form);
            let missing = || Error::internal(format!("procedure {name}: no form named {form}"));
            case.form = Some(schema.ok_or_else(missing)?.clone());
        }
    }
    Ok(file)
}

#[cfg(test)]
mod tests;
