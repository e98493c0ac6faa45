//! HTML face of plans and directives: boards, tasks, letters, proposals, plans, teams.

mod acts;
mod letters;
mod plans;
mod report;
mod tasks;
mod teams;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::StatusCode,
    routing::{get, post},
};
use kernel_base::{Error, Kind};
use kernel_web::{Fields, Page, Web};

/// Routes below `/staff`.
pub(crate) fn routes() -> Router<Web> {
    let largest = usize::try_from(kernel_files::limits::MAX_PAPER).unwrap_or(usize::MAX);
    Router::new()
        .route("/staff/tasks", get(tasks::board))
        .route("/staff/tasks/{code}", get(tasks::task))
        .route("/staff/tasks/{code}/report", post(report::report).layer(DefaultBodyLimit::max(largest)))
        .route("/staff/tasks/{code}/{act}", post(acts::act))
        .route("/staff/letters", get(letters::list))
        .route("/staff/letters/{id}", get(letters::letter))
        .route("/staff/letters/{id}/sign", post(letters::sign))
        .route("/staff/letters/{id}/sign-again", post(letters::sign_again))
        .route("/staff/letters/{id}/answer", post(letters::answer))
        .route("/staff/ratings", get(letters::ratings))
        .route("/staff/ratings/{id}/{act}", post(letters::decide))
        .route("/staff/directives", get(plans::list).post(plans::enter))
        .route("/staff/directives/{id}", get(plans::document).post(plans::assign))
        .route(
            "/staff/directive-import",
            post(plans::stage).layer(DefaultBodyLimit::max(crate::import::MOST_BYTES + 64 * 1024)),
        )
        .route("/staff/directive-import/{id}", post(plans::confirm))
        .route("/staff/teams", get(teams::list).post(teams::make))
        .route("/staff/teams/{id}", get(teams::team).post(teams::visit))
        .route("/staff/remedies/{id}/{act}", post(teams::remedy))
}

/// A page with a form: what was typed stands in its fields again when something was wrong with it.
trait Sheet {
    fn typed(&self) -> &Fields;

    fn value(&self, field: &str) -> String {
        self.typed().get(field).unwrap_or_default().to_owned()
    }

    fn day(&self, day: &jiff::civil::Date) -> String {
        kernel_base::vietnam_date(*day)
    }
}

/// The page with what went wrong, and the status of the answer.
fn with_fault(page: Page, error: Option<&Error>) -> (StatusCode, Page) {
    match error {
        Some(error) => (kernel_web::status(error.kind), page.with_error(error)),
        None => (StatusCode::OK, page),
    }
}

/// A fault that the same page can show again; everything else is a page of its own.
fn shown_again(error: &Error) -> bool {
    matches!(error.kind, Kind::Invalid | Kind::Conflict | Kind::Forbidden | Kind::TooMany)
}

/// A day as people write it in a form: `30/07/2021`, or as a date field sends it.
fn day(field: &str, text: &str) -> kernel_base::Result<jiff::civil::Date> {
    let text = text.trim();
    let parsed = text.parse().ok().or_else(|| {
        let mut parts = text.split(['/', '-', '.']);
        let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
        jiff::civil::Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
    });
    parsed.ok_or_else(|| {
        let words = ("Hãy ghi ngày như 30/07/2021.", "Write the day like 30/07/2021.");
        Error::invalid(vec![kernel_base::FieldError::new(field, "not_a_day", words)])
    })
}
