//! Organisation data as a file: reading, cutting into chunks, storing.

use jiff::civil::Date;
use kernel_base::{Error, Result};
use kernel_db::Tx;
use kernel_ledger::NewEvent;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{Action, Actor, Agency, Counter, Officer, OfficerId, Resource, Role, allow, people, store};

/// The agencies of Quảng Nam in July 2021: names and codes of the state's list, identifiers of our own making.
const QUANG_NAM_2021: &str = include_str!("../fixtures/quang_nam_2021.json");

/// Agencies, counters and officers, to be stored by [`seed`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OrgData {
    #[serde(default)]
    pub agencies: Vec<Agency>,
    #[serde(default)]
    pub counters: Vec<Counter>,
    #[serde(default)]
    pub officers: Vec<NewOfficer>,
}

/// An officer to be stored; the identifier is made then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewOfficer {
    /// Sign-in name: `tiepnhan.tamky`.
    pub account: String,
    pub name: String,
    /// Position (chức vụ).
    pub title: String,
    pub agency: kernel_base::AgencyId,
    /// 1 is the head of the agency.
    pub rank: i64,
    pub roles: Vec<Role>,
    pub valid_from: Date,
    #[serde(default)]
    pub valid_to: Option<Date>,
}

/// How much was new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Seeded {
    pub agencies: usize,
    pub counters: usize,
    pub officers: usize,
}

impl OrgData {
    /// Reads a file of this form.
    ///
    /// # Errors
    /// `Invalid` saying where the text is faulty.
    pub fn parse(json: &str) -> Result<Self> {
        serde_json::from_str(json).map_err(|error| {
            Error::refused(
                "org_file",
                kernel_base::Words::new(
                    format!(
                        "Tệp cơ quan không đọc được ở dòng {}, cột {}. Hãy sửa rồi nạp lại.",
                        error.line(),
                        error.column()
                    ),
                    format!("The file of agencies cannot be read at line {}, column {}.", error.line(), error.column()),
                ),
            )
            .with_inside(error.to_string())
        })
    }

    /// Quảng Nam in July 2021 with invented officers at every agency.
    ///
    /// # Errors
    /// `Internal` when the file that ships with the product is broken.
    pub fn quang_nam_2021() -> Result<Self> {
        let mut data = Self::parse(QUANG_NAM_2021)?;
        data.officers = people::invent(&data.agencies);
        Ok(data)
    }

    /// Pieces small enough for one transaction each, agencies first.
    pub fn chunks(self) -> Vec<Self> {
        const SIZE: usize = 100;
        let mut chunks: Vec<Self> = Vec::new();
        chunks.extend(self.agencies.chunks(SIZE).map(|part| Self { agencies: part.to_vec(), ..Self::default() }));
        chunks.extend(self.counters.chunks(SIZE).map(|part| Self { counters: part.to_vec(), ..Self::default() }));
        chunks.extend(self.officers.chunks(SIZE).map(|part| Self { officers: part.to_vec(), ..Self::default() }));
        chunks
    }
}

/// Stores what is not there yet; the same again changes nothing, so it may be called at every start.
///
/// # Errors
/// `Forbidden` for who may not edit the organisation.
pub fn seed(tx: &mut Tx<'_>, actor: &Actor, data: &OrgData) -> Result<Seeded> {
    allow(actor, Action::OrgEdit, &Resource::province())?;
    let mut new = Seeded::default();
    for agency in &data.agencies {
        new.agencies += usize::from(store::insert_agency(tx, agency)?);
    }
    for counter in &data.counters {
        new.counters += usize::from(store::insert_counter(tx, counter)?);
    }
    for officer in &data.officers {
        new.officers += usize::from(seed_officer(tx, officer)?);
    }
    if new != Seeded::default() {
        let body = json!({ "agencies": new.agencies, "counters": new.counters, "officers": new.officers });
        let actor = actor.label();
        kernel_ledger::append(tx, &NewEvent { subject: "organisation", kind: "org.seeded", actor: &actor, body })?;
    }
    Ok(new)
}

fn seed_officer(tx: &mut Tx<'_>, new: &NewOfficer) -> Result<bool> {
    let officer = new.with_id(tx.new_id());
    if !store::insert_officer(tx, &officer)? {
        return Ok(false);
    }
    for role in &officer.roles {
        store::insert_role(tx, &officer.id, *role, officer.valid_from)?;
    }
    Ok(true)
}

impl NewOfficer {
    pub(crate) fn with_id(&self, id: OfficerId) -> Officer {
        Officer {
            id,
            account: self.account.clone(),
            name: self.name.clone(),
            title: self.title.clone(),
            agency: self.agency.clone(),
            rank: self.rank,
            valid_from: self.valid_from,
            valid_to: self.valid_to,
            roles: self.roles.clone(),
        }
    }
}
