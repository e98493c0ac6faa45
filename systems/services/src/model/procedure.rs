//! A procedure as it stands on a day: who offers it, at which level, under which version.

use jiff::civil::Date;
use kernel_contract::{Level, Tier};
use kernel_org::{Agency, AgencyKind};
use serde::{Deserialize, Serialize};

use crate::seed::{Agencies, DatedLevel, Offer, ProcedureFile, Sector};

/// What is common to all versions, as kept in the row of the procedure.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Procedure {
    pub(crate) code: String,
    pub(crate) name: kernel_base::Words,
    pub(crate) plain: kernel_base::Words,
    pub(crate) sector: Sector,
    #[serde(default)]
    pub(crate) note: Option<kernel_base::Words>,
    pub(crate) offers: Vec<Offer>,
    pub(crate) levels: Vec<DatedLevel>,
    pub(crate) synonyms: Vec<String>,
    pub(crate) life_events: Vec<String>,
}

impl From<&ProcedureFile> for Procedure {
    fn from(file: &ProcedureFile) -> Self {
        Self {
            code: file.code.clone(),
            name: file.name.clone(),
            plain: file.plain.clone(),
            sector: file.sector.clone(),
            note: file.note.clone(),
            offers: file.offers.clone(),
            levels: file.levels.clone(),
            synonyms: file.synonyms.clone(),
            life_events: file.life_events.clone(),
        }
    }
}

impl Procedure {
    /// Level of the online service on `day`; levels change by their own dates, apart from the versions.
    pub(crate) fn level(&self, day: Date) -> Option<Level> {
        self.level_fact(day).map(|l| l.level)
    }

    /// The same with its source and validity.
    pub(crate) fn level_fact(&self, day: Date) -> Option<&DatedLevel> {
        self.levels.iter().find(|l| within(day, l.valid_from, l.valid_to))
    }

    /// Tier at which `agency` offers it on `day`; `None` when it does not.
    pub(crate) fn offered_by(&self, agency: &Agency, day: Date) -> Option<Tier> {
        self.offers
            .iter()
            .find(|o| within(day, o.valid_from, o.valid_to) && offers(&o.agencies, agency))
            .map(|o| o.tier)
    }
}

fn within(day: Date, from: Date, to: Option<Date>) -> bool {
    from <= day && to.is_none_or(|to| day <= to)
}

/// Whether a rule of the catalogue means this agency.
pub(crate) fn offers(agencies: &Agencies, agency: &Agency) -> bool {
    match agencies {
        Agencies::Every(Tier::Commune) => agency.kind == AgencyKind::Commune,
        Agencies::Every(Tier::District) => agency.kind == AgencyKind::District,
        Agencies::Every(Tier::Province) => agency.kind == AgencyKind::Department,
        Agencies::Named(slug) => [&agency.slug, &agency.short_name, &agency.name]
            .iter()
            .any(|name| kernel_base::text::fold(name).replace(' ', "-") == *slug),
    }
}
