//! A person's own earlier dossiers, for whoever fills in a new one.

use kernel_base::{Result, TypedId};
use kernel_contract::{EarlierDossier, EarlierDossiers, EarlierPaper};
use kernel_db::Tx;
use kernel_org::{Action, Actor};
use serde_json::Value;

use super::shared;
use crate::{model::Dossier, store};

/// Answers [`EarlierDossiers`].
#[derive(Debug)]
pub(crate) struct Own;

impl EarlierDossiers for Own {
    fn earlier(&self, tx: &mut Tx<'_>, actor: &Actor, most: i64) -> Result<Vec<EarlierDossier>> {
        let Some(citizen) = actor.citizen() else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for dossier in store::whole_of_account(tx, citizen.account.as_str(), most)? {
            if shared::permit(actor, Action::DossierRead, &dossier).is_ok() && has_answers(&dossier) {
                found.push(earlier(tx, dossier)?);
            }
        }
        Ok(found)
    }
}

/// An erased or imported dossier has nothing to take from.
fn has_answers(dossier: &Dossier) -> bool {
    !dossier.imported && dossier.form.as_object().is_some_and(|answers| !answers.is_empty())
}

fn earlier(tx: &mut Tx<'_>, dossier: Dossier) -> Result<EarlierDossier> {
    let papers = store::papers_of(tx, &dossier.id)?.into_iter().filter(|paper| !paper.replaced);
    let papers = papers.map(|paper| EarlierPaper {
        paper: paper.paper,
        name: paper.name,
        file: paper.file,
        sha256: paper.sha256,
        at: dossier.submitted_at,
    });
    let papers = papers.collect();
    let result = store::result_of(tx, &dossier.id)?.filter(|result| result.granted);
    let result = result.and_then(|result| {
        Some(EarlierPaper {
            paper: dossier.procedure.clone(),
            name: dossier.procedure_name.clone(),
            file: result.file,
            sha256: result.sha256,
            at: result.approved_at?,
        })
    });
    Ok(EarlierDossier {
        schema: schema_of(tx, &dossier)?,
        id: dossier.id,
        code: dossier.code,
        procedure: dossier.procedure,
        procedure_name: dossier.procedure_name,
        case: dossier.case,
        form: dossier.form,
        submitted_at: dossier.submitted_at,
        papers,
        result,
    })
}

fn schema_of(tx: &mut Tx<'_>, dossier: &Dossier) -> Result<Option<Value>> {
    let offering = tx.port::<dyn kernel_contract::Catalogue>()?.offering_of_version(
        tx,
        &dossier.version_of_procedure,
        &dossier.case,
        &dossier.agency,
    )?;
    Ok(offering.and_then(|offering| offering.case.form.clone()))
}
