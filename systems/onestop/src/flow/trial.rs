//! A dossier of an invented person, through the use cases of everyone, for a service that is to go live. Runs in a
//! transaction that its caller takes back.

use kernel_base::{AgencyId, Error, Result, Words, vietnam_time};
use kernel_contract::{Catalogue, Channel, Offering, Receipt, Submission, SubmittedPaper, TrialRun};
use kernel_db::Tx;
use kernel_org::{Actor, CitizenActor, Role};

use super::{accept, fees, shared, submit};
use crate::{
    model::{Accept, PayFee, State},
    store,
};

/// The port [`TrialRun`].
#[derive(Debug)]
pub struct Rehearsal;

impl TrialRun for Rehearsal {
    fn run(&self, tx: &mut Tx<'_>, procedure: &str, agency: &AgencyId) -> Result<Vec<String>> {
        let now = tx.now();
        let offering = tx.port::<dyn Catalogue>()?.offering(tx, procedure, None, agency, now)?;
        let offering = offering.ok_or_else(|| {
            let words = ("Cơ quan không còn giải quyết thủ tục này.", "The agency no longer offers this procedure.");
            Error::refused("not_offered", words)
        })?;
        let receipt = hand_in(tx, &offering)?;
        let mut said = vec![
            format!("Nộp được hồ sơ diễn tập với đủ mẫu đơn và {} giấy tờ.", offering.case.papers.len()),
            format!("Hẹn tiếp nhận đến {}.", vietnam_time(receipt.reception_due)),
        ];
        let clerk = clerk(tx, &offering.agency)?;
        let handed_in = store::dossier_by_id(tx, &receipt.id)?.ok_or_else(shared::not_found)?;
        if matches!(handed_in.state, State::PaymentRequested(_)) {
            fees::pay_fee(tx, &clerk, receipt.code.as_str(), &PayFee::default())?;
            said.push("Hỏi thu phí trước khi tiếp nhận; thu được và ra biên lai.".to_owned());
        }
        let dossier = accept(tx, &clerk, receipt.code.as_str(), &Accept { note: String::new() })?;
        let due = dossier.due_at.ok_or_else(|| {
            Error::refused("no_promise", ("Không tính được ngày hẹn trả.", "No due date could be computed."))
        })?;
        said.push(format!("Bộ phận một cửa tiếp nhận được, hẹn trả {}.", vietnam_time(due)));
        Ok(said)
    }
}

fn hand_in(tx: &mut Tx<'_>, offering: &Offering) -> Result<Receipt> {
    let (account, person) = (tx.new_id(), tx.new_id());
    let invented = CitizenActor::own(account, person, "Hồ sơ diễn tập".to_owned());
    // Signed on as well as the procedure asks for.
    let citizen = Actor::Citizen(CitizenActor { assurance: offering.case.assurance, ..invented });
    let example = offering.case.form.as_ref().and_then(|form| form.get("examples")).and_then(|all| all.get(0));
    let form = example.cloned().ok_or_else(|| {
        let words = ("Mẫu đơn điện tử chưa có câu trả lời mẫu để thử.", "The form has no sample answer to try.");
        Error::refused("no_form", words)
    })?;
    let mut papers = Vec::new();
    for paper in offering.case.papers.iter().filter(|p| p.required) {
        let file = kernel_files::record_rehearsal(tx, &citizen.label())?;
        papers.push(SubmittedPaper { paper: paper.code.clone(), file: file.to_string() });
    }
    let submission = Submission {
        procedure: offering.procedure.clone(),
        case: Some(offering.case.code.clone()),
        agency: offering.agency.clone(),
        channel: Channel::Online,
        form,
        papers,
        owner: None,
        representative: None,
        copies: None,
        provenance: Default::default(),
        reused: Vec::new(),
    };
    submit(tx, &citizen, &submission)
}

/// Someone in office who receives for the agency.
fn clerk(tx: &mut Tx<'_>, agency: &AgencyId) -> Result<Actor> {
    let now = tx.now();
    let reception = kernel_org::agency(tx, agency, now)?.map_or_else(|| agency.clone(), |a| a.reception().clone());
    let account = kernel_org::officers_of(tx, &reception, now)?
        .into_iter()
        .find(|o| o.roles.contains(&Role::Reception))
        .map(|o| o.account);
    let officer = match account {
        Some(account) => kernel_org::officer_by_account(tx, &account, now)?,
        None => None,
    };
    officer.map(Actor::Officer).ok_or_else(|| {
        let words = Words::new(
            format!("Nơi tiếp nhận {reception} chưa có cán bộ một cửa."),
            format!("The place of reception {reception} has no clerk."),
        );
        Error::refused("no_clerk", words)
    })
}
