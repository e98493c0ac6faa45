//! What is offered to a form, and the record of what the person accepted.

use kernel_base::{Error, Result, TypedId, typed_id};
use kernel_contract::{
    AskedTwice, EarlierDossier, EarlierDossiers, KnownPaper, OriginKind, Prefill, PrefillOffer, Reuse, Wanted,
};
use kernel_db::Tx;
use kernel_forms::Form;
use kernel_ledger::NewEvent;
use kernel_org::{Actor, CitizenActor};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    account,
    model::{Known, fitting, offer, vocabulary, with_forms},
    store::{self, ReuseRow},
};

typed_id!(
    /// A recorded re-use of data.
    ReuseId, "reuse"
);

/// So many of the newest dossiers are looked through.
const MOST_DOSSIERS: i64 = 30;

/// The ground of every re-use the person presses the button for.
const GROUND: &str = "Người dân đồng ý từng lần (Luật 91/2025/QH15, điều 9); kho dữ liệu điện tử: NĐ 45/2020/NĐ-CP";

/// Answers [`Prefill`].
#[derive(Debug)]
pub(crate) struct Port;

impl Prefill for Port {
    fn offer(&self, tx: &mut Tx<'_>, actor: &Actor, wanted: &Wanted<'_>) -> Result<PrefillOffer> {
        let Some(citizen) = actor.citizen().filter(|citizen| citizen.is_in_person()) else {
            return Ok(PrefillOffer::default());
        };
        let form = Form::parse(wanted.form)
            .map_err(|faults| Error::internal(format!("form of {}: {}", wanted.procedure, faults.join("; "))))?;
        let withdrawn = store::withdrawn(tx, citizen.account.as_str())?;
        let claims = account::claims(tx, &citizen.account)?;
        let earlier = with_forms(earlier(tx, actor)?);
        let known = Known { claims: &claims, earlier: &earlier, withdrawn: &withdrawn, now: tx.now() };
        Ok(PrefillOffer { values: offer(vocabulary()?, &known, wanted, &form) })
    }

    fn accepted(&self, tx: &mut Tx<'_>, actor: &Actor, reuse: &Reuse<'_>) -> Result<String> {
        let citizen = citizen(actor)?;
        let id: ReuseId = tx.new_id();
        let row = ReuseRow {
            id: id.to_string(),
            account: citizen.account.to_string(),
            draft: reuse.draft.to_owned(),
            procedure: reuse.procedure.to_owned(),
            sources: reuse.kinds.to_vec(),
            fields: reuse.fields.to_vec(),
            ground: GROUND.to_owned(),
            text: reuse.text.to_owned(),
            text_sha256: hex::encode(Sha256::digest(reuse.text.as_bytes())),
            given_at: tx.now(),
            withdrawn_at: None,
        };
        store::insert_reuse(tx, &row)?;
        let sources: Vec<&str> = row.sources.iter().map(|kind| kind.as_str()).collect();
        let body =
            json!({ "reuse": row.id, "procedure": row.procedure, "sources": sources, "text_sha256": row.text_sha256 });
        record(tx, actor, "reuse.accepted", body)?;
        Ok(row.id)
    }

    fn asked_twice(&self, procedure: &str, form: &Value) -> Result<Vec<AskedTwice>> {
        let form = Form::parse(form)
            .map_err(|faults| Error::internal(format!("form of {procedure}: {}", faults.join("; "))))?;
        Ok(vocabulary()?.asked_twice(&form, procedure))
    }

    fn papers(&self, tx: &mut Tx<'_>, actor: &Actor, _procedure: &str, paper: &str) -> Result<Vec<KnownPaper>> {
        let Some(citizen) = actor.citizen().filter(|citizen| citizen.is_in_person()) else { return Ok(Vec::new()) };
        if store::withdrawn(tx, citizen.account.as_str())?.contains(&OriginKind::Store) {
            return Ok(Vec::new());
        }
        let today = tx.now().vietnam().date();
        let earlier = earlier(tx, actor)?;
        Ok(fitting(vocabulary()?, &earlier, paper, today))
    }
}

pub(crate) fn earlier(tx: &mut Tx<'_>, actor: &Actor) -> Result<Vec<EarlierDossier>> {
    tx.port::<dyn EarlierDossiers>()?.earlier(tx, actor, MOST_DOSSIERS)
}

/// Whose data they are decides over them: the person himself, or who represents the organisation.
pub(crate) fn citizen(actor: &Actor) -> Result<&CitizenActor> {
    let citizen = actor.citizen().ok_or_else(Error::unauthenticated)?;
    if citizen.is_in_person() {
        return Ok(citizen);
    }
    Err(Error::forbidden(
        "not_in_person",
        (
            "Dữ liệu cá nhân chỉ chính chủ tài khoản xem và quyết định. Hãy trở về vai của mình.",
            "Only the holder of the account sees and decides over personal data. Return to your own role.",
        ),
    ))
}

/// What cannot be undone is done by the holder's own sign-in only: not by a representative either.
pub(crate) fn in_person(actor: &Actor) -> Result<&CitizenActor> {
    let citizen = citizen(actor)?;
    if citizen.acting.is_none() {
        return Ok(citizen);
    }
    Err(Error::forbidden(
        "not_in_person",
        (
            "Chỉ chính tài khoản của tổ chức, đăng nhập bằng định danh của tổ chức, mới xóa được dữ liệu của mình.",
            "Only the organisation itself, signed in by its own sign-on, can erase its data.",
        ),
    ))
}

/// Appends to the chain of what a person decided about own data. The body holds no personal data.
pub(crate) fn record(tx: &mut Tx<'_>, actor: &Actor, kind: &'static str, body: serde_json::Value) -> Result<()> {
    let citizen = actor.citizen().ok_or_else(Error::unauthenticated)?;
    let subject = format!("own-data:{}", citizen.account);
    kernel_ledger::append(tx, &NewEvent { subject: &subject, kind, actor: &actor.label(), body })?;
    Ok(())
}
