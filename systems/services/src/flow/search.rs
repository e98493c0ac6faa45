//! Searching the catalogue: the index is kept in memory and rebuilt when the catalogue or the day changes.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use jiff::civil::Date;
use kernel_base::{Result, Words};
use kernel_db::Tx;
use parking_lot::RwLock;

use super::look::{ProcedureView, procedures_on};
use crate::{
    search::{Entry, Index},
    seed, store,
};

/// Most procedures in one answer.
const MOST: usize = 100;

/// The catalogue of one day with its index.
#[derive(Debug)]
struct Kept {
    generation: i64,
    day: Date,
    index: Index,
    views: HashMap<String, ProcedureView>,
    /// Codes in Vietnamese order of the names.
    order: Vec<String>,
}

/// Procedures for what a person typed, best first; all of them for an empty query. `life_event` narrows to one event.
///
/// # Errors
/// Only those of the database and of broken rows.
pub fn search(tx: &mut Tx<'_>, query: &str, life_event: &str) -> Result<Vec<ProcedureView>> {
    let kept = kept(tx)?;
    let codes: Vec<String> = if query.trim().is_empty() {
        kept.order.clone()
    } else {
        kept.index.find(query, MOST).into_iter().map(|hit| hit.code).collect()
    };
    let wanted = |view: &&ProcedureView| {
        life_event.is_empty() || view.procedure.life_events.iter().any(|event| event == life_event)
    };
    Ok(codes.iter().filter_map(|code| kept.views.get(code)).filter(wanted).cloned().collect())
}

fn kept(tx: &mut Tx<'_>) -> Result<Arc<Kept>> {
    static KEPT: OnceLock<RwLock<HashMap<String, Arc<Kept>>>> = OnceLock::new();
    let all = KEPT.get_or_init(RwLock::default);
    let (generation, day) = (store::generation(tx)?, tx.now().vietnam().date());
    // Two databases of one process (tests) may share a home: the first version's id tells them apart.
    let first = store::first_version(tx)?.unwrap_or_default();
    let key = format!("{}/{first}", tx.home());
    if let Some(found) = all.read().get(&key)
        && found.generation == generation
        && found.day == day
    {
        return Ok(Arc::clone(found));
    }
    let fresh = Arc::new(build(tx, generation, day)?);
    all.write().insert(key, Arc::clone(&fresh));
    Ok(fresh)
}

fn build(tx: &mut Tx<'_>, generation: i64, day: Date) -> Result<Kept> {
    let events: HashMap<String, Words> = seed::life_events()?.into_iter().map(|e| (e.code, e.name)).collect();
    let views = procedures_on(tx)?;
    let entries: Vec<Entry> = views.iter().map(|view| entry(view, &events)).collect();
    let mut order: Vec<(String, String)> =
        views.iter().map(|v| (v.procedure.plain.vi.clone(), v.procedure.code.clone())).collect();
    order.sort_by(|a, b| kernel_base::text::compare(&a.0, &b.0));
    Ok(Kept {
        generation,
        day,
        index: Index::new(&entries),
        order: order.into_iter().map(|(_, code)| code).collect(),
        views: views.into_iter().map(|v| (v.procedure.code.clone(), v)).collect(),
    })
}

fn entry(view: &ProcedureView, events: &HashMap<String, Words>) -> Entry {
    let papers = view.text.cases.iter().flat_map(|c| c.papers.iter()).map(|p| p.name.vi.as_str());
    Entry {
        code: view.procedure.code.clone(),
        name: view.procedure.name.clone(),
        plain: view.procedure.plain.clone(),
        sector: view.procedure.sector.name.clone(),
        synonyms: view.procedure.synonyms.clone(),
        life_events: view.procedure.life_events.iter().filter_map(|e| events.get(e).cloned()).collect(),
        text: [view.text.result.vi.as_str()].into_iter().chain(papers).collect::<Vec<_>>().join(" "),
    }
}
