//! The staff's side: inbox, one dossier, work lists, counter.

mod acts;
mod forms;
mod inbox;
mod lists;
mod panel;
mod place;
mod receive;
pub(crate) mod time;
mod uploads;

use askama::Template;
use axum::{
    Router,
    extract::{DefaultBodyLimit, Path, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use kernel_base::{Error, Result};
use kernel_org::Actor;
use kernel_web::{Answer, Fields, Page, Query, StaffMember, Web, html_with};
use serde::Deserialize;

use crate::flow::{self, Act};
use panel::{Panel, when};
use place::Place;

/// Routes below `/staff`.
pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/staff", get(inbox::page))
        .route("/staff/dossiers/{code}", get(dossier))
        .route("/staff/dossiers/{code}/answer", post(receive::answer).layer(largest()))
        .route("/staff/dossiers/{code}/sign-again", post(acts::sign_again))
        .route("/staff/dossiers/{code}/{act}", post(acts::act))
        .route("/staff/bulk/{act}", post(lists::bulk))
        .route("/staff/today", get(lists::today))
        .route("/staff/consultations", get(lists::consultations))
        .route("/staff/sign", get(lists::sign).post(lists::sign_batch))
        .route("/staff/register", get(lists::register))
        .route("/staff/receive", get(receive::pick))
        .route("/staff/receive/{procedure}", get(receive::form).post(receive::submit).layer(largest()))
}

/// A form at the counter may carry the photographs of several papers.
fn largest() -> DefaultBodyLimit {
    DefaultBodyLimit::max(usize::try_from(kernel_files::limits::MAX_PAPER).unwrap_or(usize::MAX))
}

/// A dossier's own page.
#[derive(Debug, Template)]
#[template(path = "staff_dossier.html")]
struct DossierPage {
    page: Page,
    panel: Panel,
}

impl DossierPage {
    fn when(&self, at: &Option<kernel_base::Instant>) -> String {
        when(&self.page.t, at.as_ref())
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct DossierQuery {
    act: String,
    from: String,
    find: String,
}

async fn dossier(
    State(web): State<Web>,
    page: Page,
    staff: StaffMember,
    Path(code): Path<String>,
    Query(query): Query<DossierQuery>,
) -> Answer {
    let place = if query.from == "sign" { Place::sign() } else { Place::page() };
    let asked = Asked { code, act: Act::parse(&query.act), typed: Fields::default() };
    show_dossier(&web, page, &staff.actor, &place, asked, None).await
}

/// Which dossier, with which form open, with what typed into it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    pub(crate) code: String,
    pub(crate) act: Option<Act>,
    pub(crate) typed: Fields,
}

/// The page of a dossier, or the page with what went wrong and what was typed.
pub(crate) async fn show_dossier(
    web: &Web,
    page: Page,
    actor: &Actor,
    place: &Place,
    asked: Asked,
    error: Option<&Error>,
) -> Answer {
    let bench = read_bench(web, actor, &asked).await?;
    let title = page.t.f("onestop.dossier.title", [("code", asked.code.as_str())]);
    let mut page = page.with_title(title).wide();
    let status = error.map_or(http_ok(), |e| kernel_web::status(e.kind));
    if let Some(error) = error {
        page = page.with_error(error);
    }
    let panel = Panel::new(&page.t, bench, asked.act, asked.typed, place);
    html_with(status, &DossierPage { page, panel })
}

async fn read_bench(web: &Web, actor: &Actor, asked: &Asked) -> Result<flow::Bench> {
    let (actor, code, act) = (actor.clone(), asked.code.clone(), asked.act);
    web.read(move |tx| flow::bench(tx, &actor, &code, act)).await
}

fn http_ok() -> axum::http::StatusCode {
    axum::http::StatusCode::OK
}

/// A fault that the same page can show again; everything else is a page of its own.
pub(crate) fn shown_again(error: &Error) -> bool {
    use kernel_base::Kind;
    matches!(
        error.kind,
        Kind::Invalid | Kind::Conflict | Kind::Forbidden | Kind::TooMany | Kind::Unauthenticated | Kind::TooLarge
    )
}

/// Sends the browser on after an act; a fetch of the keyboard script follows it.
pub(crate) fn go(path: &str) -> Response {
    kernel_web::redirect(path).into_response()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kernel_base::Lang;
    use kernel_web::Messages;

    use super::*;

    #[test]
    fn every_act_has_its_words_in_both_languages() {
        let (vi, en) = crate::MESSAGES;
        assert_eq!(Messages::faults(vi, en).unwrap(), Vec::<String>::new());
        let messages = Arc::new(Messages::load(&[crate::MESSAGES]).unwrap());
        for lang in [Lang::Vi, Lang::En] {
            let t = messages.translator(lang);
            for act in Act::ALL {
                for part in ["act", "send", "done", "flash"] {
                    let key = format!("onestop.{part}.{}", act.word());
                    assert_ne!(t.s(&key), key, "{lang:?}");
                }
            }
        }
    }

    #[test]
    fn every_act_has_a_key_of_its_own_and_none_moves_in_the_list() {
        let mut keys: Vec<&str> = Act::ALL.iter().map(|act| act.key()).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), Act::ALL.len());
        assert!(keys.iter().all(|key| !["j", "k", "x", "p", "o", "/", "?"].contains(key)));
    }

    #[test]
    fn every_message_named_in_a_template_exists() {
        let messages = Arc::new(Messages::load(&[crate::MESSAGES, kernel_web::MESSAGES]).unwrap());
        let t = messages.translator(Lang::Vi);
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            for key in text.split('"').filter(|part| part.starts_with("onestop.") || part.starts_with("web.")) {
                assert_ne!(t.s(key), key, "{}", path.display());
            }
        }
    }
}
