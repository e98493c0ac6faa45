//! A dossier as an officer sees it: in the right half of the inbox, and on its own page.

use kernel_base::{Instant, Lang, text::thousands};
use kernel_forms::{Form, SummaryRow};
use kernel_web::{Fields, T};

use super::{
    forms::FormFacts,
    place::{Place, PlaceKind},
    time::{Deadline, Running, deadline, short},
};
use crate::{
    flow::{Act, Bench},
    model::{SlipKind, State},
};

/// A button of the action bar.
#[derive(Debug)]
pub(crate) struct Button {
    pub(crate) word: &'static str,
    pub(crate) key: &'static str,
    pub(crate) class: &'static str,
    /// Done by the press itself; the others open a form.
    pub(crate) at_once: bool,
}

impl Button {
    pub(crate) fn label(&self) -> String {
        format!("onestop.act.{}", self.word)
    }
}

/// A paper in the viewer.
#[derive(Debug)]
pub(crate) struct PaperLine {
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) replaced: bool,
    pub(crate) note: String,
}

/// A line of the checklist.
#[derive(Debug)]
pub(crate) struct Check {
    pub(crate) number: usize,
    pub(crate) text: String,
}

/// A slip that can be printed.
#[derive(Debug)]
pub(crate) struct SlipLine {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) detail: String,
    pub(crate) receipt: bool,
}

/// Everything the template of the panel needs.
#[derive(Debug)]
pub(crate) struct Panel {
    pub(crate) bench: Bench,
    pub(crate) code: String,
    pub(crate) state: String,
    pub(crate) tone: &'static str,
    pub(crate) deadline: Deadline,
    pub(crate) step: String,
    pub(crate) holder: String,
    pub(crate) data: Vec<(String, String)>,
    pub(crate) papers: Vec<PaperLine>,
    /// Title and address of the document that the viewer shows first.
    pub(crate) document: Option<(String, String)>,
    pub(crate) checks: Vec<Check>,
    pub(crate) slips: Vec<SlipLine>,
    pub(crate) buttons: Vec<Button>,
    /// Rare acts, behind the others.
    pub(crate) more: Vec<Button>,
    pub(crate) act: Option<Act>,
    pub(crate) form: FormFacts,
    /// Address that `act=..` is added to: ends with `?` or `&`.
    pub(crate) base: String,
    /// Address without an open form.
    pub(crate) closed: String,
    /// Selector of what a sent form replaces.
    pub(crate) target: &'static str,
    /// Value of the hidden field `from`: where to go after the act.
    pub(crate) from: String,
    /// Dossier that opens next.
    pub(crate) next: String,
    /// Address of the list.
    pub(crate) list: String,
    pub(crate) full: bool,
    /// The officer chose it: on a phone it takes the place of the list.
    pub(crate) chosen: bool,
    pub(crate) typed: Fields,
}

impl Panel {
    pub(crate) fn new(t: &T, bench: Bench, act: Option<Act>, typed: Fields, place: &Place) -> Self {
        let code = bench.view.dossier.code.to_string();
        let act = act.filter(|act| bench.acts.contains(act) && *act != Act::Accept);
        let address = match place.kind {
            PlaceKind::Page => format!("/staff/dossiers/{code}?"),
            PlaceKind::Sign => format!("/staff/dossiers/{code}?from=sign&"),
            PlaceKind::Inbox if place.query.is_empty() => format!("/staff?code={code}&"),
            PlaceKind::Inbox => format!("/staff?{}&code={code}&", place.query),
        };
        let (buttons, more) = buttons(&bench);
        let state = bench.view.dossier.state;
        let (vi, en) = state.name();
        let form = FormFacts::new(t, &bench, act);
        Self {
            state: if t.lang == Lang::En { en } else { vi }.to_owned(),
            tone: tone(state),
            deadline: tag(t, &bench),
            step: step_name(t, &bench, &bench.view.dossier.step),
            holder: holder(&bench),
            data: data_and_sources(t.lang, &bench),
            papers: papers(t, &bench),
            document: document(t, &bench, act),
            checks: checks(t, &bench),
            slips: slips(t, &bench),
            buttons,
            more,
            form,
            closed: address.trim_end_matches(['?', '&']).to_owned(),
            base: address,
            target: if place.is_inbox() { "#inbox" } else { "#dossier" },
            from: place.word(),
            next: place.next.clone(),
            list: if place.query.is_empty() { "/staff".to_owned() } else { format!("/staff?{}", place.query) },
            full: !place.is_inbox(),
            chosen: place.chosen || act.is_some(),
            act,
            typed,
            code,
            bench,
        }
    }

    pub(crate) fn is(&self, word: &str) -> bool {
        self.act.is_some_and(|act| act.word() == word)
    }

    /// What was typed, or what is proposed.
    pub(crate) fn value(&self, name: &str) -> &str {
        self.typed.get(name).unwrap_or_else(|| self.form.proposed(name))
    }

    /// A list of choices shows this one.
    pub(crate) fn has(&self, name: &str, value: &str) -> bool {
        self.value(name) == value
    }

    /// A box or choice is ticked: as typed when something was typed, else as proposed.
    pub(crate) fn ticked(&self, name: &str, value: &str) -> bool {
        if self.typed.0.is_empty() {
            self.form.proposed(name) == value
        } else {
            self.typed.all(name).any(|v| v == value)
        }
    }

    /// An open question of another agency, a running pause or an apology that the officer must know of.
    pub(crate) fn warnings(&self, t: &T) -> Vec<String> {
        let view = &self.bench.view;
        let mut said = Vec::new();
        for c in view.consultations.iter().filter(|c| c.answered_at.is_none()) {
            let key = if c.due_at < view.now { "onestop.warn.silent" } else { "onestop.warn.asked" };
            said.push(t.f(key, [("agency", self.agency(c.agency.as_str())), ("due", &short(t, c.due_at, view.now))]));
        }
        if let Some(open) = view.supplements.iter().find(|s| s.answered_at.is_none()) {
            let key = if open.reply_by < view.now { "onestop.warn.no_reply" } else { "onestop.warn.waiting" };
            said.push(t.f(key, [("due", short(t, open.reply_by, view.now))]));
        }
        if self.needs_apology() {
            said.push(t.s("onestop.warn.apology").to_owned());
        }
        said
    }

    /// Late, and nobody approved an apology: the result cannot be approved yet.
    pub(crate) fn needs_apology(&self) -> bool {
        let view = &self.bench.view;
        let running = view.promise.as_ref().filter(|p| p.is_open() && p.paused_since.is_none());
        running.is_some_and(|p| view.now > p.legal_due) && view.apologies.iter().all(|a| a.approved_at.is_none())
    }

    /// The form of another act, when it may be done.
    pub(crate) fn may(&self, word: &str) -> bool {
        self.bench.acts.iter().any(|act| act.word() == word)
    }

    pub(crate) fn agency(&self, id: &str) -> &str {
        self.bench.agencies.get(id).map_or("", String::as_str)
    }

    pub(crate) fn officer_name<'a>(&'a self, account: &'a str) -> &'a str {
        self.bench.officers.get(account).map_or(account, String::as_str)
    }

    pub(crate) fn step_name(&self, t: &T, code: &str) -> String {
        step_name(t, &self.bench, code)
    }

    pub(crate) fn money(&self, dong: &i64) -> String {
        format!("{} đ", thousands(*dong))
    }

    pub(crate) fn act_label(&self) -> String {
        format!("onestop.act.{}", self.act.map_or("", Act::word))
    }

    pub(crate) fn send_label(&self) -> String {
        format!("onestop.send.{}", self.act.map_or("", Act::word))
    }

    /// The receipt, once the dossier has one.
    pub(crate) fn receipt(&self) -> Option<&str> {
        self.slips.iter().find(|slip| slip.receipt).map(|slip| slip.id.as_str())
    }

    pub(crate) fn paper_field(&self, code: &str) -> String {
        format!("papers.{code}")
    }

    pub(crate) fn channel_label(&self, word: &str) -> String {
        format!("onestop.channel.{word}")
    }

    pub(crate) fn means_label(&self, word: &str) -> String {
        format!("onestop.means.{word}")
    }

    pub(crate) fn result_label(&self, word: &str) -> String {
        format!("onestop.promise.{word}")
    }

    /// Fields of an asked supplement in words: the name of the paper or of the question.
    pub(crate) fn about(&self, t: &T, about: &str) -> String {
        super::forms::about(t, &self.bench, about)
    }
}

fn tone(state: State) -> &'static str {
    match state {
        State::Submitted => "info",
        State::Accepted | State::Processing => "neutral",
        State::Settled | State::Returned => "ok",
        State::SupplementRequested(_) | State::PaymentRequested(_) | State::WithdrawalRequested(_) => "warn",
        State::Rejected | State::Withdrawn | State::Stopped => "bad",
    }
}

fn tag(t: &T, bench: &Bench) -> Deadline {
    let dossier = &bench.view.dossier;
    deadline(t, Running::of(dossier.state.word()), dossier.due_at, bench.view.now, bench.calendar.as_deref())
}

fn step_name(t: &T, bench: &Bench, code: &str) -> String {
    let step = bench.view.workflow.as_ref().and_then(|w| w.step(code));
    step.map_or_else(String::new, |s| t.w(&s.name).to_owned())
}

fn holder(bench: &Bench) -> String {
    let dossier = &bench.view.dossier;
    match bench.officers.get(&dossier.holder_officer) {
        Some(officer) => format!("{officer}, {}", bench.view.holder_name),
        None => bench.view.holder_name.clone(),
    }
}

/// The form as people read it; questions without an answer are left out.
pub(crate) fn data(lang: Lang, bench: &Bench) -> Vec<(String, String)> {
    let Some(form) = bench.offering.as_ref().and_then(|o| o.form.as_ref()) else {
        let plain = |(name, value): (&String, &serde_json::Value)| {
            (name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        };
        return bench.view.dossier.form.as_object().map(|map| map.iter().map(plain).collect()).unwrap_or_default();
    };
    let rows = form.summary(&bench.view.dossier.form, Some(&bench.places), lang);
    rows.into_iter().filter(|row| !row.value.is_empty()).map(|row| (row.label, row.value)).collect()
}

/// The same for the officer: beside what was declared, what the state holds.
fn data_and_sources(lang: Lang, bench: &Bench) -> Vec<(String, String)> {
    let Some(form) = bench.offering.as_ref().and_then(|o| o.form.as_ref()) else { return data(lang, bench) };
    let line = |row: SummaryRow| {
        let found = found_beside(lang, bench, form, &row.field);
        (row.label, format!("{}{found}", row.value))
    };
    let rows = form.summary(&bench.view.dossier.form, Some(&bench.places), lang);
    rows.into_iter().filter(|row| !row.value.is_empty()).map(line).collect()
}

/// What the state holds beside what was declared: the source, and its value where the person changed it.
fn found_beside(lang: Lang, bench: &Bench, form: &Form, field: &str) -> String {
    let field = field.split('.').next().unwrap_or_default();
    let origins = &bench.view.origins;
    let Some(origin) = origins.get(field).filter(|origin| origin.held.is_some()) else { return String::new() };
    let (source, declared) = (origin.words(), bench.view.dossier.form.get(field));
    let held = origin.held.as_ref().map(|held| form.say(field, held, Some(&bench.places), lang)).unwrap_or_default();
    match (origin.differs(declared), lang) {
        (false, _) => format!(" · {}", source.say(lang)),
        (true, Lang::Vi) => format!(" · khai khác dữ liệu đã có: {held} ({})", source.say(lang)),
        (true, Lang::En) => format!(" · differs from what is on record: {held} ({})", source.say(lang)),
    }
}

fn paper_note(t: &T, paper: &crate::model::PaperRow) -> String {
    if !paper.reused_from.is_empty() {
        return t.f("onestop.paper.reused", [("code", paper.reused_from.as_str())]);
    }
    if paper.round > 0 { t.f("onestop.paper.round", [("n", paper.round)]) } else { String::new() }
}

fn papers(t: &T, bench: &Bench) -> Vec<PaperLine> {
    let line = |p: &crate::model::PaperRow| PaperLine {
        name: p.name.clone(),
        url: format!("/api/v1/files/{}", p.file),
        replaced: p.replaced,
        note: paper_note(t, p),
    };
    let mut lines: Vec<PaperLine> = bench.view.papers.iter().map(line).collect();
    lines.sort_by_key(|line| line.replaced);
    lines
}

/// What to look at first: the draft for who drafts or approves, else the first paper.
fn document(t: &T, bench: &Bench, act: Option<Act>) -> Option<(String, String)> {
    let draft = bench.view.result.as_ref().map(|r| {
        let key = if r.approved_at.is_some() { "onestop.result.approved" } else { "onestop.result.draft" };
        (t.s(key).to_owned(), format!("/api/v1/files/{}", r.file))
    });
    let drafting = bench.acts.contains(&Act::Approve) || matches!(act, Some(Act::Draft | Act::Approve | Act::Return));
    let paper = bench.view.papers.iter().find(|p| !p.replaced);
    let paper = paper.map(|p| (p.name.clone(), format!("/api/v1/files/{}", p.file)));
    let settled = bench.view.dossier.state == State::Settled;
    if drafting || settled { draft.or(paper) } else { paper.or(draft) }
}

fn checks(t: &T, bench: &Bench) -> Vec<Check> {
    if !bench.acts.contains(&Act::Accept) {
        return Vec::new();
    }
    let mut texts: Vec<String> = Vec::new();
    if bench.offering.as_ref().is_some_and(|o| o.form.is_some()) {
        texts.push(t.s("onestop.check.data").to_owned());
    }
    let papers = bench.view.papers.iter().filter(|p| !p.replaced);
    texts.extend(papers.map(|p| t.f("onestop.check.paper", [("name", p.name.as_str())])));
    texts.into_iter().enumerate().map(|(at, text)| Check { number: at + 1, text }).collect()
}

fn slips(t: &T, bench: &Bench) -> Vec<SlipLine> {
    let line = |s: &crate::model::SlipRow| SlipLine {
        id: s.id.to_string(),
        title: s.kind.title().to_owned(),
        detail: t.f(
            "onestop.slip.detail",
            [("form", s.form.as_str()), ("act", s.act.as_str()), ("at", &t.time(&s.made_at))],
        ),
        receipt: s.kind == SlipKind::Receipt,
    };
    let mut lines: Vec<SlipLine> = bench.view.slips.iter().map(line).collect();
    lines.reverse();
    lines
}

fn buttons(bench: &Bench) -> (Vec<Button>, Vec<Button>) {
    let first = primary(bench);
    let button = |act: &Act| Button {
        word: act.word(),
        key: act.key(),
        class: match act {
            act if Some(*act) == first => "button",
            Act::Refuse | Act::Stop | Act::Return => "button danger",
            _ => "button secondary",
        },
        at_once: *act == Act::Accept,
    };
    let rare = |act: &Act| {
        matches!(act, Act::Fee | Act::Apologise | Act::Withdraw | Act::Stop | Act::Consult) && Some(*act) != first
    };
    let mut shown: Vec<Act> = bench.acts.iter().copied().filter(|act| !rare(act)).collect();
    shown.sort_by_key(|act| Some(*act) != first);
    (shown.iter().map(button).collect(), bench.acts.iter().filter(|act| rare(act)).map(button).collect())
}

/// What the officer most likely does next.
fn primary(bench: &Bench) -> Option<Act> {
    let has = |act: Act| bench.acts.contains(&act);
    let drafted = bench.view.result.as_ref().is_some_and(|r| r.approved_at.is_none());
    let kind = bench.view.workflow.as_ref().and_then(|w| w.step(&bench.view.dossier.step)).map(|s| s.kind);
    let at_draft = kind == Some(crate::workflow::StepKind::Draft);
    let order =
        [Act::AnswerQuestion, Act::Accept, Act::Approve, Act::Handover, Act::Answer, Act::Pay, Act::DecideWithdrawal];
    order.into_iter().find(|act| has(*act)).or_else(|| match (at_draft, drafted) {
        (true, false) if has(Act::Draft) => Some(Act::Draft),
        _ if has(Act::Forward) => Some(Act::Forward),
        _ => None,
    })
}

/// An instant for a person, or a dash.
pub(crate) fn when(t: &T, at: Option<&Instant>) -> String {
    at.map_or_else(|| "–".to_owned(), |at| t.time(at))
}
