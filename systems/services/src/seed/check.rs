//! What must hold of a procedure file. Pure; used by the tests of the seed and by whoever imports a file.

use std::collections::BTreeSet;

use jiff::civil::Date;
use kernel_base::{Words, text};
use kernel_contract::{Case, Channel, Source, Unit};

use super::{Offer, ProcedureFile, VersionFile, form};

/// Every fault of the file, in words that name the place; empty = the file is good.
pub fn check(file: &ProcedureFile) -> Vec<String> {
    let mut faults = Faults { place: file.code.clone(), found: Vec::new() };
    faults.require(is_code(&file.code), "code is not d.dddddd");
    for (what, words) in [("name", &file.name), ("plain", &file.plain), ("sector", &file.sector.name)] {
        faults.words(what, words);
    }
    if let Some(note) = &file.note {
        faults.words("note", note);
    }
    check_synonyms(file, &mut faults);
    check_offers(&file.offers, &mut faults);
    check_levels(file, &mut faults);
    check_versions(file, &mut faults);
    check_forms(file, &mut faults);
    faults.found
}

/// The list of faults and the place that is being looked at.
struct Faults {
    place: String,
    found: Vec<String>,
}

impl Faults {
    fn require(&mut self, holds: bool, fault: impl std::fmt::Display) {
        if !holds {
            self.found.push(format!("{}: {fault}", self.place));
        }
    }

    /// Both languages are there, in composed letters, without stray spaces.
    fn words(&mut self, what: &str, words: &Words) {
        for (lang, said) in [("vi", &words.vi), ("en", &words.en)] {
            self.require(!said.is_empty(), format!("{what}: no text in {lang}"));
            self.require(text::clean(said) == *said, format!("{what}: text in {lang} is not clean"));
        }
    }

    fn unique<'a>(&mut self, what: &str, codes: impl Iterator<Item = &'a str>) {
        let mut seen = BTreeSet::new();
        for code in codes {
            self.require(!code.is_empty(), format!("{what} without a code"));
            self.require(seen.insert(code), format!("{what} {code} stands twice"));
        }
    }

    /// Periods are in order and do not overlap.
    fn periods(&mut self, what: &str, periods: &[(Date, Option<Date>)]) {
        for (from, to) in periods {
            self.require(to.is_none_or(|to| *from <= to), format!("{what} of {from} ends before it begins"));
        }
        for pair in periods.windows(2) {
            let [(_, end), (next, _)] = pair else { continue };
            self.require(end.is_some_and(|end| end < *next), format!("{what} of {next} overlaps the one before"));
        }
    }

    /// A value names its source, and the source is in force as long as the value (or only illustrates it).
    fn source(&mut self, what: &str, source: &Source, from: Date, to: Option<Date>) {
        self.require(!source.text.trim().is_empty(), format!("{what}: the source has no text"));
        let lasts = source.valid_to.is_none_or(|end| to.is_some_and(|to| to <= end));
        self.require(source.valid_from <= from && lasts, format!("{what}: the source is not in force all the time"));
        let said = text::fold(&source.text);
        let marked = said.contains("minh hoa");
        self.require(marked == source.illustrative, format!("{what}: text and mark of the source disagree"));
    }
}

fn is_code(code: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    code.split_once('.').is_some_and(|(head, tail)| head.len() == 1 && tail.len() == 6 && digits(head) && digits(tail))
}

fn check_synonyms(file: &ProcedureFile, faults: &mut Faults) {
    faults.unique("synonym", file.synonyms.iter().map(String::as_str));
    faults.require(file.synonyms.len() >= 2, "fewer than two synonyms");
    faults.unique("life event", file.life_events.iter().map(String::as_str));
    let known = super::life_events().unwrap_or_default();
    for code in &file.life_events {
        faults.require(known.iter().any(|event| event.code == *code), format!("unknown life event {code}"));
    }
}

fn check_offers(offers: &[Offer], faults: &mut Faults) {
    faults.require(!offers.is_empty(), "nobody offers it");
    for offer in offers {
        faults.periods("offer", &[(offer.valid_from, offer.valid_to)]);
    }
}

fn check_levels(file: &ProcedureFile, faults: &mut Faults) {
    let periods: Vec<_> = file.levels.iter().map(|level| (level.valid_from, level.valid_to)).collect();
    faults.periods("level", &periods);
    for level in &file.levels {
        faults.source("level", &level.source, level.valid_from, level.valid_to);
    }
}

fn check_versions(file: &ProcedureFile, faults: &mut Faults) {
    faults.require(!file.versions.is_empty(), "no version");
    let periods: Vec<_> = file.versions.iter().map(|version| (version.valid_from, version.valid_to)).collect();
    faults.periods("version", &periods);
    for version in &file.versions {
        faults.place = format!("{} version {}", file.code, version.valid_from);
        let offered = file.offers.iter().any(|offer| {
            offer.valid_from <= version.valid_from && offer.valid_to.is_none_or(|end| version.valid_from <= end)
        });
        faults.require(offered, "nobody offers it on its first day");
        check_version(version, faults);
        for case in &version.cases {
            faults.place = format!("{} version {} case {}", file.code, version.valid_from, case.code);
            check_case(case, version, faults);
        }
    }
    faults.place.clone_from(&file.code);
}

fn check_version(version: &VersionFile, faults: &mut Faults) {
    faults.source("publishing", &version.publishing, version.valid_from, version.valid_to);
    faults.words("who", &version.who);
    faults.words("result", &version.result);
    faults.require(!version.steps.is_empty(), "no steps");
    for step in &version.steps {
        faults.words("step", step);
    }
    for condition in &version.conditions {
        faults.words("condition", condition);
    }
    for basis in &version.bases {
        faults.require(!basis.number.is_empty() && !basis.title.is_empty(), "a basis without number or title");
    }
    faults.require(!version.channels.is_empty(), "no channel");
    let online = version.channels.contains(&Channel::Online);
    let form = version.cases.iter().any(|case| case.form.is_some());
    faults.require(online == form, "an online channel and an electronic form go together");
    faults.require(!version.cases.is_empty(), "no case");
    faults.unique("case", version.cases.iter().map(|case| case.code.as_str()));
}

fn check_case(case: &Case, version: &VersionFile, faults: &mut Faults) {
    let (from, to) = (version.valid_from, version.valid_to);
    faults.words("name", &case.name);
    faults.require(!case.workflow.is_empty(), "no workflow");
    faults.require(case.limit.is_some() == case.limit_source.is_some(), "limit and source of the limit go together");
    faults.require(case.limit.is_some() || case.limit_online.is_none(), "an online limit without a limit");
    if let Some(source) = &case.limit_source {
        faults.source("limit", source, from, to);
    }
    for limit in case.limit.iter().chain(&case.limit_online) {
        faults.require(limit.amount >= 0, "a limit is negative");
        let same_day = limit.amount == 0;
        faults.require(!same_day || limit.unit == Unit::WorkingDay, "only working days can be zero (same day)");
        faults.require(!same_day || case.cutoff.is_some(), "a same-day limit needs a cut-off");
    }
    faults.unique("fee", case.fees.iter().map(|fee| fee.code.as_str()));
    for fee in &case.fees {
        faults.words("fee", &fee.name);
        faults.source("fee", &fee.source, from, to);
    }
    faults.unique("paper", case.papers.iter().map(|paper| paper.code.as_str()));
    for paper in &case.papers {
        faults.words("paper", &paper.name);
        faults.words("plain name of a paper", &paper.plain);
        let asked_twice = paper.required && paper.replaceable_by.is_some();
        faults.require(!asked_twice, format!("paper {} is required though data replaces it", paper.code));
    }
}

fn check_forms(file: &ProcedureFile, faults: &mut Faults) {
    let used = |schema| file.versions.iter().flat_map(|v| &v.cases).any(|case| case.form.as_ref() == Some(schema));
    for (name, schema) in &file.forms {
        faults.place = format!("{} form {name}", file.code);
        faults.require(used(schema), "no case uses it");
        for fault in form::check(schema) {
            faults.require(false, fault);
        }
    }
    faults.place.clone_from(&file.code);
}
