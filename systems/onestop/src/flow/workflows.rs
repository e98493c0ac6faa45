//! Workflow graphs are data: checked, published as a new version, never edited.

use kernel_base::{Error, Result};
use kernel_db::Tx;
use kernel_org::{Action, Actor, Resource, allow};

use crate::{
    store,
    workflow::{self, Workflow},
};

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
pub(crate) fn in_force(tx: &mut Tx<'_>, code: &str) -> Result<Workflow> {
    let (_, body) = store::newest_workflow(tx, code)?.ok_or_else(|| {
        Error::refused(
            "no_workflow",
            (
                "Thủ tục này chưa có quy trình nội bộ được công bố nên chưa tiếp nhận được. Hãy báo cho quản trị.",
                "No workflow is published for this procedure, so it cannot be received. Tell the administrator.",
            ),
        )
        .with_inside(format!("workflow {code}"))
    })?;
    serde_json::from_str(&body).map_err(|e| Error::internal(format!("workflow {code}: {e}")))
}
