//! All SQL of the organisation.

use jiff::civil::Date;
use kernel_base::{AgencyId, Error, Result};
use kernel_db::{Row, Tx, id, params, sql};

use crate::{Agency, AgencyKind, AgencyTier, Counter, Officer, OfficerId, Role, agency::folded};

mod delegations;
pub(crate) mod reads;

pub(crate) use delegations::{delegation, delegations_of, delegations_to, insert_delegation, revoke_delegation};

fn agency_of(row: &Row) -> Result<Agency> {
    let (kind, tier): (String, String) = (row.get("kind")?, row.get("tier")?);
    let broken = |column: &str, word: &str| Error::internal(format!("agencies: column {column} holds {word:?}"));
    Ok(Agency {
        id: row.get("id")?,
        name: row.get("name")?,
        short_name: row.get("short_name")?,
        unit_name: row.get("unit_name")?,
        unit_code: row.get("unit_code")?,
        kind: AgencyKind::parse(&kind).ok_or_else(|| broken("kind", &kind))?,
        tier: AgencyTier::parse(&tier).ok_or_else(|| broken("tier", &tier))?,
        parent: row.get("parent")?,
        successor: row.get("successor")?,
        receives_at: row.get("receives_at")?,
        slug: row.get("slug")?,
        valid_from: row.get("valid_from")?,
        valid_to: row.get("valid_to")?,
        illustrative: row.get("illustrative")?,
        source: row.get("source")?,
    })
}

pub(crate) fn agency(tx: &mut Tx<'_>, agency: &AgencyId, day: Date) -> Result<Option<Agency>> {
    let row = tx.query_opt(
        sql!(
            "SELECT id, name, short_name, unit_name, unit_code, kind, tier, parent, successor, receives_at, slug,
                    valid_from, valid_to, illustrative, source
             FROM agencies
             WHERE home = $1 AND id = $2 AND valid_from <= $3 AND (valid_to IS NULL OR valid_to > $3)"
        ),
        &params![agency, day],
    )?;
    row.as_ref().map(agency_of).transpose()
}

pub(crate) fn agencies(tx: &mut Tx<'_>, day: Date) -> Result<Vec<Agency>> {
    let rows = tx.query(
        sql!(
            "SELECT id, name, short_name, unit_name, unit_code, kind, tier, parent, successor, receives_at, slug,
                    valid_from, valid_to, illustrative, source
             FROM agencies
             WHERE home = $1 AND valid_from <= $2 AND (valid_to IS NULL OR valid_to > $2)
             ORDER BY id"
        ),
        &params![day],
    )?;
    rows.iter().map(agency_of).collect()
}

pub(crate) fn agencies_below(tx: &mut Tx<'_>, parent: &AgencyId, day: Date) -> Result<Vec<Agency>> {
    let rows = tx.query(
        sql!(
            "SELECT id, name, short_name, unit_name, unit_code, kind, tier, parent, successor, receives_at, slug,
                    valid_from, valid_to, illustrative, source
             FROM agencies
             WHERE home = $1 AND parent = $2 AND valid_from <= $3 AND (valid_to IS NULL OR valid_to > $3)
             ORDER BY id"
        ),
        &params![parent, day],
    )?;
    rows.iter().map(agency_of).collect()
}

/// Agencies that another receives for.
pub(crate) fn agencies_received_at(tx: &mut Tx<'_>, one_stop: &AgencyId, day: Date) -> Result<Vec<Agency>> {
    let rows = tx.query(
        sql!(
            "SELECT id, name, short_name, unit_name, unit_code, kind, tier, parent, successor, receives_at, slug,
                    valid_from, valid_to, illustrative, source
             FROM agencies
             WHERE home = $1 AND receives_at = $2 AND valid_from <= $3 AND (valid_to IS NULL OR valid_to > $3)
             ORDER BY id"
        ),
        &params![one_stop, day],
    )?;
    rows.iter().map(agency_of).collect()
}

/// Who succeeded the agency when its last period before `day` ended.
pub(crate) fn last_successor(tx: &mut Tx<'_>, agency: &AgencyId, day: Date) -> Result<Option<AgencyId>> {
    let row = tx.query_opt(
        sql!(
            "SELECT successor FROM agencies
             WHERE home = $1 AND id = $2 AND valid_to IS NOT NULL AND valid_to <= $3
             ORDER BY valid_to DESC LIMIT 1"
        ),
        &params![agency, day],
    )?;
    Ok(row.map(|row| row.get::<Option<AgencyId>>("successor")).transpose()?.flatten())
}

/// Adds a period of an agency; `false` when it was there already.
pub(crate) fn insert_agency(tx: &mut Tx<'_>, a: &Agency) -> Result<bool> {
    let done = tx.execute(
        sql!(
            "INSERT INTO agencies (home, id, valid_from, valid_to, name, short_name, unit_name, unit_code, kind, tier,
                                   parent, successor, receives_at, slug, illustrative, source, name_folded, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 1)
             ON CONFLICT (home, id, valid_from) DO NOTHING"
        ),
        &params![
            &a.id,
            a.valid_from,
            a.valid_to,
            &a.name,
            &a.short_name,
            &a.unit_name,
            a.unit_code.as_deref(),
            a.kind.as_str(),
            a.tier.as_str(),
            a.parent.as_ref(),
            a.successor.as_ref(),
            a.receives_at.as_ref(),
            &a.slug,
            a.illustrative,
            &a.source,
            folded(a)
        ],
    )?;
    Ok(done == 1)
}

/// Ends a running period; stale when it was ended meanwhile.
pub(crate) fn end_agency(tx: &mut Tx<'_>, a: &Agency, day: Date, successor: Option<&AgencyId>) -> Result<()> {
    tx.execute_one(
        sql!(
            "UPDATE agencies SET valid_to = $4, successor = $5, version = version + 1
             WHERE home = $1 AND id = $2 AND valid_from = $3 AND valid_to IS NULL"
        ),
        &params![&a.id, a.valid_from, day, successor],
    )
}

/// Corrects the running period of an agency in place; stale when it was ended meanwhile.
pub(crate) fn correct_agency(tx: &mut Tx<'_>, a: &Agency) -> Result<()> {
    tx.execute_one(
        sql!(
            "UPDATE agencies
             SET name = $4, short_name = $5, unit_name = $6, unit_code = $7, kind = $8, tier = $9, parent = $10,
                 receives_at = $11, slug = $12, illustrative = $13, source = $14, name_folded = $15,
                 version = version + 1
             WHERE home = $1 AND id = $2 AND valid_from = $3 AND valid_to IS NULL"
        ),
        &params![
            &a.id,
            a.valid_from,
            &a.name,
            &a.short_name,
            &a.unit_name,
            a.unit_code.as_deref(),
            a.kind.as_str(),
            a.tier.as_str(),
            a.parent.as_ref(),
            a.receives_at.as_ref(),
            &a.slug,
            a.illustrative,
            &a.source,
            folded(a)
        ],
    )
}

fn officer_of(row: &Row, roles: Vec<Role>) -> Result<Officer> {
    Ok(Officer {
        id: row.id("id")?,
        account: row.get("account")?,
        name: row.get("name")?,
        title: row.get("title")?,
        agency: row.get("agency")?,
        rank: row.get("rank")?,
        valid_from: row.get("valid_from")?,
        valid_to: row.get("valid_to")?,
        roles,
    })
}

pub(crate) fn roles_of(tx: &mut Tx<'_>, officer: &OfficerId, day: Date) -> Result<Vec<Role>> {
    let rows = tx.query(
        sql!(
            "SELECT role FROM officer_roles
             WHERE home = $1 AND officer = $2 AND valid_from <= $3 AND (valid_to IS NULL OR valid_to > $3)"
        ),
        &params![id(officer), day],
    )?;
    let mut roles = rows.iter().map(role).collect::<Result<Vec<Role>>>()?;
    roles.sort_unstable();
    roles.dedup();
    Ok(roles)
}

fn role(row: &Row) -> Result<Role> {
    let word: String = row.get("role")?;
    Role::parse(&word).ok_or_else(|| Error::internal(format!("officer_roles: column role holds {word:?}")))
}

pub(crate) fn officer_of_account(tx: &mut Tx<'_>, account: &str, day: Date) -> Result<Option<Officer>> {
    let rows = tx.query(
        sql!(
            "SELECT id, account, name, title, agency, rank, valid_from, valid_to FROM officers
             WHERE home = $1 AND account = $2 AND valid_from <= $3 AND (valid_to IS NULL OR valid_to > $3)
             ORDER BY valid_from DESC LIMIT 1"
        ),
        &params![account, day],
    )?;
    one_with_roles(tx, rows.first(), day)
}

pub(crate) fn officer(tx: &mut Tx<'_>, officer: &OfficerId, day: Date) -> Result<Option<Officer>> {
    let row = tx.query_opt(
        sql!(
            "SELECT id, account, name, title, agency, rank, valid_from, valid_to FROM officers
             WHERE home = $1 AND id = $2"
        ),
        &params![id(officer)],
    )?;
    one_with_roles(tx, row.as_ref(), day)
}

fn one_with_roles(tx: &mut Tx<'_>, row: Option<&Row>, day: Date) -> Result<Option<Officer>> {
    let Some(row) = row else { return Ok(None) };
    let roles = roles_of(tx, &row.id("id")?, day)?;
    officer_of(row, roles).map(Some)
}

pub(crate) fn officers_of(tx: &mut Tx<'_>, agency: &AgencyId, day: Date) -> Result<Vec<Officer>> {
    let rows = tx.query(
        sql!(
            "SELECT id, account, name, title, agency, rank, valid_from, valid_to FROM officers
             WHERE home = $1 AND agency = $2 AND valid_from <= $3 AND (valid_to IS NULL OR valid_to > $3)
             ORDER BY rank, account"
        ),
        &params![agency, day],
    )?;
    let mut officers = Vec::with_capacity(rows.len());
    for row in &rows {
        officers.push(officer_of(row, roles_of(tx, &row.id("id")?, day)?)?);
    }
    Ok(officers)
}

pub(crate) fn officer_name(tx: &mut Tx<'_>, officer: &OfficerId) -> Result<Option<String>> {
    let row = tx.query_opt(sql!("SELECT name FROM officers WHERE home = $1 AND id = $2"), &params![id(officer)])?;
    row.map(|row| row.get("name")).transpose()
}

/// Adds a term; `false` when the account has one from that day already.
pub(crate) fn insert_officer(tx: &mut Tx<'_>, o: &Officer) -> Result<bool> {
    let done = tx.execute(
        sql!(
            "INSERT INTO officers (home, id, account, name, title, agency, rank, valid_from, valid_to, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)
             ON CONFLICT (home, account, valid_from) DO NOTHING"
        ),
        &params![id(&o.id), &o.account, &o.name, &o.title, &o.agency, o.rank, o.valid_from, o.valid_to],
    )?;
    Ok(done == 1)
}

pub(crate) fn insert_role(tx: &mut Tx<'_>, officer: &OfficerId, role: Role, from: Date) -> Result<()> {
    tx.execute(
        sql!(
            "INSERT INTO officer_roles (home, officer, role, valid_from) VALUES ($1, $2, $3, $4)
             ON CONFLICT (home, officer, role, valid_from) DO NOTHING"
        ),
        &params![id(officer), role.as_str(), from],
    )?;
    Ok(())
}

/// Ends a role that still runs on `day`; stale when there is none.
pub(crate) fn end_role(tx: &mut Tx<'_>, officer: &OfficerId, role: Role, day: Date) -> Result<()> {
    tx.execute_one(
        sql!(
            "UPDATE officer_roles SET valid_to = $4
             WHERE home = $1 AND officer = $2 AND role = $3 AND (valid_to IS NULL OR valid_to > $4)"
        ),
        &params![id(officer), role.as_str(), day],
    )
}

/// Ends a term that still runs; stale when it was ended meanwhile.
pub(crate) fn end_officer(tx: &mut Tx<'_>, officer: &OfficerId, day: Date) -> Result<()> {
    tx.execute_one(
        sql!(
            "UPDATE officers SET valid_to = $3, version = version + 1
             WHERE home = $1 AND id = $2 AND (valid_to IS NULL OR valid_to > $3)"
        ),
        &params![id(officer), day],
    )
}

pub(crate) fn counters_of(tx: &mut Tx<'_>, agency: &AgencyId, day: Date) -> Result<Vec<Counter>> {
    let rows = tx.query(
        sql!(
            "SELECT id, agency, serves, name, valid_from, valid_to FROM counters
             WHERE home = $1 AND agency = $2 AND valid_from <= $3 AND (valid_to IS NULL OR valid_to > $3)
             ORDER BY id"
        ),
        &params![agency, day],
    )?;
    let counter = |row: &Row| {
        Ok(Counter {
            id: row.get("id")?,
            agency: row.get("agency")?,
            serves: row.get("serves")?,
            name: row.get("name")?,
            valid_from: row.get("valid_from")?,
            valid_to: row.get("valid_to")?,
        })
    };
    rows.iter().map(counter).collect()
}

/// Adds a counter; `false` when it was there already.
pub(crate) fn insert_counter(tx: &mut Tx<'_>, c: &Counter) -> Result<bool> {
    let done = tx.execute(
        sql!(
            "INSERT INTO counters (home, id, agency, serves, name, valid_from, valid_to)
             VALUES ($1, $2, $3, $4, $5, $6, $7)
             ON CONFLICT (home, id) DO NOTHING"
        ),
        &params![&c.id, &c.agency, c.serves.as_ref(), &c.name, c.valid_from, c.valid_to],
    )?;
    Ok(done == 1)
}
