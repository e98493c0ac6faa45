//! What the forms of the acts offer: choices, proposals, ready sentences.

use std::{collections::BTreeMap, sync::OnceLock};

use kernel_base::{Words, vietnam_date};
use kernel_web::T;
use serde::Deserialize;

use super::panel;
use crate::{
    flow::{Act, Bench},
    workflow::{Place, Step},
};

/// A ready sentence of the supplement builder.
#[derive(Debug, Deserialize)]
pub(crate) struct Sentence {
    /// `paper` or `field`.
    kind: String,
    /// Proposed first where nothing was handed in or answered.
    #[serde(default)]
    missing: bool,
    pub(crate) problem: Words,
    pub(crate) needed: Words,
}

/// The ready sentences; a broken file gives none, which a test finds.
pub(crate) fn sentences() -> &'static [Sentence] {
    static ALL: OnceLock<Vec<Sentence>> = OnceLock::new();
    let read = || serde_json::from_str(include_str!("../../../fixtures/supplement_sentences.json")).unwrap_or_default();
    ALL.get_or_init(read)
}

/// A paper or a question that may be wrong.
#[derive(Debug)]
pub(crate) struct Item {
    /// Number in the names of the controls.
    pub(crate) row: usize,
    /// `paper:CODE` or `field:NAME`.
    pub(crate) about: String,
    pub(crate) label: String,
    /// What is there now: the answer, or whether the paper was handed in.
    pub(crate) now: String,
    /// Number and text of the ready sentences that fit.
    pub(crate) ready: Vec<(String, String)>,
}

impl Item {
    /// Name of a control of this row.
    pub(crate) fn name(&self, part: &str) -> String {
        format!("row.{}.{part}", self.row)
    }
}

/// A step the dossier can go to.
#[derive(Debug)]
pub(crate) struct Way {
    pub(crate) code: String,
    pub(crate) label: String,
    pub(crate) hint: String,
}

/// What one form offers.
#[derive(Debug, Default)]
pub(crate) struct FormFacts {
    proposed: BTreeMap<String, String>,
    pub(crate) items: Vec<Item>,
    pub(crate) ways: Vec<Way>,
    /// One of the ways leads to an agency that has to be chosen.
    pub(crate) asks_agency: bool,
    pub(crate) officers: Vec<(String, String)>,
    pub(crate) agencies: Vec<String>,
    pub(crate) fees: Vec<(String, String)>,
    /// Papers that the owner was asked for: code and name.
    pub(crate) asked_papers: Vec<(String, String)>,
    /// Questions that the owner was asked to answer again: name of the control and question.
    pub(crate) asked_fields: Vec<(String, String)>,
    pub(crate) question: String,
    /// The approval of a drafted apology may be given in the same act.
    pub(crate) may_approve: bool,
}

impl FormFacts {
    pub(crate) fn new(t: &T, bench: &Bench, act: Option<Act>) -> Self {
        let mut facts = Self::default();
        match act {
            Some(Act::Supplement) => facts.supplement(t, bench),
            Some(Act::Forward) => facts.forward(t, bench),
            Some(Act::Consult) => {
                facts.agencies = bench.choices.iter().map(|a| a.short_name.clone()).collect();
                facts.propose("working_days", "3");
            }
            Some(Act::AnswerQuestion) => facts.question(bench),
            Some(Act::Draft) => facts.draft(bench),
            Some(Act::Apologise) => facts.apologise(bench),
            Some(Act::ApproveApology) => facts.apologise(bench),
            Some(Act::Handover) => facts.hand_over(bench),
            Some(Act::Fee) => facts.fees(t, bench),
            Some(Act::Answer) => facts.answer(t, bench),
            Some(Act::Pay) => facts.propose("means", "cash"),
            Some(Act::DecideWithdrawal) => facts.propose("granted", "yes"),
            _ => {}
        }
        facts
    }

    fn propose(&mut self, name: &str, value: impl Into<String>) {
        self.proposed.insert(name.to_owned(), value.into());
    }

    pub(crate) fn proposed(&self, name: &str) -> &str {
        self.proposed.get(name).map_or("", String::as_str)
    }

    fn supplement(&mut self, t: &T, bench: &Bench) {
        self.propose("reply_working_days", "10");
        self.items = items(t, bench);
        for item in &self.items {
            let first = item.ready.first().map(|(key, _)| key.clone()).unwrap_or_default();
            self.proposed.insert(item.name("ready"), first);
        }
    }

    fn forward(&mut self, t: &T, bench: &Bench) {
        let ways: Vec<&Step> = bench.view.next_steps();
        self.asks_agency = ways.iter().any(|step| is_open(step.agency));
        if let Some(first) = ways.first() {
            self.propose("to", first.code.clone());
        }
        let workflow = bench.view.workflow.as_ref();
        let hint = |step: &Step| {
            let mut edges = workflow?.edges_from(&bench.view.dossier.step);
            edges.find(|edge| edge.to == step.code)?.condition.as_ref().map(|words| t.w(words).to_owned())
        };
        let way = |step: &&Step| Way {
            code: step.code.clone(),
            label: t.w(&step.name).to_owned(),
            hint: hint(step).unwrap_or_default(),
        };
        self.ways = ways.iter().map(way).collect();
        let nobody = (String::new(), t.s("onestop.form.any_officer").to_owned());
        let officer = |o: &kernel_org::Officer| (o.account.clone(), format!("{}, {}", o.name, o.title));
        self.officers = std::iter::once(nobody).chain(bench.takers.iter().map(officer)).collect();
        if self.asks_agency {
            self.agencies = bench.choices.iter().map(|a| a.short_name.clone()).collect();
        }
    }

    fn question(&mut self, bench: &Bench) {
        let asked = bench.asked.as_deref();
        let found = bench.view.consultations.iter().find(|c| Some(c.id.to_string().as_str()) == asked);
        self.question = found.map(|c| c.question.clone()).unwrap_or_default();
    }

    /// A text to start from: what the citizen declared, in the words of the procedure.
    fn draft(&mut self, bench: &Bench) {
        self.propose("granted", "yes");
        let dossier = &bench.view.dossier;
        let lines: Vec<String> = panel::data(kernel_base::Lang::Vi, bench)
            .into_iter()
            .map(|(label, value)| format!("{label}: {value}"))
            .collect();
        let result = bench.offering.as_ref().map_or_else(String::new, |o| o.result.vi.to_lowercase());
        let content = format!(
            "Xét hồ sơ số {} của {} nộp ngày {} về việc {}.\n\n{} chấp thuận và cấp {result} với các thông tin sau:\n\n{}",
            dossier.code,
            dossier.owner.name,
            vietnam_date(dossier.submitted_at.vietnam().date()),
            dossier.procedure_name.to_lowercase(),
            bench.view.agency_name,
            lines.join("\n\n"),
        );
        self.propose("content", content);
    }

    fn apologise(&mut self, bench: &Bench) {
        self.may_approve = bench.acts.contains(&Act::ApproveApology);
        let Some(draft) = bench.view.apologies.iter().find(|a| a.approved_at.is_none()) else { return };
        self.propose("reason", draft.reason.clone());
        self.propose("new_appointment", vietnam_date(draft.new_appointment.vietnam().date()));
    }

    fn hand_over(&mut self, bench: &Bench) {
        let dossier = &bench.view.dossier;
        let taker = dossier.representative.as_ref().unwrap_or(&dossier.owner);
        self.propose("recipient", taker.name.clone());
        self.propose("channel", "counter");
        if let Some(number) = &taker.identity_number {
            self.propose("evidence", format!("CCCD/CMND số {number}, đã ký nhận"));
        }
    }

    fn fees(&mut self, t: &T, bench: &Bench) {
        let Some(offering) = &bench.offering else { return };
        let asked = |code: &str| bench.view.fees.iter().any(|f| f.fee == code);
        let copies = bench.view.dossier.copies;
        let line = |fee: &kernel_contract::Fee| {
            let amount = crate::model::fee_total(fee, copies).ok()?.dong();
            Some((fee.code.clone(), format!("{}: {} đ", t.w(&fee.name), kernel_base::text::thousands(amount))))
        };
        self.fees = offering.case.fees.iter().filter(|f| !asked(&f.code)).filter_map(line).collect();
    }

    fn answer(&mut self, t: &T, bench: &Bench) {
        let open = bench.view.supplements.iter().find(|s| s.answered_at.is_none());
        for item in open.iter().flat_map(|s| &s.items) {
            match item.about.split_once(':') {
                Some(("paper", code)) => self.asked_papers.push((code.to_owned(), paper_name(bench, code))),
                Some(("field", name)) => {
                    let answer = bench.view.dossier.form.get(name);
                    let answer = answer.map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned));
                    self.propose(&format!("answer.{name}"), answer.unwrap_or_default());
                    self.asked_fields.push((format!("answer.{name}"), about(t, bench, &item.about)));
                }
                _ => {}
            }
        }
    }
}

fn is_open(place: Place) -> bool {
    matches!(place, Place::Commune | Place::District | Place::Department | Place::Other)
}

fn paper_name(bench: &Bench, code: &str) -> String {
    let found = bench.offering.as_ref().and_then(|o| o.case.papers.iter().find(|p| p.code == code));
    found.map_or_else(|| code.to_owned(), |p| p.name.vi.clone())
}

/// Name of what a supplement is about.
pub(crate) fn about(t: &T, bench: &Bench, about: &str) -> String {
    match about.split_once(':') {
        Some(("paper", code)) => paper_name(bench, code),
        Some(("field", name)) => {
            let form = bench.offering.as_ref().and_then(|o| o.form.as_ref());
            form.and_then(|f| f.field(name)).map_or_else(|| name.to_owned(), |f| t.w(&f.title).to_owned())
        }
        _ => about.to_owned(),
    }
}

/// The papers of the case, then the questions of its form.
fn items(t: &T, bench: &Bench) -> Vec<Item> {
    let Some(offering) = &bench.offering else { return Vec::new() };
    let handed_in = |code: &str| bench.view.papers.iter().any(|p| p.paper == code && !p.replaced);
    let mut lines: Vec<(String, String, String, bool)> = Vec::new();
    for paper in &offering.case.papers {
        let there = handed_in(&paper.code);
        let now = if there { "onestop.form.handed_in" } else { "onestop.form.not_there" };
        lines.push((format!("paper:{}", paper.code), paper.name.vi.clone(), t.s(now).to_owned(), !there));
    }
    if let Some(form) = &offering.form {
        let answers = form.summary(&bench.view.dossier.form, Some(&bench.places), t.lang);
        for field in form.fields() {
            let answer = answers.iter().find(|row| row.field == field.name).map(|row| row.value.clone());
            let answer = answer.unwrap_or_default();
            let missing = answer.is_empty();
            lines.push((format!("field:{}", field.name), t.w(&field.title).to_owned(), answer, missing));
        }
    }
    let item = |(row, (about, label, now, missing)): (usize, (String, String, String, bool))| {
        let ready = ready(t, &about, missing);
        Item { row, about, label, now, ready }
    };
    lines.into_iter().enumerate().map(item).collect()
}

/// The sentences that fit, the most likely first, then the own words.
fn ready(t: &T, about: &str, missing: bool) -> Vec<(String, String)> {
    let kind = about.split(':').next().unwrap_or_default();
    let mut fitting: Vec<(usize, &Sentence)> = sentences().iter().enumerate().filter(|(_, s)| s.kind == kind).collect();
    fitting.sort_by_key(|(_, s)| s.missing != missing);
    let own = (String::new(), t.s("onestop.form.own_words").to_owned());
    let line = |(at, s): (usize, &Sentence)| (at.to_string(), t.w(&s.problem).to_owned());
    fitting.into_iter().map(line).chain(std::iter::once(own)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_ready_sentences_for_papers_and_for_answers_in_both_languages() {
        for kind in ["paper", "field"] {
            assert!(sentences().iter().filter(|s| s.kind == kind).count() >= 3, "{kind}");
        }
        assert!(sentences().iter().all(|s| !s.problem.en.is_empty() && !s.needed.en.is_empty()));
    }
}
