//! Reading the pipeline: public, as of now or of any past instant.

use std::collections::{BTreeMap, HashMap};

use kernel_base::{AgencyId, Instant, Result, Words};
use kernel_contract::{Catalogue, MeasureRow, PublicSubject, PublicSubjects};
use kernel_db::Tx;
use kernel_obligations::score;
use serde::Serialize;

use super::find;
use crate::pipeline::{
    model::{AgencyLine, Move, Offering, OfferingId, Show, Stage},
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
    let mut lines: BTreeMap<AgencyId, AgencyLine> = BTreeMap::new();
    let offerings = offerings_at(tx, at)?;
    for offering in &offerings {
        count(lines.entry(offering.agency.clone()).or_default(), offering);
    }
    for (agency, declared) in store::declared(tx, at.vietnam().date())? {
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
        line.name = short_name(tx, &agency, at)?;
        line.agency = agency.to_string();
        named.push(line);
    }
    named.sort_by(|a, b| {
        (b.overdue, b.eligible, b.listed).cmp(&(a.overdue, a.eligible, a.listed)).then_with(|| a.name.cmp(&b.name))
    });
    Ok(Overview { at, total, lines: named, offerings })
}

/// Services with the stage they had at an instant; those that were not listed yet are left out.
fn offerings_at(tx: &mut Tx<'_>, at: Instant) -> Result<Vec<Offering>> {
    let stages: HashMap<OfferingId, Stage> = store::stages_at(tx, at)?.into_iter().collect();
    let then = |offering: Offering| {
        let stage = *stages.get(&offering.id)?;
        Some(Offering { stage, ..offering })
    };
    Ok(store::all(tx)?.into_iter().filter_map(then).collect())
}

fn short_name(tx: &mut Tx<'_>, agency: &AgencyId, at: Instant) -> Result<String> {
    Ok(kernel_org::agency(tx, agency, at)?.map_or_else(|| agency.to_string(), |found| found.short_name))
}

fn count(line: &mut AgencyLine, offering: &Offering) {
    let one = |show: Show| i64::from(show.counts(offering));
    line.listed += one(Show::Listed);
    line.under_way += one(Show::UnderWay);
    line.eligible += one(Show::Eligible);
    line.live += one(Show::Live);
    line.proven += one(Show::Proven);
}

/// A row behind a number of the overview.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    pub procedure: String,
    pub title: String,
    pub agency: AgencyId,
    pub agency_name: String,
    /// Identifier in the pipeline; absent for what is only claimed.
    pub id: Option<OfferingId>,
    pub stage: Option<Stage>,
    /// Where a claim comes from.
    pub source: String,
}

/// Rows of one number, with how many there are in all.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rows {
    pub show: Show,
    pub count: i64,
    pub at: Instant,
    pub rows: Vec<Row>,
}

/// The rows behind a number of the overview, of one agency or of all: at most `most` after `skip`.
///
/// # Errors
/// Those of the database.
pub fn rows(
    tx: &mut Tx<'_>,
    show: Show,
    agency: Option<&AgencyId>,
    at: Instant,
    (skip, most): (i64, i64),
) -> Result<Rows> {
    let own = |one: &AgencyId| agency.is_none_or(|wanted| wanted == one);
    let mut rows = Vec::new();
    if show == Show::Declared {
        let day = at.vietnam().date();
        let count = store::declared(tx, day)?.iter().filter(|(one, _)| own(one)).map(|(_, n)| n).sum();
        let wanted = agency.map_or("", AgencyId::as_str);
        for (procedure, agency, source) in store::claims(tx, wanted, day, (skip, most))? {
            let offered = tx.port::<dyn Catalogue>()?.offering(tx, &procedure, None, &agency, at)?;
            let title = offered.map_or_else(String::new, |offered| offered.name.vi);
            let agency_name = short_name(tx, &agency, at)?;
            rows.push(Row { procedure, title, agency, agency_name, id: None, stage: None, source });
        }
        return Ok(Rows { show, count, at, rows });
    }
    let counted: Vec<Offering> =
        offerings_at(tx, at)?.into_iter().filter(|one| own(&one.agency) && show.counts(one)).collect();
    let count = counted.len() as i64;
    let (skip, most) = (usize::try_from(skip).unwrap_or(0), usize::try_from(most).unwrap_or(0));
    for one in counted.into_iter().skip(skip).take(most) {
        rows.push(Row {
            agency_name: short_name(tx, &one.agency, at)?,
            procedure: one.procedure,
            title: one.title,
            agency: one.agency,
            id: Some(one.id),
            stage: Some(one.stage),
            source: String::new(),
        });
    }
    Ok(Rows { show, count, at, rows })
}

/// Rows of the three shares at an instant.
///
/// # Errors
/// Those of the database.
pub fn measure_rows(tx: &mut Tx<'_>, metric: &str, at: Instant) -> Result<Vec<MeasureRow>> {
    let mut rows = Vec::new();
    for offering in offerings_at(tx, at)? {
        let stage = offering.stage;
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
    let agency_name = short_name(tx, &offering.agency, now)?;
    let charge_name = match &offering.charge {
        Some(charge) => short_name(tx, charge, now)?,
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
