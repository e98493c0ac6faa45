//! Pages of citizens: finding a procedure, filling in a draft, handing it in. All work without JavaScript.

mod administration;
mod bulk;
mod check;
mod draft;
mod home;
mod papers;
mod prefill;
mod procedure;
mod question;
mod start;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use kernel_base::{Instant, Lang, Words};
use kernel_contract::{Fee, Source};
use kernel_web::{Context, T, Web};

pub(crate) use check::hand_in;
pub(crate) use papers::{known_words, no_such_paper};

/// Addresses of the pages.
pub(crate) fn routes() -> Router<Web> {
    let largest = usize::try_from(kernel_files::limits::MAX_PAPER).unwrap_or(usize::MAX);
    Router::new()
        .route("/", get(home::home))
        .route("/search", get(home::search))
        .route("/life-events/{code}", get(home::life_event))
        .route("/my", get(home::mine))
        .route("/procedures/{code}", get(procedure::page))
        .route("/procedures/{code}/agencies", get(procedure::agencies))
        .route("/procedures/{code}/start", get(start::page).post(start::begin))
        .route("/procedures/{code}/bulk", get(bulk::page))
        .route("/procedures/{code}/bulk", post(bulk::upload).layer(DefaultBodyLimit::max(bulk::LARGEST)))
        .route("/procedures/{code}/bulk/template.xlsx", get(bulk::template))
        .route("/bulk/{id}", get(bulk::batch))
        .route("/bulk/{id}/faults.xlsx", get(bulk::faults))
        .route("/bulk/{id}/submit", post(bulk::submit))
        .route("/bulk/{id}/receipts.xlsx", get(bulk::receipts))
        .route("/staff/catalogue", get(administration::list))
        .route("/staff/catalogue/{id}", get(administration::form).post(administration::publish))
        .route("/drafts/{id}", get(draft::tasks))
        .route("/drafts/{id}/prefill", get(prefill::page).post(prefill::answer))
        .route("/drafts/{id}/agency", get(start::change_page).post(start::change))
        .route("/drafts/{id}/delete", get(draft::delete_page).post(draft::delete))
        .route("/drafts/{id}/pages/{page}", get(question::page).post(question::save))
        .route("/drafts/{id}/papers/{paper}", get(papers::page))
        .route("/drafts/{id}/papers/{paper}", post(papers::add).layer(DefaultBodyLimit::max(largest)))
        .route("/drafts/{id}/papers/{paper}/reuse", post(papers::reuse))
        .route("/drafts/{id}/papers/{paper}/remove", post(papers::remove))
        .route("/drafts/{id}/check", get(check::page).post(check::submit))
        .route("/drafts/{id}/receipt", get(check::receipt))
}

/// The beginning of the session's hash: tells the person's devices apart.
pub(crate) fn device(context: &Context) -> String {
    let session = context.who.as_ref().and_then(|who| who.session.as_deref()).unwrap_or("api");
    session.chars().take(12).collect()
}

/// Where a value comes from and from when to when it holds, as one line.
fn source_line(t: &T, source: &Source) -> String {
    let from = kernel_base::vietnam_date(source.valid_from);
    match source.valid_to {
        Some(to) => {
            let to = kernel_base::vietnam_date(to);
            t.f("services.source.until", [("source", source.text.as_str()), ("from", &from), ("to", &to)])
        }
        None => t.f("services.source.from", [("source", source.text.as_str()), ("from", &from)]),
    }
}

/// A fee as people read it: `8.000 đ một bản`; not published = says so.
fn fee_words(t: &T, fee: &Fee) -> String {
    match fee.amount {
        None => t.s("services.not_published").to_owned(),
        Some(amount) if amount.dong() == 0 => t.s("services.fee.free").to_owned(),
        Some(amount) if fee.per_copy => t.f("services.fee.per_copy", [("amount", amount.to_string())]),
        Some(amount) => amount.to_string(),
    }
}

/// The instant a page was made, carried in its form.
fn instant_of(text: Option<&str>) -> Option<Instant> {
    text.and_then(|text| text.parse::<i64>().ok()).map(Instant::from_millis)
}

/// Words in the language of the page; Vietnamese where there is no English.
fn say(words: &Words, lang: Lang) -> String {
    words.say(lang).to_owned()
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_message_stands_in_both_languages() {
        let (vi, en) = crate::MESSAGES;
        assert_eq!(kernel_web::Messages::faults(vi, en).ok(), Some(Vec::new()));
    }
}
