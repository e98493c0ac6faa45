//! Reading the pipeline: public, as of now or of any past instant.

use std::collections::{BTreeMap, HashMap};

use kernel_base::{AgencyId, Instant, Result, Words};
use kernel_contract::{MeasureRow, PublicSubject, PublicSubjects};
use kernel_db::Tx;
use kernel_obligations::score;
use serde::Serialize;

use super::find;
use crate::pipeline::{
    model::{AgencyLine, Move, Offering, OfferingId, Stage},
    store,
};

/// Claim and proof by agency.
#[derive(Debug, Clone, Serialize)]
pub struct Overview {
    pub at: Instant,
    pub total: AgencyLine,
    pub lines: Vec<AgencyLine>,
    pub offerings: Vec<Offering>,
}

/// A service with its history.
#[derive(Debug, Clone, Serialize)]
pub struct Detail {
    pub offering: Offering,
    pub agency_name: String,
    pub charge_name: String,
    pub due: Option<Instant>,
    pub moves: Vec<Move>,
}

/// The pipeline as it stood at an instant. Whether a service is proven is told of now only: it is looked at again at
/// each step.
///
/// # Errors
/// Those of the database.
pub fn overview(tx: &mut Tx<'_>, at: Instant) -> Result<Overview> {
    let stages: HashMap<OfferingId, Stage> = store::stages_at(tx, at)?.into_iter().collect();
    let mut lines: BTreeMap<AgencyId, AgencyLine> = BTreeMap::new();
    let mut offerings = Vec::new();
    for mut offering in store::all(tx)? {
        let Some(stage) = stages.get(&offering.id) else { continue };
        offering.stage = *stage;
        let line = lines.entry(offering.agency.clone()).or_default();
        count(line, &offering);
        offerings.push(offering);
    }
    for (agency, declared) in store::declared(tx)? {
        lines.entry(agency).or_default().declared = declared;
    }
    for (agency, then) in score::open_at(tx, "pipeline.stage", at)? {
        if then.overdue > 0 {
            lines.entry(agency).or_default().overdue = then.overdue;
        }
    }
    let mut total = AgencyLine::default();
    let mut named = Vec::with_capacity(lines.len());
    for (agency, mut line) in lines {
        total.add(&line);
        line.name = kernel_org::agency(tx, &agency, at)?.map_or_else(|| agency.to_string(), |a| a.short_name);
        line.agency = agency.to_string();
        named.push(line);
    }
    named.sort_by(|a, b| {
        (b.overdue, b.eligible, b.listed).cmp(&(a.overdue, a.eligible, a.listed)).then_with(|| a.name.cmp(&b.name))
    });
    Ok(Overview { at, total, lines: named, offerings })
}

fn count(line: &mut AgencyLine, offering: &Offering) {
    line.listed += i64::from(offering.stage != Stage::Withdrawn);
    line.under_way += i64::from(matches!(offering.stage, Stage::Proposed | Stage::Consolidated | Stage::Reviewed));
    line.eligible += i64::from(offering.stage.is_eligible());
    line.live += i64::from(offering.stage == Stage::Live);
    line.proven += i64::from(offering.is_proven());
}

/// Rows of the three shares at an instant.
///
/// # Errors
/// Those of the database.
pub fn measure_rows(tx: &mut Tx<'_>, metric: &str, at: Instant) -> Result<Vec<MeasureRow>> {
    let stages: HashMap<OfferingId, Stage> = store::stages_at(tx, at)?.into_iter().collect();
    let mut rows = Vec::new();
    for offering in store::all(tx)? {
        let Some(stage) = stages.get(&offering.id).copied() else { continue };
        let interactive = stage == Stage::Live || offering.has_level(3);
        let integrated = offering.integrated_at.is_some_and(|since| since <= at);
        let counts = match metric {
            "level4_share" if stage.is_eligible() => stage == Stage::Live,
            "level34_share" if stage != Stage::Withdrawn => interactive,
            "integration_share" if stage != Stage::Withdrawn && interactive => integrated,
            _ => continue,
        };
        rows.push(MeasureRow {
            key: format!("{}@{}", offering.procedure, offering.agency),
            title: offering.title,
            agency: offering.agency,
            counts: i64::from(counts),
        });
    }
    Ok(rows)
}

/// One service with criteria, evidence and history.
///
/// # Errors
/// `NotFound`.
pub fn detail(tx: &mut Tx<'_>, id: &str) -> Result<Detail> {
    let offering = find(tx, id)?;
    let now = tx.now();
    let moves = store::moves(tx, &offering.id)?;
    let name = |tx: &mut Tx<'_>, agency: &AgencyId| -> Result<String> {
        Ok(kernel_org::agency(tx, agency, now)?.map_or_else(|| agency.to_string(), |a| a.short_name))
    };
    let agency_name = name(tx, &offering.agency)?;
    let charge_name = match &offering.charge {
        Some(charge) => name(tx, charge)?,
        None => String::new(),
    };
    let due = match kernel_base::TypedId::parse(&offering.obligation) {
        Some(id) => kernel_obligations::get(tx, &id)?.map(|o| o.legal_due),
        None => None,
    };
    Ok(Detail { offering, agency_name, charge_name, due, moves })
}

/// Services whose next step is this agency's.
///
/// # Errors
/// Those of the database.
pub fn waiting(tx: &mut Tx<'_>, agency: &AgencyId) -> Result<Vec<Offering>> {
    store::in_charge(tx, agency)
}

/// The approved lists, the newest first: number, decision, instant, services.
///
/// # Errors
/// Those of the database.
pub fn lists(tx: &mut Tx<'_>) -> Result<Vec<(i64, String, Instant, i64)>> {
    store::lists(tx)
}

/// Says what anyone may read of a service in the pipeline.
#[derive(Debug)]
pub struct PublicOfferings;

impl PublicSubjects for PublicOfferings {
    fn prefix(&self) -> &'static str {
        "offering:"
    }

    fn describe(&self, tx: &mut Tx<'_>, subjects: &[String]) -> Result<BTreeMap<String, PublicSubject>> {
        let mut all = BTreeMap::new();
        for subject in subjects {
            let Some(id) = kernel_base::TypedId::parse(subject.trim_start_matches(self.prefix())) else { continue };
            let Some(offering) = store::find(tx, &id)? else { continue };
            let title = Words::new(offering.title.clone(), offering.title);
            let known = PublicSubject { code: offering.procedure, title, apology: None, secret: false };
            all.insert(subject.clone(), known);
        }
        Ok(all)
    }
}
