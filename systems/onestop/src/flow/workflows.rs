//! Workflow graphs are data: checked, published as a new version, never edited.

use std::{collections::HashMap, sync::Arc};

use kernel_base::{Error, Home, Result, Words};
use kernel_db::Tx;
use kernel_ledger::{Finding, NewEvent, text_hash};
use kernel_org::{Action, Actor, Resource, allow};
use parking_lot::RwLock;
use serde_json::json;

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
                Words::new(
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
        if store::insert_workflow(tx, &graph.code, graph.version, &body, now)? {
            let subject = format!("workflow:{}", graph.code);
            let body = json!({ "number": graph.version, "sha256": text_hash(&body) });
            let event = NewEvent { subject: &subject, kind: "workflow.published", actor: &actor.label(), body };
            kernel_ledger::append(tx, &event)?;
        }
    }
    Ok(all.len())
}

/// Names each graph that says something else than the event of its publication, or has none.
pub(super) fn verify(tx: &mut Tx<'_>) -> Result<Vec<Finding>> {
    let mut published = Vec::new();
    for subject in kernel_ledger::subjects(tx, "workflow:")? {
        for event in kernel_ledger::history(tx, &subject)? {
            let code = subject.trim_start_matches("workflow:").to_owned();
            let sha256 = event.body["sha256"].as_str().unwrap_or_default().to_owned();
            published.push((code, event.body["number"].as_i64().unwrap_or_default(), sha256));
        }
    }
    let kept = store::workflow_rows(tx)?.into_iter().map(|(code, number, body)| (code, number, text_hash(&body)));
    let kept: Vec<_> = kept.collect();
    let strange = kept.iter().filter(|row| !published.contains(row));
    let gone = published.iter().filter(|one| !kept.iter().any(|row| (&row.0, row.1) == (&one.0, one.1)));
    let changed = strange.chain(gone).map(|(code, number, _)| Finding {
        table: "workflows",
        row: format!("{code}/{number}"),
        what: Words::new(
            "quy trình khác với lúc công bố: dòng này đã bị sửa, thêm hoặc xóa ngoài hệ thống",
            "the graph differs from what was published: the row was changed, added or removed outside the product",
        ),
    });
    Ok(changed.collect())
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
