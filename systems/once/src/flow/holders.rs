//! What the kernel and this system keep of a person: files on the account, recorded re-uses, the account itself.

use kernel_base::{Result, TypedId, Words};
use kernel_contract::{KeptByLaw, OwnData, PersonalData};
use kernel_db::Tx;
use kernel_org::Actor;
use serde_json::json;

use super::prefill::citizen;
use crate::store;

/// Files the person uploaded that belong to no dossier.
#[derive(Debug)]
pub(crate) struct LooseFiles;

impl PersonalData for LooseFiles {
    fn name(&self) -> Words {
        Words::new("Tệp chưa nộp", "Files not handed in")
    }

    fn code(&self) -> &'static str {
        "files"
    }

    fn own_data(&self, tx: &mut Tx<'_>, person: &Actor) -> Result<OwnData> {
        let files = kernel_files::files_of(tx, &person.holder())?;
        let line = |file: &kernel_files::FileRow| json!({ "id": file.id, "name": file.name, "sha256": file.sha256, "size": file.size, "created_at": file.created_at });
        Ok(OwnData {
            count: files.len(),
            data: files.iter().map(line).collect(),
            files: files.iter().map(|file| (file.id.to_string(), format!("tep/{}.pdf", file.id))).collect(),
        })
    }

    fn kept_by_law(&self, _tx: &mut Tx<'_>, _person: &Actor) -> Result<Vec<KeptByLaw>> {
        Ok(Vec::new())
    }

    fn erase(&self, tx: &mut Tx<'_>, person: &Actor) -> Result<usize> {
        let files = kernel_files::files_of(tx, &person.holder())?;
        for file in &files {
            kernel_files::erase_of(tx, &file.id, &file.owner)?;
        }
        kernel_files::uploads::give_up(tx, &person.holder())?;
        Ok(files.len())
    }
}

/// Recorded re-uses and withdrawn sources.
#[derive(Debug)]
pub(crate) struct Choices;

impl PersonalData for Choices {
    fn name(&self) -> Words {
        Words::new("Đồng ý dùng lại dữ liệu", "Agreements to re-use data")
    }

    fn code(&self) -> &'static str {
        "reuses"
    }

    fn own_data(&self, tx: &mut Tx<'_>, person: &Actor) -> Result<OwnData> {
        let reuses = store::reuses_of(tx, citizen(person)?.account.as_str())?;
        let line = |reuse: &store::ReuseRow| json!({ "id": reuse.id, "procedure": reuse.procedure, "text": reuse.text, "ground": reuse.ground, "fields": reuse.fields, "given_at": reuse.given_at, "withdrawn_at": reuse.withdrawn_at });
        Ok(OwnData { count: reuses.len(), data: reuses.iter().map(line).collect(), files: Vec::new() })
    }

    fn kept_by_law(&self, _tx: &mut Tx<'_>, _person: &Actor) -> Result<Vec<KeptByLaw>> {
        Ok(Vec::new())
    }

    fn erase(&self, tx: &mut Tx<'_>, person: &Actor) -> Result<usize> {
        let removed = store::erase_choices(tx, citizen(person)?.account.as_str())?;
        Ok(usize::try_from(removed).unwrap_or(usize::MAX))
    }
}
