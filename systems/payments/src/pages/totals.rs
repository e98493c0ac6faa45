//! Totals by procedure and kind of charge; every number opens its rows.

use askama::Template;
use axum::extract::State;
use jiff::civil::Date;
use kernel_base::{Error, FieldError, Instant, Kind, Result};
use kernel_contract::FeeKind;
use kernel_web::{Answer, Page, Query, StaffMember, Web, html, html_with};
use serde::Deserialize;

use crate::{
    flow,
    model::{MoneyRow, Total, Wanted},
};

/// A sum with the address of its rows.
#[derive(Debug)]
struct Line {
    procedure: String,
    name: String,
    kind: String,
    channel: String,
    number: i64,
    amount: i64,
    /// It came in vain.
    vain: bool,
    rows: String,
}

/// Sums of one kind.
#[derive(Debug)]
struct Sum {
    label: String,
    number: i64,
    amount: i64,
    rows: String,
}

#[derive(Debug, Template)]
#[template(path = "staff_payment_totals.html")]
struct TotalsPage {
    page: Page,
    from: String,
    to: String,
    sums: Vec<Sum>,
    lines: Vec<Line>,
}

/// Days and filters of the address.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    from: String,
    to: String,
    procedure: String,
    kind: String,
    channel: String,
    settled: String,
}

impl Asked {
    /// The days, typed as 26/07/2021 or 2021-07-26; the first of the month to today when none were.
    pub(crate) fn days(&self, today: Date) -> Result<(Date, Date)> {
        Ok((day("from", &self.from, today.first_of_month())?, day("to", &self.to, today)?))
    }

    pub(crate) fn wanted(&self) -> Wanted {
        let settled = match self.settled.as_str() {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        };
        let word = |text: &str| text.chars().take(64).collect::<String>();
        Wanted { procedure: word(&self.procedure), kind: word(&self.kind), channel: word(&self.channel), settled }
    }
}

fn day(field: &str, typed: &str, otherwise: Date) -> Result<Date> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(otherwise);
    }
    Date::strptime("%d/%m/%Y", typed).or_else(|_| typed.parse()).map_err(|_| {
        let words = ("Hãy ghi ngày, ví dụ 26/07/2021.", "Give a day, such as 26/07/2021.");
        Error::invalid(vec![FieldError::new(field, "format", words)])
    })
}

fn address((from, to): (Date, Date), more: &[(&str, &str)]) -> String {
    let filters: String = more.iter().map(|(name, value)| format!("&{name}={value}")).collect();
    format!("/staff/payments/lines?from={from}&to={to}{filters}")
}

fn yes_no(settled: bool) -> &'static str {
    if settled { "yes" } else { "no" }
}

fn kind_label(page: &Page, kind: FeeKind) -> String {
    page.t.s(if kind == FeeKind::Phi { "payments.kind.phi" } else { "payments.kind.le_phi" }).to_owned()
}

fn line(page: &Page, days: (Date, Date), total: &Total) -> Line {
    let filters = [
        ("procedure", total.procedure.as_str()),
        ("kind", total.kind.as_str()),
        ("channel", total.channel.as_str()),
        ("settled", yes_no(total.settled)),
    ];
    Line {
        procedure: total.procedure.clone(),
        name: total.procedure_name.clone(),
        kind: kind_label(page, total.kind),
        channel: page.t.w(&total.channel.words()).to_owned(),
        number: total.number,
        amount: total.amount,
        vain: !total.settled,
        rows: address(days, &filters),
    }
}

/// Phí, lệ phí, and what came in vain, each as one number.
fn sums(page: &Page, days: (Date, Date), totals: &[Total]) -> Vec<Sum> {
    let sum = |label: String, of: &dyn Fn(&&Total) -> bool, filters: &[(&str, &str)]| {
        let found: Vec<&Total> = totals.iter().filter(of).collect();
        Sum {
            label,
            number: found.iter().map(|t| t.number).sum(),
            amount: found.iter().map(|t| t.amount).sum(),
            rows: address(days, filters),
        }
    };
    let of_kind = |kind: FeeKind| {
        sum(
            kind_label(page, kind),
            &move |t: &&Total| t.settled && t.kind == kind,
            &[("kind", kind.as_str()), ("settled", "yes")],
        )
    };
    vec![
        of_kind(FeeKind::Phi),
        of_kind(FeeKind::LePhi),
        sum(page.t.s("payments.totals.vain").to_owned(), &|t: &&Total| !t.settled, &[("settled", "no")]),
    ]
}

pub(super) async fn page(State(web): State<Web>, page: Page, staff: StaffMember, Query(asked): Query<Asked>) -> Answer {
    let today = web.db.clock().now().vietnam().date();
    let days = asked.days(today);
    let actor = staff.actor;
    let found = match days {
        Ok((from, to)) => web.read(move |tx| flow::totals(tx, &actor, from, to)).await.map(|found| ((from, to), found)),
        Err(error) => Err(error),
    };
    let page = page.titled("payments.totals.title").wide();
    match found {
        Ok((days, totals)) => html(&TotalsPage {
            from: kernel_base::vietnam_date(days.0),
            to: kernel_base::vietnam_date(days.1),
            sums: sums(&page, days, &totals),
            lines: totals.iter().map(|total| line(&page, days, total)).collect(),
            page,
        }),
        Err(error) if error.kind == Kind::Invalid => {
            let page = page.with_error(&error);
            let shown = TotalsPage { from: asked.from, to: asked.to, sums: Vec::new(), lines: Vec::new(), page };
            html_with(kernel_web::status(error.kind), &shown)
        }
        Err(error) => Err(error.into()),
    }
}

/// A fee that was paid.
#[derive(Debug)]
struct Row {
    reference: String,
    code: String,
    name: String,
    kind: String,
    channel: String,
    amount: i64,
    vain: bool,
    at: Instant,
}

#[derive(Debug, Template)]
#[template(path = "staff_payment_lines.html")]
struct LinesPage {
    page: Page,
    back: String,
    rows: Vec<Row>,
    number: i64,
    amount: i64,
}

fn row(page: &Page, row: &MoneyRow) -> Row {
    Row {
        reference: row.reference.clone(),
        code: row.code.clone(),
        name: row.name.clone(),
        kind: kind_label(page, row.kind),
        channel: page.t.w(&row.channel.words()).to_owned(),
        amount: row.amount,
        vain: !row.settled,
        at: row.at,
    }
}

pub(super) async fn lines(
    State(web): State<Web>,
    page: Page,
    staff: StaffMember,
    Query(asked): Query<Asked>,
) -> Answer {
    let today = web.db.clock().now().vietnam().date();
    let ((from, to), wanted) = (asked.days(today)?, asked.wanted());
    let rows = web.read(move |tx| flow::money_rows(tx, &staff.actor, from, to, &wanted)).await?;
    let page = page.titled("payments.lines.title").wide();
    html(&LinesPage {
        back: format!("/staff/payments/totals?from={from}&to={to}"),
        number: i64::try_from(rows.len()).unwrap_or(i64::MAX),
        amount: rows.iter().map(|row| row.amount).sum(),
        rows: rows.iter().map(|one| row(&page, one)).collect(),
        page,
    })
}
