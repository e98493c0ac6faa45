//! Erasing what an account holds of a person.

use kernel_base::Result;
use kernel_db::{Tx, id, params, sql};

use crate::accounts::Account;

/// Empties an account and removes what hangs on it: codes, mail of the demonstration, sessions, tokens, links to
/// providers, stored answers.
pub(in crate::accounts) fn erase(tx: &mut Tx<'_>, account: &Account, label: &str) -> Result<()> {
    let now = tx.now();
    for contact in account.phone.iter().chain(&account.email) {
        tx.execute(sql!("DELETE FROM sign_in_codes WHERE home = $1 AND contact = $2"), &params![contact.as_str()])?;
        tx.execute(sql!("DELETE FROM dev_mailbox WHERE home = $1 AND contact = $2"), &params![contact.as_str()])?;
    }
    for link in super::links_of(tx, &account.id)? {
        // A sign-on that waits for the person's word names the same holder.
        if let Some(word) = link.claims.get("identity_number").or_else(|| link.claims.get("name")) {
            tx.execute(
                sql!("DELETE FROM sign_ons WHERE home = $1 AND proved LIKE '%' || CAST($2 AS TEXT) || '%'"),
                &params![word],
            )?;
        }
    }
    tx.execute(sql!("DELETE FROM web_sessions WHERE home = $1 AND account = $2"), &params![id(&account.id)])?;
    tx.execute(sql!("DELETE FROM api_tokens WHERE home = $1 AND account = $2"), &params![id(&account.id)])?;
    tx.execute(sql!("DELETE FROM sign_on_links WHERE home = $1 AND account = $2"), &params![id(&account.id)])?;
    tx.execute(sql!("DELETE FROM known_devices WHERE home = $1 AND account = $2"), &params![id(&account.id)])?;
    tx.execute(sql!("DELETE FROM helpers WHERE home = $1 AND account = $2"), &params![id(&account.id)])?;
    tx.execute(sql!("DELETE FROM recovery_codes WHERE home = $1 AND account = $2"), &params![id(&account.id)])?;
    tx.execute(
        sql!(
            "UPDATE mandates SET agent_contact = '', proof = '', code_hash = '', state = 'ended', ended_at = $3,
                    version = version + 1
              WHERE home = $1 AND (principal = $2 OR agent = $2)"
        ),
        &params![id(&account.id), now],
    )?;
    tx.execute(
        sql!(
            "UPDATE mandates SET agent_contact = '', proof = '', state = 'ended',
                    ended_at = COALESCE(ended_at, CAST($3 AS TEXT)), version = version + 1
              WHERE home = $1 AND (principal = $2 OR agent = $2)"
        ),
        &params![id(&account.id), now],
    )?;
    for contact in account.phone.iter().chain(&account.email) {
        tx.execute(
            sql!(
                "UPDATE mandates SET agent_contact = '', version = version + 1 WHERE home = $1 AND agent_contact = $2"
            ),
            &params![contact.as_str()],
        )?;
    }
    forget_answers(tx, label)?;
    tx.execute(
        sql!(
            "UPDATE accounts SET name = '', phone = NULL, email = NULL, disabled_at = $3, version = version + 1
              WHERE home = $1 AND id = $2"
        ),
        &params![id(&account.id), now],
    )?;
    Ok(())
}

/// Removes stored answers whose scope or body holds a word that stands for one person: an account, a code, a number.
pub(in crate::accounts) fn forget_answers(tx: &mut Tx<'_>, word: &str) -> Result<()> {
    tx.execute(
        sql!(
            "DELETE FROM idempotency
              WHERE home = $1 AND (scope LIKE '%' || CAST($2 AS TEXT) || '%' OR body LIKE '%' || CAST($2 AS TEXT) || '%')"
        ),
        &params![word],
    )?;
    Ok(())
}
