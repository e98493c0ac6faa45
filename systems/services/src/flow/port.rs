//! The catalogue as other systems see it.

use std::{collections::HashMap, sync::Arc};

use jiff::civil::Date;
use kernel_base::{AgencyId, Error, Instant, Result, TypedId};
use kernel_contract::{Case, Catalogue, Offered, Offering, ProcedureVersionId};
use kernel_db::Tx;
use parking_lot::RwLock;

use crate::{
    model::Procedure,
    seed::VersionFile,
    store::{self, VersionRow},
};

/// Parsed rows, kept while they are true: versions never change, a procedure carries its row version.
#[derive(Debug, Default)]
pub(crate) struct CataloguePort {
    versions: RwLock<HashMap<String, Arc<VersionFile>>>,
    procedures: RwLock<HashMap<String, (i64, Arc<Procedure>)>>,
}

impl Catalogue for CataloguePort {
    fn offering(
        &self,
        tx: &mut Tx<'_>,
        procedure: &str,
        case: Option<&str>,
        agency: &AgencyId,
        at: Instant,
    ) -> Result<Option<Offering>> {
        let day = at.vietnam().date();
        let Some(row) = store::version_on(tx, procedure, day)? else { return Ok(None) };
        let version = self.version(tx, &row)?;
        let chosen = match case {
            Some(code) => version.cases.iter().find(|c| c.code == code),
            None => version.cases.first(),
        };
        let Some(chosen) = chosen else { return Ok(None) };
        self.build(tx, &row.id, procedure, &version, chosen, agency, day)
    }

    fn offering_of_version(
        &self,
        tx: &mut Tx<'_>,
        version: &ProcedureVersionId,
        case: &str,
        agency: &AgencyId,
    ) -> Result<Option<Offering>> {
        let Some(row) = store::version_by_id(tx, version)? else { return Ok(None) };
        let parsed = self.version(tx, &row)?;
        let Some(chosen) = parsed.cases.iter().find(|c| c.code == case) else { return Ok(None) };
        self.build(tx, version, &row.procedure, &parsed, chosen, agency, row.valid_from)
    }

    fn offered(&self, tx: &mut Tx<'_>, agency: &AgencyId, at: Instant) -> Result<Vec<Offered>> {
        let day = at.vietnam().date();
        let Some(agency) = kernel_org::agency(tx, agency, at)? else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for row in store::procedures(tx)? {
            let Some(procedure) = self.procedure(tx, &row.code)? else { continue };
            if procedure.offered_by(&agency, day).is_none() {
                continue;
            }
            let Some(row) = store::version_on(tx, &row.code, day)? else { continue };
            let cases = self.version(tx, &row)?.cases.iter().map(|c| (c.code.clone(), c.name.clone())).collect();
            found.push(Offered { procedure: row.procedure, name: procedure.name.clone(), cases });
        }
        found.sort_by(|a, b| kernel_base::text::compare(&a.name.vi, &b.name.vi));
        Ok(found)
    }
}

impl CataloguePort {
    fn version(&self, tx: &Tx<'_>, row: &VersionRow) -> Result<Arc<VersionFile>> {
        let key = format!("{}/{}", tx.home(), row.id.as_str());
        if let Some(found) = self.versions.read().get(&key) {
            return Ok(Arc::clone(found));
        }
        let parsed: VersionFile = serde_json::from_str(&row.body)
            .map_err(|e| Error::internal(format!("procedure_versions.body of {}: {e}", row.id)))?;
        let parsed = Arc::new(parsed);
        self.versions.write().insert(key, Arc::clone(&parsed));
        Ok(parsed)
    }

    fn procedure(&self, tx: &mut Tx<'_>, code: &str) -> Result<Option<Arc<Procedure>>> {
        let Some(row) = store::procedure(tx, code)? else { return Ok(None) };
        let key = format!("{}/{code}", tx.home());
        if let Some((version, found)) = self.procedures.read().get(&key)
            && *version == row.version
        {
            return Ok(Some(Arc::clone(found)));
        }
        let parsed: Procedure =
            serde_json::from_str(&row.body).map_err(|e| Error::internal(format!("procedures.body of {code}: {e}")))?;
        let parsed = Arc::new(parsed);
        self.procedures.write().insert(key, (row.version, Arc::clone(&parsed)));
        Ok(Some(parsed))
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one offering")]
    fn build(
        &self,
        tx: &mut Tx<'_>,
        version: &ProcedureVersionId,
        code: &str,
        parsed: &VersionFile,
        case: &Case,
        agency: &AgencyId,
        day: Date,
    ) -> Result<Option<Offering>> {
        let Some(procedure) = self.procedure(tx, code)? else { return Ok(None) };
        let noon = Instant::from_vietnam(day.at(12, 0, 0, 0));
        let Some(found) = kernel_org::agency(tx, agency, noon)? else { return Ok(None) };
        let Some(tier) = procedure.offered_by(&found, day) else { return Ok(None) };
        Ok(Some(Offering {
            procedure: code.to_owned(),
            name: procedure.name.clone(),
            sector: procedure.sector.name.clone(),
            version: version.clone(),
            tier,
            agency: agency.clone(),
            level: procedure.level(day),
            result: parsed.result.clone(),
            bases: parsed.bases.clone(),
            case: case.clone(),
        }))
    }
}
