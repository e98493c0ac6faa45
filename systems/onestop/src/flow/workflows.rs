//! Workflow graphs are data: checked, published as a new version, never edited.

use std::{collections::HashMap, sync::Arc};

use kernel_base::{Error, Home, Result};
use kernel_db::Tx;
use kernel_org::{Action, Actor, Resource, allow};
use parking_lot::RwLock;

use crate::{
    store,
    workflow::{self, Workflow},
};

/// Graphs that were read before, by home, code and version. A published version never changes.
#[derive(Debug, Default)]
pub(crate) struct Graphs(RwLock<HashMap<(Home, String, i64), Arc<Workflow>>>);

/// Publishes the graphs that ship with the product; a version that exists stays as it is.
///
/// # Errors
/// `Invalid` naming the faults of a graph; nothing of a faulty set is published.
pub fn publish_workflows(tx: &mut Tx<'_>, actor: &Actor) -> Result<usize> {
    allow(actor, Action::WorkflowEdit, &Resource::province())?;
    let all = workflow::all()?;
    for graph in &all {
        let problems = workflow::check(graph, None);
        if !problems.is_empty() {
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            return Err(Error::refused(
                "faulty_workflow",
                kernel_base::Words::new(
                    format!("Quy trình {} chưa công bố được: {}", graph.code, lines.join("; ")),
                    format!("Workflow {} cannot be published: {}", graph.code, lines.join("; ")),
                ),
            ));
        }
    }
    let now = tx.now();
    for graph in &all {
        let body =
            serde_json::to_string(graph).map_err(|e| Error::internal(format!("workflow {}: {e}", graph.code)))?;
        store::insert_workflow(tx, &graph.code, graph.version, &body, now)?;
    }
    Ok(all.len())
}

/// The newest published version: new dossiers run on it, running ones keep theirs.
pub(crate) fn in_force(tx: &mut Tx<'_>, code: &str) -> Result<Arc<Workflow>> {
    let number = store::newest_workflow(tx, code)?.ok_or_else(|| {
        Error::refused(
            "no_workflow",
            (
                "Thủ tục này chưa có quy trình nội bộ được công bố nên chưa tiếp nhận được. Hãy báo cho quản trị.",
                "No workflow is published for this procedure, so it cannot be received. Tell the administrator.",
            ),
        )
        .with_inside(format!("workflow {code}"))
    })?;
    of_version(tx, code, number)
}

/// One published version of a graph.
///
/// # Errors
/// `Internal` when there is none or its row cannot be read.
pub(crate) fn of_version(tx: &mut Tx<'_>, code: &str, number: i64) -> Result<Arc<Workflow>> {
    let graphs = tx.port::<Graphs>()?;
    let key = (tx.home().clone(), code.to_owned(), number);
    if let Some(known) = graphs.0.read().get(&key) {
        return Ok(Arc::clone(known));
    }
    let gone = || Error::internal(format!("workflow {code} version {number} is gone"));
    let body = store::workflow_body(tx, code, number)?.ok_or_else(gone)?;
    let graph: Workflow =
        serde_json::from_str(&body).map_err(|e| Error::internal(format!("workflow {code} version {number}: {e}")))?;
    let graph = Arc::new(graph);
    graphs.0.write().insert(key, Arc::clone(&graph));
    Ok(graph)
}
