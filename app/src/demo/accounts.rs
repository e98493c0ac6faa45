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
    let all = parts.db.read_blocking(&parts.home, accounts)?;
    for chunk in all.chunks(200) {
        let (chunk, hash) = (chunk.to_vec(), hash.clone());
        parts.db.write_blocking(&parts.home, move |tx| {
            for account in &chunk {
                web::create_staff(
                    tx,
                    &web::NewStaff {
                        sign_in: account.account.clone(),
                        name: account.name.clone(),
                        password_hash: hash.clone(),
                        totp_secret: account.totp_secret.clone(),
                    },
                )?;
            }
            Ok(())
        })?;
    }
    Ok(all.len())
}

/// Every officer in office now, with agency and roles.
///
/// # Errors
/// Those of the database.
pub fn accounts(tx: &mut Tx<'_>) -> Result<Vec<DemoAccount>> {
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
