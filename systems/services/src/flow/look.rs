//! Reading the catalogue.

use jiff::civil::Date;
use kernel_base::{AgencyId, Error, Result};
use kernel_contract::{Level, ProcedureVersionId};
use kernel_db::Tx;

use crate::{
    model::Procedure,
    seed::VersionFile,
    store::{self, VersionRow},
};

/// A procedure on one day, with everything its page shows.
#[derive(Debug, Clone)]
pub struct ProcedureView {
    pub(crate) procedure: Procedure,
    pub version: ProcedureVersionId,
    pub(crate) text: VersionFile,
    /// Text of the state as imported; empty when none was.
    pub published_text: String,
    pub level: Option<Level>,
    /// Agencies that offer it, in the order of the organisation.
    pub agencies: Vec<(AgencyId, String)>,
    pub day: Date,
}

impl ProcedureView {
    /// National code of the procedure.
    pub fn code(&self) -> &str {
        &self.procedure.code
    }

    /// The first case has an electronic form.
    pub fn has_form(&self) -> bool {
        self.text.cases.first().is_some_and(|c| c.form.is_some())
    }

    /// Dossiers are taken online: level 3 and 4, or partial and full.
    pub fn is_online(&self) -> bool {
        matches!(self.level, Some(Level::Level3 | Level::Level4 | Level::Partial | Level::Full))
    }
}

fn unknown() -> Error {
    Error::not_found(
        "procedure_not_found",
        (
            "Không có thủ tục này, hoặc thủ tục chưa công bố. Hãy tìm lại theo tên hoặc mã.",
            "There is no such procedure, or it is not published. Search by name or code.",
        ),
    )
}

/// The procedure in force on the day of the transaction.
///
/// # Errors
/// `NotFound` when no version is published for the day.
pub fn look(tx: &mut Tx<'_>, code: &str) -> Result<ProcedureView> {
    let day = tx.now().vietnam().date();
    let base = code.trim();
    let row = store::procedure(tx, base)?.ok_or_else(unknown)?;
    let version = store::version_on(tx, base, day)?.ok_or_else(unknown)?;
    let procedure = parse_procedure(&row.body, base)?;
    let text = parse_version(&version)?;
    let now = tx.now();
    let agencies = kernel_org::agencies(tx, now)?
        .into_iter()
        .filter(|a| procedure.offered_by(a, day).is_some())
        .map(|a| (a.id, a.name))
        .collect();
    Ok(ProcedureView {
        level: procedure.level(day),
        procedure,
        version: version.id,
        text,
        published_text: version.published_text,
        agencies,
        day,
    })
}

/// Every procedure with a published version on the day of the transaction.
///
/// # Errors
/// Only those of the database and of broken rows.
pub fn procedures_on(tx: &mut Tx<'_>) -> Result<Vec<ProcedureView>> {
    let day = tx.now().vietnam().date();
    let mut views = Vec::new();
    for row in store::procedures(tx)? {
        let Some(version) = store::version_on(tx, &row.code, day)? else { continue };
        let procedure = parse_procedure(&row.body, &row.code)?;
        let text = parse_version(&version)?;
        views.push(ProcedureView {
            level: procedure.level(day),
            procedure,
            version: version.id,
            text,
            published_text: version.published_text,
            agencies: Vec::new(),
            day,
        });
    }
    Ok(views)
}

fn parse_procedure(body: &str, code: &str) -> Result<Procedure> {
    serde_json::from_str(body).map_err(|e| Error::internal(format!("procedures.body of {code}: {e}")))
}

fn parse_version(row: &VersionRow) -> Result<VersionFile> {
    serde_json::from_str(&row.body).map_err(|e| Error::internal(format!("procedure_versions.body of {}: {e}", row.id)))
}
