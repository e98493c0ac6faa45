//! Agencies as they stood on a day.

use jiff::civil::Date;
use kernel_base::{AgencyId, Instant, Result, text};
use kernel_db::Tx;
use serde::{Deserialize, Serialize};

use crate::store;

/// What kind of body an agency is (loại cơ quan).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgencyKind {
    /// Ủy ban nhân dân tỉnh
    Committee,
    /// Văn phòng Ủy ban nhân dân tỉnh
    Office,
    /// Trung tâm Phục vụ hành chính công
    ServiceCentre,
    /// sở, ban, ngành
    Department,
    /// Ủy ban nhân dân cấp huyện
    District,
    /// Ủy ban nhân dân cấp xã
    Commune,
    /// một cửa đứng riêng
    OneStop,
}

impl AgencyKind {
    const WORDS: [(Self, &'static str); 7] = [
        (Self::Committee, "committee"),
        (Self::Office, "office"),
        (Self::ServiceCentre, "service_centre"),
        (Self::Department, "department"),
        (Self::District, "district"),
        (Self::Commune, "commune"),
        (Self::OneStop, "one_stop"),
    ];

    pub fn as_str(self) -> &'static str {
        Self::WORDS.iter().find(|(kind, _)| *kind == self).map_or("", |(_, word)| word)
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, w)| *w == word).map(|(kind, _)| *kind)
    }
}

/// Level of government an agency belongs to (cấp). No district level from 1 July 2025.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgencyTier {
    Province,
    District,
    Commune,
}

impl AgencyTier {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Province => "province",
            Self::District => "district",
            Self::Commune => "commune",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        [Self::Province, Self::District, Self::Commune].into_iter().find(|tier| tier.as_str() == word)
    }
}

/// An agency with the facts of one period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agency {
    pub id: AgencyId,
    /// `Ủy ban nhân dân phường An Mỹ`
    pub name: String,
    /// `UBND phường An Mỹ`
    pub short_name: String,
    /// Administrative unit it governs, as in the state's list: `Phường An Mỹ`; empty for offices and departments.
    #[serde(default)]
    pub unit_name: String,
    /// The unit's code at the General Statistics Office (mã Tổng cục Thống kê).
    #[serde(default)]
    pub unit_code: Option<String>,
    pub kind: AgencyKind,
    pub tier: AgencyTier,
    #[serde(default)]
    pub parent: Option<AgencyId>,
    /// Who took over when it ended.
    #[serde(default)]
    pub successor: Option<AgencyId>,
    /// The one-stop that receives for it; `None` = it receives itself.
    #[serde(default)]
    pub receives_at: Option<AgencyId>,
    /// Short word in sign-in names: `tamky`, `stttt`, `20335`.
    pub slug: String,
    /// First day in force.
    pub valid_from: Date,
    /// Day after the last one in force.
    #[serde(default)]
    pub valid_to: Option<Date>,
    /// The identifier is made up for the demonstration ("dữ liệu minh họa").
    #[serde(default)]
    pub illustrative: bool,
    #[serde(default)]
    pub source: String,
}

impl Agency {
    /// The agency whose counters receive for this one: itself, or the provincial centre for departments.
    pub fn reception(&self) -> &AgencyId {
        self.receives_at.as_ref().unwrap_or(&self.id)
    }
}

/// The day on which an instant falls in Vietnam; validity is counted in such days.
pub(crate) fn day_of(at: Instant) -> Date {
    at.vietnam().date()
}

/// The agency as it stood at `at`; `None` when it did not exist then.
///
/// # Errors
/// Those of the database.
pub fn agency(tx: &mut Tx<'_>, id: &AgencyId, at: Instant) -> Result<Option<Agency>> {
    store::agency(tx, id, day_of(at))
}

/// The agency that answers for `id` at `at`: itself, or whoever succeeded it since.
///
/// # Errors
/// Those of the database.
pub fn responsible_agency(tx: &mut Tx<'_>, id: &AgencyId, at: Instant) -> Result<Option<Agency>> {
    let mut id = id.clone();
    // A reform every year for a life-time is not expected; a circle of successors must still end.
    for _ in 0..64 {
        if let Some(found) = agency(tx, &id, at)? {
            return Ok(Some(found));
        }
        match store::last_successor(tx, &id, day_of(at))? {
            Some(next) => id = next,
            None => return Ok(None),
        }
    }
    Ok(None)
}

/// All agencies in force at `at`: the province's first, then district by district with its communes, by identifier.
///
/// # Errors
/// Those of the database.
pub fn agencies(tx: &mut Tx<'_>, at: Instant) -> Result<Vec<Agency>> {
    let mut all = store::agencies(tx, day_of(at))?;
    all.sort_by_cached_key(|a| {
        let mut groups: Vec<String> = a.id.as_str().split('.').map(str::to_owned).collect();
        groups.reverse();
        groups
    });
    Ok(all)
}

/// Agencies directly below another at `at`, by identifier.
///
/// # Errors
/// Those of the database.
pub fn agencies_below(tx: &mut Tx<'_>, parent: &AgencyId, at: Instant) -> Result<Vec<Agency>> {
    store::agencies_below(tx, parent, day_of(at))
}

/// Agencies in force whose name, unit or short name holds all words of `query`, with or without accents.
///
/// # Errors
/// Those of the database.
pub fn search_agencies(tx: &mut Tx<'_>, query: &str, at: Instant) -> Result<Vec<Agency>> {
    let words: Vec<String> = text::fold(query).split(' ').map(str::to_owned).collect();
    let found = agencies(tx, at)?;
    Ok(found.into_iter().filter(|a| words.iter().all(|word| folded(a).contains(word.as_str()))).collect())
}

/// What a search looks at.
pub(crate) fn folded(agency: &Agency) -> String {
    text::fold(&format!("{} {} {}", agency.name, agency.short_name, agency.unit_name))
}
