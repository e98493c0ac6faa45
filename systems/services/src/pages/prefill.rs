//! The preview of what can be filled in, before anything is.

use askama::Template;
use axum::extract::{Path, State};
use kernel_contract::{About, OfferedValue, PrefillOffer};
use kernel_web::{Answer, CitizenUser, Context, Fields, Page, Web, html, redirect, redirect_saying};

use super::{device, say};
use crate::flow::{self, DraftView, TakeOffer};

#[derive(Debug)]
struct Row {
    field: String,
    label: String,
    value: String,
    source: String,
}

#[derive(Debug)]
struct Group {
    title: String,
    hint: String,
    rows: Vec<Row>,
}

#[derive(Debug, Template)]
#[template(path = "prefill.html")]
struct PrefillPage {
    page: Page,
    id: String,
    name: String,
    /// What is filled in from where, in one sentence.
    sentence: String,
    groups: Vec<Group>,
    count: usize,
    person: usize,
    /// How many questions are left for the person.
    asked: usize,
    /// Both kinds are offered: the person may take only what is about himself.
    both: bool,
}

pub(super) async fn page(State(web): State<Web>, page: Page, user: CitizenUser, Path(id): Path<String>) -> Answer {
    let (view, offer) = web.read(move |tx| flow::prefill_offer(tx, &user.actor, &id)).await?;
    html(&prefill_page(page, &view, &offer))
}

fn prefill_page(page: Page, view: &DraftView, offer: &PrefillOffer) -> PrefillPage {
    let person = offer.about_person();
    let group = |about: About, title: &str, hint: &str| Group {
        title: page.t.s(title).to_owned(),
        hint: page.t.s(hint).to_owned(),
        rows: offer.values.iter().filter(|one| one.about == about).map(|one| row(&page, view, one)).collect(),
    };
    let mut groups = vec![
        group(About::Person, "services.prefill.person", "services.prefill.person_hint"),
        group(About::Matter, "services.prefill.matter", "services.prefill.matter_hint"),
    ];
    groups.retain(|group| !group.rows.is_empty());
    PrefillPage {
        id: view.draft.id.to_string(),
        name: say(&view.procedure.procedure.plain, page.lang),
        sentence: say(&flow::offer_words(offer), page.lang),
        count: offer.values.len(),
        person,
        asked: flow::left_to_ask(view, offer).0,
        both: person > 0 && person < offer.values.len(),
        groups,
        page: page.titled("services.prefill.title"),
    }
}

fn row(page: &Page, view: &DraftView, one: &OfferedValue) -> Row {
    let label = view.form.field(&one.field).map(|field| say(&field.title, page.lang)).unwrap_or_default();
    Row {
        value: view.form.say(&one.field, &one.value, Some(&view.places), page.lang),
        source: say(&one.origin.words(), page.lang),
        field: one.field.clone(),
        label,
    }
}

pub(super) async fn answer(
    State(web): State<Web>,
    page: Page,
    context: Context,
    user: CitizenUser,
    Path(id): Path<String>,
    fields: Fields,
) -> Answer {
    let home = format!("/drafts/{id}");
    let without = fields.0.iter().filter(|(name, _)| name == "without").map(|(_, field)| field.clone()).collect();
    let take = match fields.get("take") {
        Some("all") => TakeOffer { without, person_only: false, device: device(&context), lang: page.lang },
        Some("person") => TakeOffer { without, person_only: true, device: device(&context), lang: page.lang },
        _ => {
            web.write(move |tx| flow::decline_offer(tx, &user.actor, &id)).await?;
            return Ok(redirect(&home));
        }
    };
    let filled = web.write(move |tx| flow::take_offer(tx, &user.actor, &id, &take)).await?;
    Ok(redirect_saying(&web, &home, "services.prefill.done", &[("n", &filled.to_string())]))
}
