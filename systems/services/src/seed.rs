//! The seed catalogue: procedures, forms and life events that ship with the product, as data.
//!
//! No invented law: every limit, fee and level names its [`Source`]; what the source leaves blank stays blank, and what
//! only serves the demonstration is marked illustrative (dữ liệu minh họa).

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
    /// Last day; `None` = until further notice.
    pub valid_to: Option<Date>,
}

/// Which agencies of a home are meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Agencies {
    /// Every People's Committee of that tier: `{"every": "commune"}`.
    Every(Tier),
    /// One agency by its name without marks, words joined by `-`: `{"named": "so-tu-phap"}` is Sở Tư pháp.
    Named(String),
}

/// Level of the online service during a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatedLevel {
    pub level: Level,
    pub valid_from: Date,
    /// Last day; `None` = until further notice.
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

const FILES: &[(&str, &str)] = files![
    "1.000419", "1.000593", "1.000656", "1.000689", "1.000894", "1.001022", "1.001193", "1.001266", "1.001570",
    "1.001612", "1.001653", "1.001699", "1.001731", "1.001776", "1.003622", "1.004746", "1.004772", "1.004837",
    "1.004845", "1.004859", "1.004873", "1.004884", "1.005461", "1.009994", "1.010803", "1.010833", "1.011606",
    "1.012766", "1.012781", "1.012782", "1.012783", "1.012784", "1.012785", "1.012786", "1.012789", "1.012790",
    "1.012812", "1.013128", "1.013133", "1.013134", "1.013135", "1.013136", "1.013137", "1.013138", "1.013170",
    "1.013225", "1.013702", "1.013703", "1.014027", "1.014028", "2.000286", "2.000488", "2.000528", "2.000575",
    "2.000635", "2.000720", "2.000806", "2.000815", "2.000884", "2.000908", "2.000930", "2.000942", "2.000992",
    "2.001008", "2.001016", "2.001019", "2.001035", "2.001263", "2.001283", "2.001406", "2.002481", "2.002762",
    "2.002763", "2.002764", "2.002765",
];

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
