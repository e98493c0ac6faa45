//! Lets July 2021 happen: invented citizens hand in, officers work, some dossiers go wrong, under a clock that is set.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    sync::Arc,
};

use kernel_base::{AgencyId, Clock, Error, Instant, Result};
use kernel_contract::{Channel, DossierIntake, Offering, Submission, SubmittedPaper};
use kernel_db::Tx;
use kernel_files::{Content, FileKind};
use kernel_org::{Actor, Role};
use kernel_web::Contact;
use system_onestop::flow;

use super::{
    accounts,
    acts::{self, Fate},
    people::{self, Chance},
};
use crate::{clock::DemoClock, server::Parts};

/// How much is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub dossiers: usize,
    /// Days before the start on which the first is handed in.
    pub days: i64,
}

impl Default for Size {
    fn default() -> Self {
        Self { dossiers: 320, days: 24 }
    }
}

/// Officers of one agency, one for each kind of work.
#[derive(Debug, Clone)]
pub(crate) struct Desk {
    pub(crate) reception: Actor,
    pub(crate) specialist: Actor,
    pub(crate) leader: Actor,
}

/// A dossier of the simulation.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) code: String,
    pub(crate) fate: Fate,
    pub(crate) agency: AgencyId,
    pub(crate) reception: AgencyId,
    pub(crate) citizen: Actor,
}

/// The running simulation.
pub(crate) struct Simulation<'a> {
    pub(crate) parts: &'a Parts,
    pub(crate) clock: Arc<DemoClock>,
    pub(crate) chance: Chance,
    desks: HashMap<AgencyId, Desk>,
    pdf: bytes::Bytes,
    calendar: kernel_calendar::Calendar,
}

/// Fills an empty database with the demonstration's dossiers; one that has dossiers is left as it is.
///
/// The clock stands still during the work and runs on from `start` afterwards.
///
/// # Errors
/// Those of the use cases and of the database.
pub fn seed(parts: &Parts, clock: &Arc<DemoClock>, start: Instant, size: Size) -> Result<usize> {
    clock.hold(start.plus_hours(-24 * (size.days + 1)));
    super::base_data(parts, &Actor::System)?;
    accounts::create(parts)?;
    let there = parts.db.read_blocking(&parts.home, flow::count)?;
    if there > 0 {
        return Ok(0);
    }
    super::plans::seed(parts, clock, size)?;
    clock.hold(start.plus_hours(-24 * (size.days + 1)));
    let pdf = sample_paper(parts)?;
    let mut simulation = Simulation {
        parts,
        clock: Arc::clone(clock),
        chance: Chance::new(2714),
        desks: HashMap::new(),
        pdf,
        calendar: kernel_calendar::Calendar::vietnam()?,
    };
    super::level4::seed(&mut simulation)?;
    simulation.run(start, size)
}

/// One photographed paper, made by the same inspection as a citizen's: text on a light page.
fn sample_paper(parts: &Parts) -> Result<bytes::Bytes> {
    let mut page = image::GrayImage::from_pixel(1_700, 2_400, image::Luma([247]));
    for line in 0..46u32 {
        for x in 160..(1_540 - (line * 37) % 400) {
            // Words: short dark strokes with gaps, so that the page is neither empty nor blurred.
            if (x / 9 + line * 3) % 7 != 0 {
                for y in 0..14 {
                    page.put_pixel(x, 180 + line * 46 + y, image::Luma([if (x / 3 + y) % 3 == 0 { 60 } else { 25 }]));
                }
            }
        }
    }
    let mut jpeg = std::io::Cursor::new(Vec::new());
    image::DynamicImage::ImageLuma8(page)
        .write_to(&mut jpeg, image::ImageFormat::Jpeg)
        .map_err(|e| Error::internal(format!("sample paper: {e}")))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|e| Error::unavailable(format!("no runtime: {e}")))?;
    runtime.block_on(async {
        let received = parts.files.receive_bytes("anh-minh-hoa.jpg", jpeg.into_inner().into()).await?;
        Ok(parts.files.inspect(vec![received]).await?.bytes)
    })
}

/// What happens next, by time; `usize` is the place in the list of cases.
type Queue = BinaryHeap<Reverse<(i64, usize)>>;

impl Simulation<'_> {
    fn run(&mut self, start: Instant, size: Size) -> Result<usize> {
        let offerings = self.offerings(start)?;
        let mut queue: Queue = BinaryHeap::new();
        let mut cases: Vec<Option<Case>> = Vec::new();
        for at in self.arrivals(start, size) {
            queue.push(Reverse((at.as_millis(), cases.len())));
            cases.push(None);
        }
        let mut sealed = 0_u32;
        while let Some(Reverse((at, which))) = queue.pop() {
            let at = Instant::from_millis(at);
            if at >= start {
                continue;
            }
            self.clock.hold(at);
            let Some(slot) = cases.get_mut(which) else { continue };
            let next = match slot.clone() {
                None => {
                    let case = self.submit(which, &offerings)?;
                    let delay = case.fate.first_delay_minutes(&mut self.chance);
                    let next = self.after(at, delay)?;
                    *slot = Some(case);
                    Some(next)
                }
                Some(case) => match acts::next(self, &case)? {
                    Some(minutes) => Some(self.after(at, minutes)?),
                    None => None,
                },
            };
            if let Some(next) = next {
                queue.push(Reverse((next.as_millis(), which)));
            }
            sealed += 1;
            if sealed.is_multiple_of(200) {
                self.parts.db.write_blocking(&self.parts.home, kernel_ledger::seal)?;
            }
        }
        self.clock.hold(start.plus_minutes(-1));
        self.parts.db.write_blocking(&self.parts.home, |tx| flow::draft_due_apologies(tx, 500))?;
        kernel_ledger::seal_waiting(&self.parts.db, &self.parts.home)?;
        Ok(cases.len())
    }

    /// Instants of submission: working days more than weekends, days more than evenings.
    fn arrivals(&mut self, start: Instant, size: Size) -> Vec<Instant> {
        let span = usize::try_from(size.days * 24 * 60).unwrap_or(1);
        let mut arrivals: Vec<Instant> = (0..size.dossiers)
            .map(|_| start.plus_minutes(-i64::try_from(self.chance.below(span)).unwrap_or(0) - 30))
            .collect();
        arrivals.sort_unstable();
        arrivals
    }

    /// An instant some working minutes later.
    pub(crate) fn after(&mut self, at: Instant, minutes: i64) -> Result<Instant> {
        kernel_calendar::add_working_minutes(at, minutes.max(1), &self.calendar)
    }

    /// Procedures with a form, each at the agencies that offer it.
    fn offerings(&self, start: Instant) -> Result<Vec<(String, Vec<AgencyId>)>> {
        let codes = self.parts.db.read_blocking(&self.parts.home, move |tx| {
            let views = system_services::procedures_on(tx)?;
            let mut codes = Vec::new();
            for view in views.iter().filter(|v| v.has_form() && v.is_online()) {
                let full = system_services::look(tx, view.code())?;
                let agencies: Vec<AgencyId> = full.agencies.iter().map(|(id, _)| id.clone()).collect();
                if !agencies.is_empty() {
                    codes.push((view.code().to_owned(), agencies));
                }
            }
            Ok(codes)
        })?;
        if codes.is_empty() {
            return Err(Error::internal(format!("no procedure is offered online at {start}")));
        }
        Ok(codes)
    }

    fn submit(&mut self, which: usize, offerings: &[(String, Vec<AgencyId>)]) -> Result<Case> {
        let (procedure, agencies) =
            self.chance.pick(offerings).cloned().ok_or_else(|| Error::internal("no offering"))?;
        // A handful of agencies have most of the dossiers, so that their work lists are worth a look.
        let busy = agencies.len().min(if which.is_multiple_of(3) { agencies.len() } else { 4 });
        let agency = agencies.get(self.chance.below(busy)).cloned().ok_or_else(|| Error::internal("no agency"))?;
        let number = u64::try_from(which).unwrap_or(0) + 1;
        let owner_name = people::name(&mut self.chance);
        let citizen = self.citizen(number, &owner_name)?;
        let offering = self.offering(&procedure, &agency)?;
        let form = self.form(&offering, number, &owner_name)?;
        let papers = self.papers(&offering, &citizen)?;
        let submission = Submission {
            procedure,
            case: None,
            agency: agency.clone(),
            channel: Channel::Online,
            form,
            papers,
            owner: None,
            representative: None,
            copies: None,
            provenance: kernel_contract::Provenance::new(),
            reused: Vec::new(),
        };
        let actor = citizen.clone();
        let receipt = self.write(move |tx| tx.port::<dyn DossierIntake>()?.submit(tx, &actor, &submission))?;
        let reception = self.read({
            let agency = agency.clone();
            move |tx| {
                let now = tx.now();
                Ok(kernel_org::agency(tx, &agency, now)?.map_or(agency.clone(), |a| a.reception().clone()))
            }
        })?;
        Ok(Case { code: receipt.code.to_string(), fate: Fate::pick(which), agency, reception, citizen })
    }

    fn citizen(&self, number: u64, name: &str) -> Result<Actor> {
        let (phone, name) = (people::phone(number), name.to_owned());
        self.write(move |tx| {
            let mut citizen = kernel_web::accounts::citizen_of(tx, &Contact::Phone(phone.clone()))?;
            if citizen.name.is_empty() {
                kernel_web::accounts::name_citizen(tx, &citizen.account, &name)?;
                citizen.name.clone_from(&name);
            }
            // As if signed on at a provider, so that every procedure may be handed in.
            let assurance = kernel_org::Assurance::level(2).unwrap_or_default();
            Ok(Actor::Citizen(kernel_org::CitizenActor { assurance, ..citizen }))
        })
    }

    fn offering(&self, procedure: &str, agency: &AgencyId) -> Result<Offering> {
        let (procedure, agency) = (procedure.to_owned(), agency.clone());
        self.read(move |tx| {
            let now = tx.now();
            let found = tx.port::<dyn kernel_contract::Catalogue>()?.offering(tx, &procedure, None, &agency, now)?;
            found.ok_or_else(|| Error::internal(format!("{procedure} is not offered by {agency}")))
        })
    }

    fn form(&self, offering: &Offering, number: u64, name: &str) -> Result<serde_json::Value> {
        let form = offering.form.as_ref().ok_or_else(|| Error::internal("no form"))?;
        let example = form.example().cloned().unwrap_or_default();
        let today = self.clock.now().vietnam().date();
        Ok(people::answers(&example, form.applicant(), (number, name), today))
    }

    pub(crate) fn papers(&self, offering: &Offering, owner: &Actor) -> Result<Vec<SubmittedPaper>> {
        let required = offering.case.papers.iter().filter(|p| p.required);
        required.map(|p| Ok(SubmittedPaper { paper: p.code.clone(), file: self.file(owner)? })).collect()
    }

    /// Stores the sample paper as one that `owner` has uploaded.
    pub(crate) fn file(&self, owner: &Actor) -> Result<String> {
        let content = Content {
            kind: FileKind::Paper,
            name: "anh-minh-hoa.pdf".to_owned(),
            media_type: "application/pdf".to_owned(),
            pages: 1,
            bytes: self.pdf.clone(),
        };
        let stored = self.parts.files.store_blocking(&self.parts.home, content)?;
        let label = owner.label();
        let file = self.write(move |tx| kernel_files::record(tx, &stored, &label))?;
        Ok(file.to_string())
    }

    /// Signs the results that wait; slips follow when the server runs.
    pub(crate) fn sign(&self) -> Result<()> {
        let Some(services) = crate::signing::services(&self.parts.config, &self.parts.trust) else { return Ok(()) };
        let context = kernel_jobs::JobContext { db: self.parts.db.clone(), home: self.parts.home.clone(), attempt: 1 };
        system_onestop::jobs::sign_waiting(&context, &self.parts.files, &services)
    }

    /// Officers of an agency.
    pub(crate) fn desk(&mut self, agency: &AgencyId) -> Result<Desk> {
        if let Some(desk) = self.desks.get(agency) {
            return Ok(desk.clone());
        }
        let wanted = agency.clone();
        let desk = self.read(move |tx| {
            let now = tx.now();
            let officers = kernel_org::officers_of(tx, &wanted, now)?;
            let mut with = |role: Role| {
                let account = officers.iter().find(|o| o.roles.contains(&role)).map(|o| o.account.clone());
                let account = account.ok_or_else(|| Error::internal(format!("{wanted} has no {}", role.as_str())))?;
                let officer = kernel_org::officer_by_account(tx, &account, now)?;
                officer.map(Actor::Officer).ok_or_else(|| Error::internal(format!("{account} is not in office")))
            };
            Ok(Desk {
                reception: with(Role::Reception)?,
                specialist: with(Role::Specialist)?,
                leader: with(Role::Leader)?,
            })
        })?;
        self.desks.insert(agency.clone(), desk.clone());
        Ok(desk)
    }

    pub(crate) fn write<T: Send + 'static>(&self, f: impl Fn(&mut Tx<'_>) -> Result<T> + Send + 'static) -> Result<T> {
        self.parts.db.write_blocking(&self.parts.home, f)
    }

    pub(crate) fn read<T: Send + 'static>(&self, f: impl Fn(&mut Tx<'_>) -> Result<T> + Send + 'static) -> Result<T> {
        self.parts.db.read_blocking(&self.parts.home, f)
    }
}
