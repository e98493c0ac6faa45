//! Changes of the organisation that an administrator enters from a paper: delegations, successors of agencies.

use jiff::civil::Date;
use kernel_base::{AgencyId, Error, Instant, Result, TypedId, Words};
use kernel_db::Tx;
use kernel_org::{Actor, DelegationId, NewDelegation, Officer, Replacement, Role};

use crate::{commands, server::Parts};

/// One officer lends roles to another for a period.
#[derive(Debug, Clone, clap::Args)]
pub struct Delegate {
    /// Sign-in name of who lends
    pub from: String,
    /// Sign-in name of who may use the roles meanwhile
    pub to: String,
    /// Roles that are lent, e.g. `leader`; all that are held when none is named
    #[arg(long, value_name = "ROLE")]
    pub role: Vec<String>,
    /// Beginning, e.g. 2021-08-02T07:00 (Vietnam time); now when left out
    #[arg(long, value_name = "INSTANT")]
    pub since: Option<String>,
    /// End, e.g. 2021-08-06T17:00 (Vietnam time)
    #[arg(long, value_name = "INSTANT")]
    pub until: String,
    /// Number of the paper, or why
    #[arg(long)]
    pub reason: String,
}

/// Ends a delegation.
#[derive(Debug, Clone, clap::Args)]
pub struct Revoke {
    /// Identifier that `delegate` printed, `del_…`
    pub delegation: String,
    /// Number of the paper, or why
    #[arg(long)]
    pub reason: String,
}

/// Ends an agency and names its successor.
#[derive(Debug, Clone, clap::Args)]
pub struct Replace {
    /// Agency that ends, e.g. 000.00.12.H47
    pub old: String,
    /// Agency that takes over; it must exist on the day
    pub successor: String,
    /// First day of the successor's responsibility, e.g. 2025-07-01
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub day: String,
    /// Number of the decision
    #[arg(long)]
    pub decision: String,
    /// Move everyone in office to the successor with his roles
    #[arg(long)]
    pub move_officers: bool,
}

/// # Errors
/// `Invalid` for an argument that cannot be read; the refusals of [`kernel_org::delegate`].
pub fn delegate(parts: &Parts, command: &Delegate) -> Result<()> {
    let until = instant("--until", &command.until)?;
    let since = command.since.as_deref().map(|text| instant("--since", text)).transpose()?;
    let roles = command.role.iter().map(|word| role(word)).collect::<Result<Vec<Role>>>()?;
    let (from, to, reason) = (command.from.clone(), command.to.clone(), command.reason.clone());
    let id = parts.db.write_blocking(&parts.home, move |tx| {
        let (from, to) = (in_office(tx, &from)?, in_office(tx, &to)?);
        let lent = if roles.is_empty() { lendable(&from) } else { roles.clone() };
        let new = NewDelegation {
            from: from.id,
            to: to.id,
            roles: lent,
            valid_from: since.unwrap_or_else(|| tx.now()),
            valid_to: until,
            reason: reason.clone(),
        };
        kernel_org::delegate(tx, &Actor::System, &new)
    })?;
    commands::say(&format!("Đã ghi ủy quyền {id}: {} → {}, đến {}.", command.from, command.to, command.until));
    Ok(())
}

/// # Errors
/// `NotFound` for an unknown delegation; `Conflict` when it was revoked before.
pub fn revoke(parts: &Parts, command: &Revoke) -> Result<()> {
    let id = <DelegationId as TypedId>::parse(command.delegation.trim());
    let id = id.ok_or_else(|| unreadable("del_…", &command.delegation))?;
    let reason = command.reason.clone();
    parts.db.write_blocking(&parts.home, move |tx| kernel_org::revoke_delegation(tx, &Actor::System, &id, &reason))?;
    commands::say(&format!("Đã thu hồi ủy quyền {}.", command.delegation.trim()));
    Ok(())
}

/// # Errors
/// `Invalid` for an argument that cannot be read; the refusals of [`kernel_org::replace_agency`].
pub fn replace(parts: &Parts, command: &Replace) -> Result<()> {
    let (old, successor) = (agency(&command.old)?, agency(&command.successor)?);
    let day: Date = command.day.trim().parse().map_err(|_| unreadable("--day", &command.day))?;
    let (decision, move_officers) = (command.decision.clone(), command.move_officers);
    let done = parts.db.write_blocking(&parts.home, move |tx| {
        let change = Replacement { old: &old, successor: &successor, day, decision: &decision, move_officers };
        kernel_org::replace_agency(tx, &Actor::System, &change)
    })?;
    commands::say(&format!(
        "Từ ngày {}, {} thay {}: {} cơ quan trực thuộc và {} cán bộ được chuyển.",
        kernel_base::vietnam_date(day),
        command.successor.trim(),
        command.old.trim(),
        done.dependents.len(),
        done.officers
    ));
    Ok(())
}

/// Every role that may be lent on.
fn lendable(officer: &Officer) -> Vec<Role> {
    officer.roles.iter().copied().filter(|role| *role != Role::Administrator).collect()
}

fn in_office(tx: &mut Tx<'_>, account: &str) -> Result<Officer> {
    let (name, now) = (account.trim().to_lowercase(), tx.now());
    let found = match kernel_org::officer_by_account(tx, &name, now)? {
        Some(acting) => kernel_org::officer(tx, &acting.officer, now)?,
        None => None,
    };
    found.ok_or_else(|| {
        let sentence = format!("Không có cán bộ đương nhiệm nào có tên đăng nhập “{name}”. Hãy kiểm tra lại tên.");
        Error::not_found("no_officer", Words::new(sentence, ""))
    })
}

fn instant(name: &str, text: &str) -> Result<Instant> {
    Instant::parse(text).ok_or_else(|| unreadable(name, text))
}

fn role(word: &str) -> Result<Role> {
    Role::parse(word.trim()).ok_or_else(|| unreadable("--role", word))
}

fn agency(text: &str) -> Result<AgencyId> {
    AgencyId::parse(text.trim()).ok_or_else(|| unreadable("mã định danh cơ quan", text))
}

fn unreadable(name: &str, text: &str) -> Error {
    let sentence = format!("Không đọc được {name} “{text}”. Hãy xem cách viết bằng --help.");
    Error::refused("argument", Words::new(sentence, ""))
}
