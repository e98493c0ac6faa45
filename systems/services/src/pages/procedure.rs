//! A procedure in five plain answers, and where it is offered.

use askama::Template;
use axum::extract::{Path, State};
use kernel_base::{AgencyId, Result};
use kernel_contract::{Case, Channel, Level};
use kernel_db::Tx;
use kernel_org::{Agency, AgencyKind};
use kernel_web::{Answer, Page, Query, Web, html};
use serde::Deserialize;

use super::{fee_words, say, source_line};
use crate::flow::{self, ProcedureView};

/// Up to so many agencies stand on the page itself.
const SHOWN: usize = 4;

#[derive(Debug)]
struct CaseLink {
    code: String,
    name: String,
    current: bool,
}

#[derive(Debug)]
struct PaperLine {
    name: String,
    plain: String,
    required: bool,
}

#[derive(Debug)]
struct FeeLine {
    name: String,
    amount: String,
    source: String,
    illustrative: bool,
}

#[derive(Debug, Template)]
#[template(path = "procedure.html")]
struct ProcedurePage {
    page: Page,
    code: String,
    name: String,
    sector: String,
    note: String,
    cases: Vec<CaseLink>,
    case: String,
    who: String,
    conditions: Vec<String>,
    papers: Vec<PaperLine>,
    /// In words; empty = not published.
    limit: String,
    limit_online: String,
    limit_source: String,
    limit_illustrative: bool,
    /// `15:00`; empty when there is none.
    cutoff: String,
    fees: Vec<FeeLine>,
    agencies: Vec<String>,
    /// How many agencies offer it, when they do not all stand on the page.
    many: usize,
    channels: Vec<String>,
    result: String,
    online: bool,
    /// Can be handed in by rows of a workbook.
    by_rows: bool,
    level: String,
    level_source: String,
    steps: Vec<String>,
    bases: Vec<String>,
    published: Vec<String>,
    source: String,
    source_illustrative: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CaseQuery {
    case: String,
}

/// The same beginning with a capital letter.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

pub(super) async fn page(
    State(web): State<Web>,
    page: Page,
    Path(code): Path<String>,
    Query(query): Query<CaseQuery>,
) -> Answer {
    let view = web.read(move |tx| flow::look(tx, &code)).await?;
    let case = view.text.cases.iter().find(|c| c.code == query.case).or_else(|| view.text.cases.first()).cloned();
    let Some(case) = case else {
        return Err(kernel_base::Error::internal(format!("{}: a version without cases", view.code())).into());
    };
    html(&shown(page, &view, &case))
}

fn shown(page: Page, view: &ProcedureView, case: &Case) -> ProcedurePage {
    let lang = page.lang;
    let list = |words: &[kernel_base::Words]| words.iter().map(|w| say(w, lang)).collect::<Vec<_>>();
    let title = say(&view.procedure.plain, lang);
    let name = say(&view.procedure.name, lang);
    let level = view.level.and_then(|_| view.procedure.level_fact(view.day));
    ProcedurePage {
        code: view.code().to_owned(),
        name: if name == title { String::new() } else { name },
        sector: say(&view.procedure.sector.name, lang),
        note: view.procedure.note.as_ref().map(|n| say(n, lang)).unwrap_or_default(),
        cases: case_links(view, case, lang),
        case: case.code.clone(),
        who: say(&view.text.who, lang),
        conditions: list(&view.text.conditions),
        papers: papers(case, lang),
        limit: case.limit.map(|l| sentence(&say(&l.words(), lang))).unwrap_or_default(),
        limit_online: case.limit_online.map(|l| say(&l.words(), lang)).unwrap_or_default(),
        limit_source: case.limit_source.as_ref().map(|s| source_line(&page.t, s)).unwrap_or_default(),
        limit_illustrative: case.limit_source.as_ref().is_some_and(|s| s.illustrative),
        cutoff: case.cutoff.map(|c| c.to_string()).unwrap_or_default(),
        fees: fees(&page, case),
        agencies: view.agencies.iter().take(SHOWN).map(|(_, name)| name.clone()).collect(),
        many: if view.agencies.len() > SHOWN { view.agencies.len() } else { 0 },
        channels: view.text.channels.iter().map(|c| page.t.s(channel_key(*c)).to_owned()).collect(),
        result: say(&view.text.result, lang),
        online: view.is_online() && case.form.is_some() && !view.agencies.is_empty(),
        by_rows: flow::takes_rows(view, case) && !view.agencies.is_empty(),
        level: level.map(|l| page.t.s(level_key(l.level)).to_owned()).unwrap_or_default(),
        level_source: level.map(|l| source_line(&page.t, &l.source)).unwrap_or_default(),
        steps: list(&view.text.steps),
        bases: view.text.bases.iter().map(|b| format!("{} ({})", b.title, b.number)).collect(),
        published: view.published_text.lines().map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned).collect(),
        source: source_line(&page.t, &view.text.publishing),
        source_illustrative: view.text.publishing.illustrative,
        page: page.with_title(title),
    }
}

fn case_links(view: &ProcedureView, case: &Case, lang: kernel_base::Lang) -> Vec<CaseLink> {
    if view.text.cases.len() < 2 {
        return Vec::new();
    }
    let link = |c: &Case| CaseLink { code: c.code.clone(), name: say(&c.name, lang), current: c.code == case.code };
    view.text.cases.iter().map(link).collect()
}

fn papers(case: &Case, lang: kernel_base::Lang) -> Vec<PaperLine> {
    let line = |p: &kernel_contract::Paper| PaperLine {
        name: say(&p.name, lang),
        plain: say(&p.plain, lang),
        required: p.required,
    };
    case.papers.iter().map(line).collect()
}

fn fees(page: &Page, case: &Case) -> Vec<FeeLine> {
    let line = |f: &kernel_contract::Fee| FeeLine {
        name: say(&f.name, page.lang),
        amount: fee_words(&page.t, f),
        source: source_line(&page.t, &f.source),
        illustrative: f.source.illustrative,
    };
    case.fees.iter().map(line).collect()
}

fn channel_key(channel: Channel) -> &'static str {
    match channel {
        Channel::Counter => "services.channel.counter",
        Channel::Online => "services.channel.online",
        Channel::Postal => "services.channel.postal",
    }
}

fn level_key(level: Level) -> &'static str {
    match level {
        Level::Level1 => "services.level.level1",
        Level::Level2 => "services.level.level2",
        Level::Level3 => "services.level.level3",
        Level::Level4 => "services.level.level4",
        Level::Partial => "services.level.partial",
        Level::Full => "services.level.full",
    }
}

/// Agencies under one heading: the communes of a district.
#[derive(Debug, Clone)]
pub(super) struct AgencyGroup {
    /// Identifier of the district or province above; empty for agencies that stand by themselves.
    pub(super) key: String,
    pub(super) label: String,
    pub(super) agencies: Vec<(String, String)>,
}

/// The agencies that offer a procedure, communes under their districts, in Vietnamese order.
pub(super) fn grouped(tx: &mut Tx<'_>, view: &ProcedureView) -> Result<Vec<AgencyGroup>> {
    let now = tx.now();
    let all = kernel_org::agencies(tx, now)?;
    let offers = |a: &&Agency| view.agencies.iter().any(|(id, _)| *id == a.id);
    let mut groups: Vec<AgencyGroup> = Vec::new();
    for agency in all.iter().filter(offers) {
        let above = agency.parent.as_ref().filter(|_| agency.kind == AgencyKind::Commune);
        let key = above.map(AgencyId::to_string).unwrap_or_default();
        let line = (agency.id.to_string(), agency.name.clone());
        match groups.iter_mut().find(|group| group.key == key) {
            Some(group) => group.agencies.push(line),
            None => groups.push(AgencyGroup { label: label(&all, above), key, agencies: vec![line] }),
        }
    }
    groups.sort_by(|a, b| kernel_base::text::compare(&a.label, &b.label));
    for group in &mut groups {
        group.agencies.sort_by(|a, b| kernel_base::text::compare(&a.1, &b.1));
    }
    Ok(groups)
}

fn label(all: &[Agency], above: Option<&AgencyId>) -> String {
    let found = above.and_then(|id| all.iter().find(|a| a.id == *id));
    found.map(|a| if a.unit_name.is_empty() { a.name.clone() } else { a.unit_name.clone() }).unwrap_or_default()
}

#[derive(Debug, Template)]
#[template(path = "agencies.html")]
struct AgenciesPage {
    page: Page,
    code: String,
    name: String,
    groups: Vec<AgencyGroup>,
}

pub(super) async fn agencies(State(web): State<Web>, page: Page, Path(code): Path<String>) -> Answer {
    let (view, groups) = web
        .read(move |tx| {
            let view = flow::look(tx, &code)?;
            let groups = grouped(tx, &view)?;
            Ok((view, groups))
        })
        .await?;
    let name = say(&view.procedure.plain, page.lang);
    html(&AgenciesPage { page: page.titled("services.agencies.title"), code: view.code().to_owned(), name, groups })
}
