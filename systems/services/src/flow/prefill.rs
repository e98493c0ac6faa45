//! Filling a draft in from what the state already holds: offered, previewed, accepted or declined by the person.

use std::collections::{BTreeMap, BTreeSet};

use kernel_base::{Lang, Result, TypedId, Words};
use kernel_contract::{About, KnownPaper, Origin, OriginKind, Prefill, PrefillOffer, Provenance, Reuse, Wanted};
use kernel_db::Tx;
use kernel_org::Actor;
use serde_json::Value;

use super::draft::{DraftView, look_draft, open, touch};
use crate::model::{Draft, DraftFile, PrefillState, Saved};

/// Which of the offered values the person takes.
#[derive(Debug, Clone, Default)]
pub(crate) struct TakeOffer {
    /// Fields that are not to be filled in.
    pub(crate) without: Vec<String>,
    /// Only what is about the person: this dossier is about another matter than the last.
    pub(crate) person_only: bool,
    pub(crate) device: String,
    pub(crate) lang: Lang,
}

/// What can be filled in; empty when there is nothing, or nobody to ask.
///
/// # Errors
/// `NotFound` for a draft of another person; `Conflict` when it is submitted.
pub(crate) fn prefill_offer(tx: &mut Tx<'_>, actor: &Actor, id: &str) -> Result<(DraftView, PrefillOffer)> {
    open(tx, actor, id)?;
    let view = look_draft(tx, actor, id)?;
    let offer = offer_for(tx, actor, &view)?;
    Ok((view, offer))
}

/// The offer for a draft, only values that its form takes.
fn offer_for(tx: &mut Tx<'_>, actor: &Actor, view: &DraftView) -> Result<PrefillOffer> {
    // Without the system that knows people, nothing is offered.
    let Ok(port) = tx.port::<dyn Prefill>() else { return Ok(PrefillOffer::default()) };
    let answers = view.draft.answers_value();
    let wanted = Wanted {
        procedure: &view.draft.procedure,
        case: &view.draft.case,
        form: view.form.schema(),
        answers: &answers,
    };
    let mut offer = port.offer(tx, actor, &wanted)?;
    let mut filled = view.draft.answers.clone();
    filled.extend(offer.values.iter().map(|one| (one.field.clone(), one.value.clone())));
    let faults = view.form.accept(&Value::Object(filled), &view.facts()).err().unwrap_or_default();
    let top = |path: &str| path.split('.').next().unwrap_or_default().to_owned();
    let refused: BTreeSet<String> = faults.iter().filter(|f| f.code != "required").map(|f| top(&f.field)).collect();
    offer.values.retain(|one| !refused.contains(&one.field));
    Ok(offer)
}

/// Fills in what the person agreed to and records the agreement with the sentence shown; how many fields.
///
/// # Errors
/// Those of [`prefill_offer`].
pub(crate) fn take_offer(tx: &mut Tx<'_>, actor: &Actor, id: &str, command: &TakeOffer) -> Result<usize> {
    let (mut view, mut offer) = prefill_offer(tx, actor, id)?;
    offer
        .values
        .retain(|one| !(command.without.contains(&one.field) || (command.person_only && one.about == About::Matter)));
    let draft = &mut view.draft;
    draft.prefill = if offer.is_empty() { PrefillState::Declined } else { PrefillState::Accepted };
    if !offer.is_empty() {
        let ground = agreed(tx, actor, draft, &offer, command.lang)?;
        fill(draft, &offer, &ground, &command.device, tx.now());
    }
    touch(tx, draft)?;
    Ok(offer.values.len())
}

fn agreed(tx: &mut Tx<'_>, actor: &Actor, draft: &Draft, offer: &PrefillOffer, lang: Lang) -> Result<String> {
    let kinds: BTreeSet<OriginKind> = offer.values.iter().map(|one| one.origin.kind).collect();
    let kinds: Vec<OriginKind> = kinds.into_iter().collect();
    let fields: Vec<String> = offer.values.iter().map(|one| one.field.clone()).collect();
    let sentence = offer_words(offer);
    let reuse = Reuse {
        procedure: &draft.procedure,
        draft: draft.id.as_str(),
        kinds: &kinds,
        fields: &fields,
        text: sentence.say(lang),
    };
    tx.port::<dyn Prefill>()?.accepted(tx, actor, &reuse)
}

fn fill(draft: &mut Draft, offer: &PrefillOffer, ground: &str, device: &str, at: kernel_base::Instant) {
    for one in &offer.values {
        draft.answers.insert(one.field.clone(), one.value.clone());
        draft.saved.insert(one.field.clone(), Saved { at, device: device.to_owned(), before: None });
        draft.origins.insert(one.field.clone(), Origin { ground: ground.to_owned(), ..one.origin.clone() });
    }
}

/// The person types everything.
///
/// # Errors
/// Those of [`prefill_offer`].
pub(crate) fn decline_offer(tx: &mut Tx<'_>, actor: &Actor, id: &str) -> Result<()> {
    let mut draft = open(tx, actor, id)?;
    draft.prefill = PrefillState::Declined;
    touch(tx, &mut draft)
}

/// Whether to show the preview before the task list: something can be filled in and the person has not been asked.
///
/// # Errors
/// Those of [`prefill_offer`].
pub(crate) fn has_offer(tx: &mut Tx<'_>, actor: &Actor, view: &DraftView) -> Result<usize> {
    if view.draft.prefill != PrefillState::Open {
        return Ok(0);
    }
    Ok(offer_for(tx, actor, view)?.values.len())
}

/// How many questions the person still has to answer when the offer is taken, and how many are shown. A question that
/// may be left out is none that has to be answered.
pub(crate) fn left_to_ask(view: &DraftView, offer: &PrefillOffer) -> (usize, usize) {
    let mut answers = view.draft.answers.clone();
    answers.extend(offer.values.iter().map(|one| (one.field.clone(), one.value.clone())));
    let shown = view.form.asked_fields(&Value::Object(answers.clone()));
    let must = |name: &str| view.form.field(name).is_some_and(|field| !field.optional());
    let open = shown.iter().filter(|name| !answers.contains_key(**name) && must(name)).count();
    (open, shown.len())
}

/// "Chúng tôi sẽ điền sẵn 9 mục: 2 mục từ tài khoản định danh, 7 mục từ hồ sơ …"
pub(crate) fn offer_words(offer: &PrefillOffer) -> Words {
    let mut sources: BTreeMap<(OriginKind, &str), usize> = BTreeMap::new();
    for one in &offer.values {
        *sources.entry((one.origin.kind, one.origin.source.as_str())).or_default() += 1;
    }
    let (mut vi, mut en) = (Vec::new(), Vec::new());
    for ((kind, source), n) in sources {
        let (from, from_en) = source_words(kind, source);
        vi.push(format!("{n} mục từ {from}"));
        en.push(format!("{n} from {from_en}"));
    }
    let n = offer.values.len();
    Words::new(
        format!("Chúng tôi sẽ điền sẵn {n} mục cho bạn: {}.", vi.join(", ")),
        format!("We will fill in {n} fields for you: {}.", en.join(", ")),
    )
}

fn source_words(kind: OriginKind, source: &str) -> (String, String) {
    match kind {
        OriginKind::EarlierDossier => (format!("hồ sơ {source}"), format!("dossier {source}")),
        OriginKind::Store => (format!("kho giấy tờ ({source})"), format!("your papers ({source})")),
        OriginKind::CardQr => ("thẻ căn cước".to_owned(), "the identity card".to_owned()),
        OriginKind::SignOn | OriginKind::Typed => ("tài khoản của bạn".to_owned(), "your account".to_owned()),
    }
}

/// Where each answered field comes from: what was filled in keeps its source, the rest was typed when it was saved.
pub(crate) fn provenance(draft: &Draft) -> Provenance {
    let typed = |name: &String| Origin {
        kind: OriginKind::Typed,
        source: String::new(),
        at: draft.saved.get(name).map_or(draft.updated_at, |saved| saved.at),
        valid_until: None,
        held: None,
        ground: String::new(),
    };
    let one = |name: &String| (name.clone(), draft.origins.get(name).cloned().unwrap_or_else(|| typed(name)));
    draft.answers.keys().map(one).collect()
}

/// The badge beside each field that was filled in, with the source's value where the person changed it.
pub(crate) fn badges(view: &DraftView, lang: Lang) -> BTreeMap<String, Words> {
    let badge = |(name, origin): (&String, &Origin)| {
        let words = origin.words();
        let Some(held) = origin.held.as_ref().filter(|_| origin.differs(view.draft.answers.get(name))) else {
            return (name.clone(), words);
        };
        let held = view.form.say(name, held, Some(&view.places), lang);
        let changed = Words::new(
            format!("Bạn đã sửa. Dữ liệu đã có: {held} ({})", words.vi),
            format!("You changed it. On record: {held} ({})", words.en),
        );
        (name.clone(), changed)
    };
    view.draft.origins.iter().map(badge).collect()
}

/// Papers of the person's earlier dossiers that fit, the best first.
///
/// # Errors
/// Those of the database.
pub(crate) fn known_papers(tx: &mut Tx<'_>, actor: &Actor, procedure: &str, paper: &str) -> Result<Vec<KnownPaper>> {
    match tx.port::<dyn Prefill>() {
        Ok(port) => port.papers(tx, actor, procedure, paper),
        Err(_) => Ok(Vec::new()),
    }
}

/// Adds an earlier paper to a draft and records that the person pressed for it.
///
/// # Errors
/// Those of [`super::add_file`].
pub(crate) fn take_paper(tx: &mut Tx<'_>, actor: &Actor, id: &str, file: DraftFile, sentence: &str) -> Result<()> {
    let draft = open(tx, actor, id)?;
    let reuse = Reuse {
        procedure: &draft.procedure,
        draft: draft.id.as_str(),
        kinds: &[OriginKind::Store],
        fields: &[format!("papers.{}", file.paper)],
        text: sentence,
    };
    tx.port::<dyn Prefill>()?.accepted(tx, actor, &reuse)?;
    super::add_file(tx, actor, id, file)
}
