//! The catalogue as other systems see it.

use std::{collections::HashMap, sync::Arc};

use jiff::civil::Date;
use kernel_base::{AgencyId, Error, Instant, Result, Words};
use kernel_contract::{Basis, Case, Catalogue, Offered, Offering, ProcedureVersionId};
use kernel_db::Tx;
use kernel_forms::{Form, Places};
use parking_lot::RwLock;

use super::places;
use crate::{model::Procedure, seed::VersionFile, store};

/// Parsed rows, kept while they are true: versions never change, a procedure carries its row version.
#[derive(Debug, Default)]
pub(crate) struct CataloguePort {
    versions: RwLock<HashMap<String, Arc<Version>>>,
    procedures: RwLock<HashMap<String, (i64, Arc<Procedure>)>>,
    communes: RwLock<HashMap<String, (Date, Arc<Places>)>>,
}

/// What dossiers need of a version, ready to be shared.
#[derive(Debug)]
struct Version {
    id: ProcedureVersionId,
    procedure: String,
    valid_from: Date,
    result: Words,
    bases: Vec<Basis>,
    cases: Vec<ReadyCase>,
}

#[derive(Debug)]
struct ReadyCase {
    case: Arc<Case>,
    form: Option<Form>,
}

impl ReadyCase {
    fn read(case: Case) -> Result<Self> {
        let form = case.form.as_ref().map(Form::parse).transpose();
        let form = form.map_err(|faults| Error::internal(format!("form of {}: {}", case.code, faults.join("; "))))?;
        Ok(Self { case: Arc::new(case), form })
    }
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
        let Some(id) = store::version_id_on(tx, procedure, day)? else { return Ok(None) };
        let Some(version) = self.version(tx, &id)? else { return Ok(None) };
        let chosen = match case {
            Some(code) => version.cases.iter().find(|c| c.case.code == code),
            None => version.cases.first(),
        };
        let Some(chosen) = chosen else { return Ok(None) };
        self.build(tx, &version, chosen, agency, day)
    }

    fn offering_of_version(
        &self,
        tx: &mut Tx<'_>,
        version: &ProcedureVersionId,
        case: &str,
        agency: &AgencyId,
    ) -> Result<Option<Offering>> {
        let Some(version) = self.version(tx, version)? else { return Ok(None) };
        let Some(chosen) = version.cases.iter().find(|c| c.case.code == case) else { return Ok(None) };
        self.build(tx, &version, chosen, agency, version.valid_from)
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
            let Some(id) = store::version_id_on(tx, &row.code, day)? else { continue };
            let Some(version) = self.version(tx, &id)? else { continue };
            let cases = version.cases.iter().map(|c| (c.case.code.clone(), c.case.name.clone())).collect();
            found.push(Offered { procedure: row.code, name: procedure.name.clone(), cases });
        }
        found.sort_by(|a, b| kernel_base::text::compare(&a.name.vi, &b.name.vi));
        Ok(found)
    }

    fn communes(&self, tx: &mut Tx<'_>) -> Result<Arc<Places>> {
        let (home, today) = (tx.home().to_string(), tx.now().vietnam().date());
        if let Some((day, places)) = self.communes.read().get(&home)
            && *day == today
        {
            return Ok(Arc::clone(places));
        }
        let places = Arc::new(places::read(tx)?);
        // A home without communes yet is still being filled: ask again next time.
        if !places.is_empty() {
            self.communes.write().insert(home, (today, Arc::clone(&places)));
        }
        Ok(places)
    }
}

impl CataloguePort {
    fn version(&self, tx: &mut Tx<'_>, id: &ProcedureVersionId) -> Result<Option<Arc<Version>>> {
        let key = format!("{}/{id}", tx.home());
        if let Some(found) = self.versions.read().get(&key) {
            return Ok(Some(Arc::clone(found)));
        }
        let Some(row) = store::version_by_id(tx, id)? else { return Ok(None) };
        let file: VersionFile = serde_json::from_str(&row.body)
            .map_err(|e| Error::internal(format!("procedure_versions.body of {id}: {e}")))?;
        let version = Arc::new(Version {
            id: row.id,
            procedure: row.procedure,
            valid_from: row.valid_from,
            result: file.result,
            bases: file.bases,
            cases: file.cases.into_iter().map(ReadyCase::read).collect::<Result<_>>()?,
        });
        self.versions.write().insert(key, Arc::clone(&version));
        Ok(Some(version))
    }

    fn procedure(&self, tx: &mut Tx<'_>, code: &str) -> Result<Option<Arc<Procedure>>> {
        let Some(number) = store::procedure_number(tx, code)? else { return Ok(None) };
        let key = format!("{}/{code}", tx.home());
        if let Some((kept, found)) = self.procedures.read().get(&key)
            && *kept == number
        {
            return Ok(Some(Arc::clone(found)));
        }
        let Some(row) = store::procedure(tx, code)? else { return Ok(None) };
        let parsed: Procedure =
            serde_json::from_str(&row.body).map_err(|e| Error::internal(format!("procedures.body of {code}: {e}")))?;
        let parsed = Arc::new(parsed);
        self.procedures.write().insert(key, (row.version, Arc::clone(&parsed)));
        Ok(Some(parsed))
    }

    fn build(
        &self,
        tx: &mut Tx<'_>,
        version: &Version,
        chosen: &ReadyCase,
        agency: &AgencyId,
        day: Date,
    ) -> Result<Option<Offering>> {
        let Some(procedure) = self.procedure(tx, &version.procedure)? else { return Ok(None) };
        let noon = Instant::from_vietnam(day.at(12, 0, 0, 0));
        let Some(found) = kernel_org::agency(tx, agency, noon)? else { return Ok(None) };
        let Some(tier) = procedure.offered_by(&found, day) else { return Ok(None) };
        Ok(Some(Offering {
            procedure: version.procedure.clone(),
            name: procedure.name.clone(),
            sector: procedure.sector.name.clone(),
            version: version.id.clone(),
            tier,
            agency: agency.clone(),
            level: procedure.level(day),
            result: version.result.clone(),
            bases: version.bases.clone(),
            case: Arc::clone(&chosen.case),
            form: chosen.form.clone(),
        }))
    }
}
