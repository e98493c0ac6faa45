//! What the one-stop keeps of a person: given out, and erased once the law lets it go.

use kernel_base::{Result, TypedId, Words};
use kernel_contract::{KeptByLaw, OwnData, PersonalData};
use kernel_db::Tx;
use kernel_files::FileId;
use kernel_org::Actor;
use serde_json::{Value, json};

use super::sign;
use crate::{
    model::{Dossier, ResultRow, SlipRow, State, kept_until},
    store,
};

/// Answers [`PersonalData`] for dossiers.
#[derive(Debug)]
pub(crate) struct Dossiers;

/// More than anybody has.
const MOST: i64 = 1_000;

/// What may be done with a dossier today.
enum Fate {
    /// Erased before.
    Gone,
    /// Somebody still works on it.
    Running,
    Kept(jiff::civil::Date),
    Free,
}

fn fate(tx: &Tx<'_>, dossier: &Dossier) -> Result<Fate> {
    if dossier.owner.name.is_empty() {
        return Ok(Fate::Gone);
    }
    if !dossier.state.is_ended() || dossier.state == State::Settled {
        return Ok(Fate::Running);
    }
    let ended = dossier.ended_at.unwrap_or(dossier.submitted_at);
    let until = kept_until(dossier.accepted_at.is_some(), ended)?;
    Ok(match until {
        Some(last) if tx.now().vietnam().date() <= last => Fate::Kept(last),
        _ => Fate::Free,
    })
}

fn all(tx: &mut Tx<'_>, person: &Actor) -> Result<Vec<Dossier>> {
    match person.citizen() {
        Some(citizen) => store::whole_of_account(tx, citizen.account.as_str(), MOST),
        None => Ok(Vec::new()),
    }
}

impl PersonalData for Dossiers {
    fn name(&self) -> Words {
        Words::new("Hồ sơ", "Dossiers")
    }

    fn code(&self) -> &'static str {
        "dossiers"
    }

    fn own_data(&self, tx: &mut Tx<'_>, person: &Actor) -> Result<OwnData> {
        let mut own = OwnData::default();
        let mut items = Vec::new();
        for dossier in all(tx, person)? {
            if matches!(fate(tx, &dossier)?, Fate::Gone) {
                continue;
            }
            items.push(one(tx, &dossier, &mut own.files)?);
        }
        own.count = items.len();
        own.data = Value::Array(items);
        Ok(own)
    }

    fn kept_by_law(&self, tx: &mut Tx<'_>, person: &Actor) -> Result<Vec<KeptByLaw>> {
        let mut kept = Vec::new();
        for dossier in all(tx, person)? {
            let what = Words::new(format!("Hồ sơ {}", dossier.code), format!("Dossier {}", dossier.code));
            match fate(tx, &dossier)? {
                Fate::Gone | Fate::Free => {}
                Fate::Running => kept.push(KeptByLaw {
                    what,
                    why: Words::new(
                        "Hồ sơ đang được giải quyết. Hãy rút hồ sơ, hoặc đợi hồ sơ kết thúc.",
                        "It is being worked on. Withdraw it, or wait until it has ended.",
                    ),
                    until: None,
                }),
                Fate::Kept(last) => kept.push(KeptByLaw {
                    what,
                    why: Words::new(
                        "Hồ sơ đã giải quyết phải lưu trữ theo thời hạn bảo quản (dữ liệu minh họa).",
                        "A settled dossier is kept for its archive period (illustrative data).",
                    ),
                    until: Some(last),
                }),
            }
        }
        Ok(kept)
    }

    fn erase(&self, tx: &mut Tx<'_>, person: &Actor) -> Result<usize> {
        let mut erased = 0;
        for dossier in all(tx, person)? {
            if matches!(fate(tx, &dossier)?, Fate::Free) {
                erase(tx, person, &dossier)?;
                erased += 1;
            }
        }
        Ok(erased)
    }
}

fn one(tx: &mut Tx<'_>, dossier: &Dossier, files: &mut Vec<(String, String)>) -> Result<Value> {
    let mut papers = Vec::new();
    for paper in store::papers_of(tx, &dossier.id)? {
        let name = format!("{}/{:02}-{}.pdf", dossier.code, paper.number, paper.paper);
        papers.push(json!({ "paper": paper.paper, "name": paper.name, "sha256": paper.sha256, "file": name }));
        files.push((paper.file, name));
    }
    let result = match store::result_of(tx, &dossier.id)?.filter(|result| result.approved_at.is_some()) {
        Some(result) => Some(result_line(tx, dossier, &result, files)?),
        None => None,
    };
    let slip = |slip: SlipRow| json!({ "kind": slip.kind, "made_at": slip.made_at, "printed": slip.content });
    let slips: Vec<Value> = store::slips_of(tx, &dossier.id)?.into_iter().map(slip).collect();
    let handover = store::handover_of(tx, &dossier.id)?.map(|handover| {
        json!({ "recipient": handover.recipient, "channel": handover.channel, "evidence": handover.evidence, "at": handover.given_at })
    });
    Ok(json!({
        "code": dossier.code, "procedure": dossier.procedure, "procedure_name": dossier.procedure_name,
        "agency": dossier.agency, "status": dossier.state.word(), "submitted_at": dossier.submitted_at,
        "ended_at": dossier.ended_at, "owner": dossier.owner, "representative": dossier.representative,
        "form": dossier.form, "origins": store::origins_of(tx, &dossier.id)?, "papers": papers, "result": result,
        "slips": slips, "handover": handover,
    }))
}

/// The result as its owner gets it: the signed file. While it waits for its signatures only its number is told.
fn result_line(
    tx: &mut Tx<'_>,
    dossier: &Dossier,
    result: &ResultRow,
    files: &mut Vec<(String, String)>,
) -> Result<Value> {
    let mut line = json!({ "granted": result.granted, "number": result.number });
    let file = sign::result_file(tx, result)?.and_then(|file| <FileId as TypedId>::parse(&file));
    if let Some(row) = file.map(|id| kernel_files::get(tx, &id)).transpose()?.flatten() {
        let name = format!("{}/ket-qua.pdf", dossier.code);
        line["sha256"] = row.sha256.into();
        line["file"] = name.as_str().into();
        files.push((row.id.to_string(), name));
    }
    Ok(line)
}

/// Empties the row and everything that hangs on it; the chain of events stays, and says so.
fn erase(tx: &mut Tx<'_>, person: &Actor, dossier: &Dossier) -> Result<()> {
    let mut files: Vec<String> = store::papers_of(tx, &dossier.id)?.into_iter().map(|paper| paper.file).collect();
    files.extend(store::result_files(tx, &dossier.id)?);
    for file in files {
        if let Some(id) = <FileId as TypedId>::parse(&file) {
            kernel_files::erase(tx, &id)?;
        }
    }
    for file in kernel_files::files_of(tx, &dossier.subject())? {
        kernel_files::erase(tx, &file.id)?;
    }
    store::erase_dossier(tx, dossier)?;
    kernel_ledger::erase_personal(tx, &dossier.subject(), &person.label(), "yêu cầu xóa dữ liệu của chủ hồ sơ")?;
    Ok(())
}
