//! Sign-ins of the demonstration. Everybody has the same password; codes come from a secret made of the account's name.

use kernel_base::Result;
use kernel_db::Tx;
use kernel_web::{PasswordCost, accounts as web};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::server::Parts;

/// Password of every account of the demonstration.
pub const PASSWORD: &str = "chuyen-dong-2021";

/// An officer who can sign in to the demonstration.
#[derive(Debug, Clone, Serialize)]
pub struct DemoAccount {
    pub account: String,
    pub password: &'static str,
    pub totp_secret: String,
    pub roles: Vec<String>,
    pub agency: String,
    pub agency_name: String,
    pub name: String,
    pub title: String,
}

/// Secret of the one-time codes, in base32.
#[must_use]
pub fn totp_secret(account: &str) -> String {
    let digest = Sha256::digest(format!("demonstration of Chuyển Động: {account}").as_bytes());
    let mut secret = [0u8; 20];
    for (to, from) in secret.iter_mut().zip(digest) {
        *to = from;
    }
    web::new_totp_secret(secret)
}

/// Makes the sign-in of every officer; those that exist stay.
///
/// # Errors
/// Those of the database.
pub(crate) fn create(parts: &Parts) -> Result<usize> {
    let hash = web::hash_password(PASSWORD, PasswordCost { memory_kib: 8_192, passes: 1 })?;
    let all = parts.db.read_blocking(&parts.home, officers)?;
    for chunk in all.chunks(200) {
        let (chunk, hash) = (chunk.to_vec(), hash.clone());
        parts.db.write_blocking(&parts.home, move |tx| {
            for account in &chunk {
                web::create_staff(tx, &new_account(account, &hash))?;
            }
            Ok(())
        })?;
    }
    let citizens = citizens();
    parts.db.write_blocking(&parts.home, move |tx| {
        for citizen in &citizens {
            web::create_api_citizen(tx, &new_account(citizen, &hash))?;
        }
        Ok(())
    })?;
    Ok(all.len())
}

fn new_account(account: &DemoAccount, hash: &str) -> web::NewStaff {
    web::NewStaff {
        sign_in: account.account.clone(),
        name: account.name.clone(),
        password_hash: hash.to_owned(),
        totp_secret: account.totp_secret.clone(),
    }
}

/// Invented citizens with a token of their own, for trying the API; on the pages citizens sign in by phone.
fn citizens() -> Vec<DemoAccount> {
    let names = [("congdan.1", "Lê Thị Thí Dụ"), ("congdan.2", "Trần Văn Minh Họa"), ("congdan.3", "Alăng Giả Định")];
    let citizen = |(account, name): (&str, &str)| DemoAccount {
        account: account.to_owned(),
        password: PASSWORD,
        totp_secret: totp_secret(account),
        roles: vec!["citizen".to_owned()],
        agency: String::new(),
        agency_name: String::new(),
        name: name.to_owned(),
        title: "Công dân (minh họa)".to_owned(),
    };
    names.into_iter().map(citizen).collect()
}

/// Everybody who can sign in: the officers in office now, then the invented citizens.
///
/// # Errors
/// Those of the database.
pub fn accounts(tx: &mut Tx<'_>) -> Result<Vec<DemoAccount>> {
    let mut all = officers(tx)?;
    all.extend(citizens());
    Ok(all)
}

fn officers(tx: &mut Tx<'_>) -> Result<Vec<DemoAccount>> {
    let now = tx.now();
    let mut all = Vec::new();
    for agency in kernel_org::agencies(tx, now)? {
        for officer in kernel_org::officers_of(tx, &agency.id, now)? {
            all.push(DemoAccount {
                totp_secret: totp_secret(&officer.account),
                account: officer.account,
                password: PASSWORD,
                roles: officer.roles.iter().map(|r| r.as_str().to_owned()).collect(),
                agency: agency.id.to_string(),
                agency_name: agency.name.clone(),
                name: officer.name,
                title: officer.title,
            });
        }
    }
    Ok(all)
}
