//! Which values can be offered to a form.

use std::collections::BTreeSet;

use jiff::civil::Date;
use kernel_base::Instant;
use kernel_contract::{About, EarlierDossier, OfferedValue, Origin, OriginKind, SignOnClaims, Wanted};
use kernel_forms::{Facts, Form};
use serde_json::{Map, Value};

use super::Vocabulary;
use super::concepts::Concept;

/// What is known of a person, each newest first, and on which day it is used.
#[derive(Debug)]
pub(crate) struct Known<'a> {
    pub(crate) claims: &'a [Said],
    pub(crate) earlier: &'a [Earlier],
    /// Sources the person withdrew.
    pub(crate) withdrawn: &'a [OriginKind],
    pub(crate) now: Instant,
}

/// What one sign-on, or the account, says of the person. Personal data.
#[derive(Debug)]
pub(crate) struct Said {
    /// Id of the provider, or `account`.
    pub(crate) issuer: String,
    /// When it said so; `None` = now.
    pub(crate) at: Option<Instant>,
    pub(crate) claims: SignOnClaims,
}

/// An earlier dossier with the form it was filled in on.
#[derive(Debug)]
pub(crate) struct Earlier {
    pub(crate) dossier: EarlierDossier,
    pub(crate) form: Option<Form>,
}

/// Values for the fields of the form that are shown and not answered yet, each with its source; only such that the form
/// takes.
pub(crate) fn offer(vocabulary: &Vocabulary, known: &Known<'_>, wanted: &Wanted<'_>, form: &Form) -> Vec<OfferedValue> {
    let mut answers = wanted.answers.as_object().cloned().unwrap_or_default();
    let mut values: Vec<OfferedValue> = Vec::new();
    // What a field means can depend on another one that is filled in here.
    loop {
        let before = values.len();
        for field in form.fields() {
            if answers.contains_key(&field.name) || !is_asked(form, &field.name, &answers) {
                continue;
            }
            let Some(found) = one(vocabulary, known, wanted, form, (&field.name, &answers)) else { continue };
            let value = as_stored(form, found);
            answers.insert(field.name.clone(), value.value.clone());
            values.push(value);
        }
        if values.len() == before {
            break;
        }
    }
    let refused = refused(form, &answers, known.now);
    values.retain(|value| !refused.contains(&value.field));
    values
}

/// The value as the form keeps it: a provider says "Nữ" where the form's choice is `nu`.
fn as_stored(form: &Form, found: OfferedValue) -> OfferedValue {
    let raw = Value::Object(Map::from_iter([(found.field.clone(), found.value.clone())]));
    let value = form.clean(&raw).get(&found.field).cloned().unwrap_or(found.value);
    OfferedValue { origin: Origin { held: Some(value.clone()), ..found.origin }, value, ..found }
}

fn is_asked(form: &Form, field: &str, answers: &Map<String, Value>) -> bool {
    let page = form.page_of(field);
    let shown = |when: Option<&kernel_forms::When>| when.is_none_or(|when| when.holds(answers));
    shown(page.and_then(|page| page.when.as_ref())) && shown(form.field(field).and_then(|field| field.when.as_ref()))
}

/// Fields whose value the form does not take today: a commune that is no more, another list of choices.
fn refused(form: &Form, answers: &Map<String, Value>, now: Instant) -> BTreeSet<String> {
    let faults =
        form.accept(&Value::Object(answers.clone()), &Facts::on(now.vietnam().date())).err().unwrap_or_default();
    let top = |path: &str| path.split('.').next().unwrap_or_default().to_owned();
    faults.iter().filter(|fault| fault.code != "required").map(|fault| top(&fault.field)).collect()
}

fn one(
    vocabulary: &Vocabulary,
    known: &Known<'_>,
    wanted: &Wanted<'_>,
    form: &Form,
    (field, answers): (&str, &Map<String, Value>),
) -> Option<OfferedValue> {
    let concept = vocabulary.of_field(form, wanted.procedure, field, answers);
    if vocabulary.asked_each_time(wanted.procedure, field) {
        return None;
    }
    let (value, origin) = match concept {
        Some(concept) => claimed(known, concept).or_else(|| earlier_concept(vocabulary, known, concept)),
        None => None,
    }
    .or_else(|| same_matter(known, wanted, field))?;
    let about = concept.map_or(About::Matter, |concept| concept.about);
    Some(OfferedValue { field: field.to_owned(), about, value, origin })
}

/// What the sign-on says.
fn claimed(known: &Known<'_>, concept: &Concept) -> Option<(Value, Origin)> {
    let claim = concept.claim.as_deref().filter(|_| !known.withdrawn.contains(&OriginKind::SignOn))?;
    known.claims.iter().find_map(|said| {
        let value = claim.split('|').find_map(|name| said.claims.get(name))?;
        let at = said.at.unwrap_or(known.now);
        let origin = origin(OriginKind::SignOn, &said.issuer, at, None, &value.into());
        Some((Value::from(value.to_owned()), origin))
    })
}

fn origin(kind: OriginKind, source: &str, at: Instant, valid_until: Option<Date>, held: &Value) -> Origin {
    Origin { kind, source: source.to_owned(), at, valid_until, held: Some(held.clone()), ground: String::new() }
}

/// The newest earlier answer to a question of the same concept, while it is still good.
fn earlier_concept(vocabulary: &Vocabulary, known: &Known<'_>, concept: &Concept) -> Option<(Value, Origin)> {
    usable(known).find_map(|earlier| {
        let form = earlier.form.as_ref()?;
        let answers = earlier.dossier.form.as_object()?;
        let asks = |field: &&kernel_forms::Field| {
            let here = vocabulary.of_field(form, &earlier.dossier.procedure, &field.name, answers);
            here.is_some_and(|here| here.code == concept.code) && answers.contains_key(&field.name)
        };
        let value = answers.get(&form.fields().iter().find(asks)?.name).filter(|value| !is_blank(value))?;
        let last = concept.days.map(|days| last_day(earlier.dossier.submitted_at, days));
        if last.is_some_and(|last| last < known.now.vietnam().date()) {
            return None;
        }
        let dossier = &earlier.dossier;
        Some((
            value.clone(),
            origin(OriginKind::EarlierDossier, dossier.code.as_str(), dossier.submitted_at, last, value),
        ))
    })
}

/// The answer of the last dossier of the same procedure and case.
fn same_matter(known: &Known<'_>, wanted: &Wanted<'_>, field: &str) -> Option<(Value, Origin)> {
    let same =
        |earlier: &&Earlier| earlier.dossier.procedure == wanted.procedure && earlier.dossier.case == wanted.case;
    let dossier = &usable(known).find(same)?.dossier;
    let value = dossier.form.get(field).filter(|value| !is_blank(value))?;
    Some((value.clone(), origin(OriginKind::EarlierDossier, dossier.code.as_str(), dossier.submitted_at, None, value)))
}

fn usable<'a>(known: &'a Known<'_>) -> impl Iterator<Item = &'a Earlier> {
    let open = !known.withdrawn.contains(&OriginKind::EarlierDossier);
    known.earlier.iter().filter(move |_| open)
}

fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

fn last_day(at: Instant, days: i64) -> Date {
    at.plus_hours(days * 24).vietnam().date()
}

/// The earlier dossiers with their forms read.
pub(crate) fn with_forms(dossiers: Vec<EarlierDossier>) -> Vec<Earlier> {
    let read = |dossier: EarlierDossier| Earlier {
        form: dossier.schema.as_ref().and_then(|schema| Form::parse(schema).ok()),
        dossier,
    };
    dossiers.into_iter().map(read).collect()
}
