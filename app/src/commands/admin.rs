//! `chuyendong admin`

use std::process::ExitCode;

use clap::Subcommand;
use kernel_base::{Error, Result, Words};
use kernel_org::Actor;
use kernel_web::{PasswordCost, WebConfig, accounts};

use super::organisation;
use crate::{commands, config::Overrides, server, server::Parts};

/// What is done at the machine itself: sign-ins of officers, delegations on paper, changes of agencies.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    pub what: What,
}

/// What the administrator does at the machine itself.
#[derive(Debug, Clone, Subcommand)]
pub enum What {
    /// Make or renew the sign-in of an officer in office, e.g. `quantri`; prints both secrets once
    Password {
        /// Sign-in name of the officer
        account: String,
    },
    /// Enter a delegation (ủy quyền) that was signed on paper: one officer lends roles to another for a period
    Delegate(organisation::Delegate),
    /// End a delegation at once
    Revoke(organisation::Revoke),
    /// End an agency on a day and name its successor (merger, split, reform)
    ReplaceAgency(organisation::Replace),
}

/// Does what was asked; an administrator at the machine acts as the system itself, and the ledger says so.
///
/// # Errors
/// `NotFound` when no officer in office has the name; the refusals of the use cases.
pub fn run(overrides: &Overrides, args: &Args) -> Result<ExitCode> {
    let config = commands::settings(overrides)?;
    let parts = server::open_to_write(&config, true)?;
    match &args.what {
        What::Password { account } => renew(&parts, account)?,
        What::Delegate(command) => organisation::delegate(&parts, command)?,
        What::Revoke(command) => organisation::revoke(&parts, command)?,
        What::ReplaceAgency(command) => organisation::replace(&parts, command)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints a new password and a new secret; whatever was signed in with the old ones ends at once.
fn renew(parts: &Parts, account: &str) -> Result<()> {
    crate::demo::base_data(parts, &Actor::System)?;
    let (name, account) = (account.trim().to_lowercase(), account.trim().to_lowercase());
    let officer = parts.db.read_blocking(&parts.home, move |tx| {
        let now = tx.now();
        kernel_org::officer_by_account(tx, &name, now)
    })?;
    let officer = officer.ok_or_else(|| {
        let sentence = format!("Không có cán bộ đương nhiệm nào có tên đăng nhập “{account}”. Hãy kiểm tra lại tên.");
        Error::not_found("no_officer", Words::new(sentence, ""))
    })?;
    let password = password();
    let totp_secret = accounts::new_totp_secret(rand::random());
    let PasswordCost { memory_kib, passes } = WebConfig::default().password;
    let new = accounts::NewStaff {
        sign_in: account.clone(),
        name: officer.name.clone(),
        password_hash: accounts::hash_password(&password, PasswordCost { memory_kib, passes })?,
        totp_secret: totp_secret.clone(),
    };
    parts.db.write_blocking(&parts.home, move |tx| accounts::reset_staff(tx, &Actor::System, &new))?;
    commands::say(&format!("Tài khoản: {account} ({})", officer.name));
    commands::say(&format!("Mật khẩu:  {password}"));
    commands::say(&format!("Khóa mã một lần (nhập vào ứng dụng xác thực): {totp_secret}"));
    commands::say("Hai bí mật này chỉ hiện một lần. Hãy trao tận tay cán bộ.");
    Ok(())
}

/// Twenty letters and digits that cannot be mistaken for each other: 100 bits.
fn password() -> String {
    const LETTERS: &[u8; 32] = b"23456789abcdefghjkmnpqrstuvwxyzA";
    let random: [u8; 20] = rand::random();
    random.iter().map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()])).collect()
}
