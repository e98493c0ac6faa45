//! The start page, search, life events, the person's own matters.

use askama::Template;
use axum::extract::{Path, State};
use kernel_base::{Error, Result};
use kernel_contract::{DossierLine, MyDossiers};
use kernel_db::Tx;
use kernel_org::Actor;
use kernel_web::{Answer, CitizenUser, Page, Query, Visitor, Web, html};
use serde::Deserialize;

use super::say;
use crate::{
    flow::{self, DraftLine, ProcedureView},
    seed::{self, LifeEvent},
};

/// What a person has under way.
#[derive(Debug, Default)]
struct Mine {
    dossiers: Vec<DossierLine>,
    drafts: Vec<DraftLine>,
    /// Dossiers that have ended.
    ended: Vec<DossierLine>,
}

impl Mine {
    fn read(tx: &mut Tx<'_>, actor: &Actor) -> Result<Self> {
        let mut all = tx.port::<dyn MyDossiers>()?.mine(tx, actor)?;
        for line in &mut all {
            // The catalogue knows the English name too; a procedure of the older system may not be in it.
            let name = crate::store::procedure_name(tx, &line.procedure)?;
            if name.vi != line.procedure {
                line.procedure_name = name;
            }
        }
        let (ended, dossiers) = all.into_iter().partition(|line| line.ended);
        Ok(Self { dossiers, drafts: flow::my_drafts(tx, actor)?, ended })
    }

    fn is_empty(&self) -> bool {
        self.dossiers.is_empty() && self.drafts.is_empty()
    }
}

#[derive(Debug, Template)]
#[template(path = "home.html")]
struct HomePage {
    page: Page,
    events: Vec<LifeEvent>,
    citizen: bool,
    mine: Mine,
}

/// Search box, twelve life events, and what the signed-in person has under way.
pub(super) async fn home(State(web): State<Web>, page: Page, Visitor(actor): Visitor) -> Answer {
    let actor = actor.filter(|actor| actor.citizen().is_some());
    let citizen = actor.is_some();
    let mine = match actor {
        Some(actor) => web.read(move |tx| Mine::read(tx, &actor)).await?,
        None => Mine::default(),
    };
    html(&HomePage { page: page.titled("services.home.title"), events: seed::life_events()?, citizen, mine })
}

#[derive(Debug, Template)]
#[template(path = "mine.html")]
struct MinePage {
    page: Page,
    mine: Mine,
}

pub(super) async fn mine(State(web): State<Web>, page: Page, user: CitizenUser) -> Answer {
    let mine = web.read(move |tx| Mine::read(tx, &user.actor)).await?;
    html(&MinePage { page: page.titled("services.mine.title"), mine })
}

/// A procedure in a list.
#[derive(Debug)]
struct Found {
    code: String,
    plain: String,
    /// Official name; empty when it says the same.
    name: String,
    sector: String,
    /// Settlement limit in words; empty = not published.
    limit: String,
    online: bool,
}

impl Found {
    fn new(view: &ProcedureView, page: &Page) -> Self {
        let (plain, name) = (say(&view.procedure.plain, page.lang), say(&view.procedure.name, page.lang));
        let first = view.text.cases.first();
        let limit = first.and_then(|case| case.limit).map(|limit| say(&limit.words(), page.lang));
        Self {
            code: view.code().to_owned(),
            name: if name == plain { String::new() } else { name },
            plain,
            sector: say(&view.procedure.sector.name, page.lang),
            limit: limit.unwrap_or_default(),
            online: view.is_online() && view.has_form(),
        }
    }
}

#[derive(Debug, Template)]
#[template(path = "found.html")]
struct FoundPage {
    page: Page,
    heading: String,
    q: String,
    /// The page of a life event, without the sentence about what was typed.
    event: bool,
    found: Vec<Found>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SearchQuery {
    q: String,
}

/// Longest text that is searched for, in letters.
const LONGEST: usize = 200;

pub(super) async fn search(State(web): State<Web>, page: Page, Query(query): Query<SearchQuery>) -> Answer {
    let q: String = kernel_base::text::clean_line(&query.q).chars().take(LONGEST).collect();
    let wanted = q.clone();
    let views = web.read(move |tx| flow::search(tx, &wanted, "")).await?;
    let found = views.iter().map(|view| Found::new(view, &page)).collect();
    let page = page.titled(if q.is_empty() { "services.search.all" } else { "services.search.title" });
    html(&FoundPage { heading: page.title.clone(), page, q, event: false, found })
}

pub(super) async fn life_event(State(web): State<Web>, page: Page, Path(code): Path<String>) -> Answer {
    let event = seed::life_events()?.into_iter().find(|event| event.code == code).ok_or_else(no_such_event)?;
    let views = web.read(move |tx| flow::search(tx, "", &code)).await?;
    let found = views.iter().map(|view| Found::new(view, &page)).collect();
    let heading = say(&event.name, page.lang);
    html(&FoundPage { page: page.with_title(heading.clone()), heading, q: String::new(), event: true, found })
}

fn no_such_event() -> Error {
    Error::not_found(
        "life_event_not_found",
        (
            "Không có nhóm việc này. Hãy về trang chủ để chọn lại.",
            "There is no such group. Choose again on the home page.",
        ),
    )
}
