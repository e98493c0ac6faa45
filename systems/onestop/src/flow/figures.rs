//! What the one-stop gives to figures and to public lists: codes and counts, never a name.

use std::collections::BTreeMap;

use kernel_base::{Result, Words};
use kernel_contract::{MeasureRow, MeasureSource, PublicSubject, PublicSubjects, SignatureDesk, Span, ToSign};
use kernel_db::Tx;
use kernel_org::{Action, Actor, Resource, permitted};

use crate::store::figures::{self, Counted};

/// Says what anyone may read of a dossier.
#[derive(Debug)]
pub struct PublicDossiers;

impl PublicSubjects for PublicDossiers {
    fn prefix(&self) -> &'static str {
        "dossier:"
    }

    fn describe(&self, tx: &mut Tx<'_>, subjects: &[String]) -> Result<BTreeMap<String, PublicSubject>> {
        let mut all = BTreeMap::new();
        for subject in subjects {
            let Some(line) = figures::public_line(tx, subject.trim_start_matches(self.prefix()))? else { continue };
            let title = Words::new(line.procedure_name.clone(), line.procedure_name);
            let known = PublicSubject { code: line.code, title, apology: Some(line.apology), secret: false };
            all.insert(subject.clone(), known);
        }
        Ok(all)
    }
}

/// Rows for figures of dossiers.
#[derive(Debug)]
pub struct DossierFigures;

impl MeasureSource for DossierFigures {
    fn metrics(&self) -> &'static [&'static str] {
        &["return_rounds", "online_dossiers", "online_payment"]
    }

    fn rows(&self, tx: &mut Tx<'_>, metric: &str, span: Span) -> Result<Vec<MeasureRow>> {
        let found = match metric {
            "return_rounds" => figures::rounds(tx, span.from, span.until)?,
            "online_dossiers" => figures::channels(tx, span.from, span.until)?,
            "online_payment" => figures::payments(tx, span.from, span.until)?,
            _ => Vec::new(),
        };
        Ok(found.into_iter().map(row).collect())
    }
}

fn row(counted: Counted) -> MeasureRow {
    MeasureRow { agency: counted.agency, key: counted.code, title: counted.procedure_name, counts: counted.n }
}

/// Results and apologies that wait for a leader.
#[derive(Debug)]
pub struct DossierDesk;

impl SignatureDesk for DossierDesk {
    fn waiting(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<Vec<ToSign>> {
        let Some(officer) = actor.officer() else { return Ok(Vec::new()) };
        if !permitted(actor, Action::DossierApprove, &Resource::agency(officer.agency.clone())) {
            return Ok(Vec::new());
        }
        let waiting = super::to_sign(tx, actor)?;
        let line = |kind: &str, vi: &str, en: &str, count: usize| ToSign {
            kind: kind.to_owned(),
            name: Words::new(vi, en),
            count: count as i64,
            href: format!("/staff/sign#{kind}"),
        };
        Ok(vec![
            line("result", "kết quả chờ ký", "results to sign", waiting.drafts.len()),
            line("apology", "phiếu xin lỗi chờ ký", "apologies to sign", waiting.apologies.len()),
        ])
    }
}
