//! The vocabulary of concepts as data: which field of which form asks for what.

use std::sync::OnceLock;

use kernel_base::{Error, Result, Words};
use kernel_contract::{About, AskedTwice};
use kernel_forms::Form;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Concepts, where forms ask for them, how long a value may be used again, and which papers are the same.
#[derive(Debug, Deserialize)]
pub(crate) struct Vocabulary {
    concepts: Vec<Concept>,
    /// Role of the applicant in a form → concept.
    roles: std::collections::BTreeMap<String, String>,
    fields: Vec<Place>,
    each_time: Vec<Place>,
    pub(super) papers: Vec<PaperKind>,
    pub(super) results: Vec<ResultKind>,
}

/// One thing the state can know of a person.
#[derive(Debug, Deserialize)]
pub(crate) struct Concept {
    pub(crate) code: String,
    pub(crate) name: Words,
    pub(crate) about: About,
    /// Titles that ask for it, folded: to find questions that nobody tied to the vocabulary.
    #[serde(default)]
    asked_as: Vec<String>,
    /// Claim of the sign-on that says it; several joined by `|`, the better first.
    #[serde(default)]
    pub(crate) claim: Option<String>,
    /// Days after which it is asked again; absent = it does not change.
    #[serde(default)]
    pub(crate) days: Option<i64>,
    /// The state holds it for a typical person: a form at the highest level may not ask for it again.
    pub(crate) available: bool,
}

/// Where a concept is asked.
#[derive(Debug, Deserialize)]
struct Place {
    #[serde(default)]
    concept: String,
    /// Absent = in every form.
    #[serde(default)]
    procedure: Option<String>,
    field: String,
    #[serde(default)]
    when: Option<Condition>,
}

/// The field means this only under these answers.
#[derive(Debug, Deserialize)]
struct Condition {
    field: String,
    equals: Vec<Value>,
}

/// A kind of paper: how long it is good, and what may stand in its place.
#[derive(Debug, Deserialize)]
pub(crate) struct PaperKind {
    pub(crate) paper: String,
    pub(crate) name: Words,
    /// Months from the day it was handed in or issued; absent = no end; 0 = never used again.
    #[serde(default)]
    pub(crate) months: Option<i64>,
    /// Other codes of the same paper.
    #[serde(default)]
    pub(crate) same_as: Vec<String>,
    /// Procedures whose result is this paper.
    #[serde(default)]
    pub(crate) result_of: Vec<String>,
    /// Text the validity comes from; shown.
    pub(crate) source: String,
}

/// How long the result of a procedure is good.
#[derive(Debug, Deserialize)]
pub(crate) struct ResultKind {
    pub(super) procedure: String,
    pub(super) months: i64,
}

const TEXT: &str = include_str!("../../fixtures/concepts.json");

/// The vocabulary in force.
///
/// # Errors
/// `Internal` when the file cannot be read: found by the tests.
pub(crate) fn vocabulary() -> Result<&'static Vocabulary> {
    static READ: OnceLock<std::result::Result<Vocabulary, String>> = OnceLock::new();
    READ.get_or_init(|| serde_json::from_str(TEXT).map_err(|error| error.to_string()))
        .as_ref()
        .map_err(|error| Error::internal(format!("concepts.json: {error}")))
}

impl Place {
    fn is(&self, procedure: &str, field: &str) -> bool {
        self.field == field && self.procedure.as_deref().is_none_or(|code| code == procedure)
    }

    fn holds(&self, answers: &Map<String, Value>) -> bool {
        self.when.as_ref().is_none_or(|when| answers.get(&when.field).is_some_and(|v| when.equals.contains(v)))
    }
}

impl Vocabulary {
    pub(crate) fn concept(&self, code: &str) -> Option<&Concept> {
        self.concepts.iter().find(|concept| concept.code == code)
    }

    /// What a field of a form asks for under these answers: the form's own `x-concept`, the applicant's role, or the
    /// table.
    pub(crate) fn of_field(
        &self,
        form: &Form,
        procedure: &str,
        field: &str,
        answers: &Map<String, Value>,
    ) -> Option<&Concept> {
        if let Some(own) = form.schema().pointer(&format!("/properties/{field}/x-concept")).and_then(Value::as_str) {
            return self.concept(own);
        }
        let role = form.applicant().iter().find(|(_, name)| name.as_str() == field).map(|(role, _)| role);
        if let Some(code) = role.and_then(|role| self.roles.get(role)) {
            return self.concept(code);
        }
        let place = self.fields.iter().find(|place| place.is(procedure, field) && place.holds(answers))?;
        self.concept(&place.concept)
    }

    /// Questions that are always asked, ask for what the state holds, are tied to no source, and have no legal ground.
    pub(crate) fn asked_twice(&self, form: &Form, procedure: &str) -> Vec<AskedTwice> {
        let none = Map::new();
        let tied: Vec<&str> = form
            .fields()
            .iter()
            .filter_map(|field| self.of_field(form, procedure, &field.name, &none))
            .map(|concept| concept.code.as_str())
            .collect();
        let grounded = |field: &str| {
            let ground = form.schema().pointer(&format!("/properties/{field}/x-ground")).and_then(Value::as_str);
            ground.is_some_and(|text| !text.trim().is_empty())
        };
        let asks = |field: &kernel_forms::Field| {
            let title = kernel_base::text::fold(&field.title.vi);
            let same = |concept: &&Concept| concept.available && concept.asked_as.contains(&title);
            let concept = self.concepts.iter().find(same).filter(|concept| !tied.contains(&concept.code.as_str()))?;
            let open = field.when.is_none() && !grounded(&field.name);
            open.then(|| AskedTwice {
                field: field.name.clone(),
                title: field.title.clone(),
                concept: concept.name.clone(),
            })
        };
        form.fields().iter().filter_map(asks).collect()
    }

    /// Asked each time, because only this request can say it.
    pub(crate) fn asked_each_time(&self, procedure: &str, field: &str) -> bool {
        self.each_time.iter().any(|place| place.is(procedure, field))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_names_a_concept_and_no_concept_stands_twice() {
        let vocabulary = vocabulary().unwrap();
        for place in &vocabulary.fields {
            assert!(vocabulary.concept(&place.concept).is_some(), "{} of {}", place.concept, place.field);
        }
        for code in vocabulary.roles.values() {
            assert!(vocabulary.concept(code).is_some(), "{code}");
        }
        let mut codes: Vec<&str> = vocabulary.concepts.iter().map(|c| c.code.as_str()).collect();
        let all = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), all);
    }
}
