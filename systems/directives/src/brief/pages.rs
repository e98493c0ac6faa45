//! The brief on a phone: one red number, one list to sign.

use askama::Template;
use axum::{Router, extract::State, routing::get};
use kernel_base::Lang;
use kernel_web::{Answer, Page, StaffMember, Web, html};

use super::{
    flow,
    model::{Brief, RedLine},
};
use crate::scoreboard::address;

/// Address of the page.
pub(crate) fn routes() -> Router<Web> {
    Router::new().route("/staff/brief", get(brief))
}

#[derive(Debug, Template)]
#[template(path = "brief.html")]
struct BriefPage {
    page: Page,
    brief: Brief,
    lang: Lang,
}

impl BriefPage {
    fn n(&self, number: impl std::borrow::Borrow<i64>) -> String {
        self.page.t.number(number.borrow())
    }

    /// The rows behind a red number: of the leader's agency, or of all.
    fn rows(&self, line: &RedLine) -> String {
        let agency = if self.brief.whole_province { "" } else { self.brief.agency.as_str() };
        address("/scoreboard/rows", &[("system", line.system), ("agency", agency), ("show", "overdue")])
    }
}

async fn brief(State(web): State<Web>, page: Page, staff: StaffMember) -> Answer {
    let brief = web.read(move |tx| flow::brief(tx, &staff.actor)).await?;
    let lang = page.lang;
    html(&BriefPage { page: page.titled("brief.title"), brief, lang })
}
