//! What the one-stop gives to figures and to public lists: codes and counts, never a name.

use std::collections::BTreeMap;

use kernel_base::{Result, Words};
use kernel_contract::{MeasureRow, MeasureSource, PublicSubject, PublicSubjects, Span};
use kernel_db::Tx;

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
