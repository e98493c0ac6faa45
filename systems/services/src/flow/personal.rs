//! What the citizens' side keeps of a person: drafts with their files.

use kernel_base::{Result, TypedId, Words};
use kernel_contract::{KeptByLaw, OwnData, PersonalData};
use kernel_db::Tx;
use kernel_org::Actor;
use serde_json::{Value, json};

use crate::{model::Draft, store};

/// Answers [`PersonalData`] for drafts.
#[derive(Debug)]
pub(crate) struct Drafts;

/// More than anybody has.
const MOST: i64 = 1_000;

fn all(tx: &mut Tx<'_>, person: &Actor) -> Result<Vec<Draft>> {
    match person.citizen() {
        Some(citizen) => store::drafts_of(tx, citizen.account.as_str(), MOST),
        None => Ok(Vec::new()),
    }
}

impl PersonalData for Drafts {
    fn name(&self) -> Words {
        Words::new("Bản nháp", "Drafts")
    }

    fn code(&self) -> &'static str {
        "drafts"
    }

    fn own_data(&self, tx: &mut Tx<'_>, person: &Actor) -> Result<OwnData> {
        let mut own = OwnData::default();
        let mut items = Vec::new();
        for draft in all(tx, person)? {
            let mut papers = Vec::new();
            for (number, file) in draft.papers.iter().enumerate() {
                let name = format!("ban-nhap/{}/{:02}-{}.pdf", draft.id, number + 1, file.paper);
                papers.push(json!({ "paper": file.paper, "name": file.name, "file": name }));
                own.files.push((file.file.clone(), name));
            }
            items.push(json!({
                "id": draft.id, "procedure": draft.procedure, "agency": draft.agency, "answers": draft.answers,
                "origins": draft.origins, "papers": papers, "created_at": draft.created_at,
                "updated_at": draft.updated_at, "submitted": draft.receipt.as_ref().map(|receipt| &receipt.code),
            }));
        }
        if let Some(citizen) = person.citizen() {
            for batch in store::batches_of(tx, citizen.account.as_str())? {
                items.push(json!({
                    "id": batch.id, "procedure": batch.procedure, "agency": batch.agency, "file_name": batch.file_name,
                    "rows": batch.rows, "created_at": batch.created_at,
                }));
            }
        }
        own.count = items.len();
        own.data = Value::Array(items);
        Ok(own)
    }

    fn kept_by_law(&self, _tx: &mut Tx<'_>, _person: &Actor) -> Result<Vec<KeptByLaw>> {
        Ok(Vec::new())
    }

    fn erase(&self, tx: &mut Tx<'_>, person: &Actor) -> Result<usize> {
        let drafts = all(tx, person)?;
        for draft in &drafts {
            super::draft::delete(tx, draft, &person.holder())?;
        }
        if let Some(citizen) = person.citizen() {
            store::delete_batches_of(tx, citizen.account.as_str())?;
        }
        Ok(drafts.len())
    }
}
