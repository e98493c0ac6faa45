//! A plan from a workbook: read, shown with every fault, and only then made, all of it or nothing.

use std::collections::BTreeMap;

use kernel_base::{AgencyId, Error, Kind, Result, text};
use kernel_db::Tx;
use kernel_ledger::NewEvent;
use kernel_org::Actor;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{assign, documents, shared};
use crate::{
    import::RawTask,
    model::{AssignTask, Cooperating, DirectiveDocument, EnterDocument, Task},
    store::{self, Staged},
};

/// Tasks in one plan: so that they are made in one transaction without holding others up.
const MOST_TASKS: usize = 400;

/// One line of the workbook as it was understood.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportRow {
    /// Number of the line in the sheet.
    pub line: u32,
    pub title: String,
    /// One task for each leading unit.
    pub tasks: Vec<AssignTask>,
    /// Sentences; empty when the line is right.
    pub faults: Vec<String>,
}

/// What would be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Preview {
    /// Identifier to confirm with; empty while there are faults, because then nothing can be confirmed.
    pub id: String,
    pub rows: Vec<ImportRow>,
    pub tasks: usize,
    pub faults: usize,
}

/// Understands a workbook. Without a fault it waits for [`confirm_import`]; with any nothing is kept.
///
/// # Errors
/// `Forbidden` for who gives no tasks; `Invalid` for a workbook without lines, or a document that cannot be entered.
pub fn stage_import(
    tx: &mut Tx<'_>,
    actor: &Actor,
    command: &EnterDocument,
    raw: &[RawTask],
    sha256: &str,
) -> Result<Preview> {
    let (issuer, desk) = shared::issuer_of(tx, actor)?;
    if raw.is_empty() {
        let words = ("Tệp không có dòng nhiệm vụ nào. Hãy dùng tệp mẫu.", "The file has no task. Use the template.");
        return Err(Error::refused("no_rows", words));
    }
    let names = unit_names(tx)?;
    let document = DirectiveDocument {
        id: tx.new_id(),
        kind: command.kind,
        number: command.number.clone(),
        title: command.title.clone(),
        issued_on: command.issued_on,
        issuer: issuer.clone(),
        desk: desk.clone(),
        illustrative: command.illustrative,
        entered_by: actor.label(),
        entered_at: tx.now(),
    };
    let mut rows = Vec::new();
    for line in raw {
        rows.push(understand(tx, &document, &issuer, &names, line)?);
    }
    let tasks: usize = rows.iter().map(|row| row.tasks.len()).sum();
    let faults: usize = rows.iter().map(|row| row.faults.len()).sum();
    if tasks > MOST_TASKS {
        let words = ("Tệp có quá nhiều nhiệm vụ (tối đa 400). Hãy chia nhỏ.", "More than 400 tasks. Split the file.");
        return Err(Error::refused("too_many_rows", words));
    }
    let mut preview = Preview { id: String::new(), rows, tasks, faults };
    if faults == 0 {
        let key: crate::model::ReportId = tx.new_id();
        let staged = Staged {
            id: key.to_string().replacen("rep_", "imp_", 1),
            document: json!(command),
            rows: json!(preview.rows.iter().flat_map(|row| row.tasks.clone()).collect::<Vec<_>>()),
            sha256: sha256.to_owned(),
            desk,
            made: None,
            version: 1,
        };
        let now = tx.now();
        store::insert_import(tx, &staged, &actor.label(), now)?;
        preview.id = staged.id;
    }
    Ok(preview)
}

/// Makes the document and all its tasks.
///
/// # Errors
/// `NotFound` for who did not stage it at this desk; `Conflict` when it was made before.
pub fn confirm_import(tx: &mut Tx<'_>, actor: &Actor, id: &str) -> Result<(DirectiveDocument, Vec<Task>)> {
    let (_, desk) = shared::issuer_of(tx, actor)?;
    let staged = store::import(tx, id.trim())?.filter(|staged| staged.desk == desk).ok_or_else(shared::not_found)?;
    if staged.made.is_some() {
        let words = ("Kế hoạch này đã được nhập.", "This plan was imported already.");
        return Err(Error::conflict("imported", words));
    }
    let broken = |e: serde_json::Error| Error::internal(format!("directive_imports {id}: {e}"));
    let command: EnterDocument = serde_json::from_value(staged.document.clone()).map_err(broken)?;
    let commands: Vec<AssignTask> = serde_json::from_value(staged.rows.clone()).map_err(broken)?;
    let document = documents::enter_document(tx, actor, &command)?;
    let mut tasks = Vec::new();
    for command in &commands {
        tasks.push(assign::assign(tx, actor, &document.id.to_string(), command)?);
    }
    store::import_made(tx, &staged, &document.id)?;
    let body = json!({ "sha256": staged.sha256, "tasks": tasks.len() });
    let event = NewEvent { subject: &document.subject(), kind: "document.imported", actor: &actor.label(), body };
    kernel_ledger::append(tx, &event)?;
    Ok((document, tasks))
}

/// Units by everything that people call them: identifier, name, short name, slug; folded.
fn unit_names(tx: &mut Tx<'_>) -> Result<BTreeMap<String, AgencyId>> {
    let now = tx.now();
    let mut names = BTreeMap::new();
    for agency in kernel_org::agencies(tx, now)? {
        for name in [agency.id.as_str(), &agency.name, &agency.short_name, &agency.slug] {
            names.entry(text::fold(name)).or_insert_with(|| agency.id.clone());
        }
    }
    Ok(names)
}

fn understand(
    tx: &mut Tx<'_>,
    document: &DirectiveDocument,
    issuer: &AgencyId,
    names: &BTreeMap<String, AgencyId>,
    raw: &RawTask,
) -> Result<ImportRow> {
    let mut faults = raw.faults.clone();
    let mut units = |cell: &str, what: &str| {
        let mut found = Vec::new();
        for name in cell.split([';', '\n']).map(str::trim).filter(|name| !name.is_empty()) {
            match names.get(&text::fold(name)) {
                Some(unit) => found.push(unit.clone()),
                None => faults.push(format!("{what}: không tìm thấy cơ quan “{name}”.")),
            }
        }
        found
    };
    let leads = units(&raw.lead, "Đơn vị chủ trì");
    let helpers = units(&raw.cooperating, "Đơn vị phối hợp");
    if leads.is_empty() && faults.is_empty() {
        faults.push("Đơn vị chủ trì: hãy điền ô này.".to_owned());
    }
    let mut tasks = Vec::new();
    if let Some(due_on) = raw.due_on {
        for lead in leads {
            let part_due = raw.part_due_on.unwrap_or(due_on);
            let helpers = helpers.iter().filter(|unit| **unit != lead);
            tasks.push(AssignTask {
                clause: raw.clause.clone(),
                title: raw.title.clone(),
                output: raw.output.clone(),
                cooperating: helpers.map(|unit| Cooperating { unit: unit.clone(), due_on: part_due }).collect(),
                lead,
                due_on,
                weight: raw.weight,
                secret: raw.secret,
                metric: (!raw.metric.is_empty()).then(|| raw.metric.clone()),
                goal: raw.goal,
                officer: String::new(),
            });
        }
    } else if raw.faults.is_empty() {
        faults.push("Hạn chủ trì: hãy điền ngày.".to_owned());
    }
    if text::length(&raw.title) < 5 {
        faults.push("Nội dung nhiệm vụ: hãy ghi rõ hơn, ít nhất 5 chữ cái.".to_owned());
    }
    for task in &tasks {
        match assign::check(tx, document, None, issuer, task) {
            Ok(()) => {}
            Err(fault) if fault.kind == Kind::Invalid => {
                faults.extend(fault.fields.iter().map(|field| field.message.vi.clone()));
            }
            Err(other) => return Err(other),
        }
    }
    faults.dedup();
    Ok(ImportRow { line: raw.line, title: raw.title.clone(), tasks, faults })
}
