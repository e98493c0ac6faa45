//! The board as JSON and CSV, without sign-in.

use std::fmt::Write as _;

use axum::{
    Router,
    extract::{Path, State},
    http::header,
    response::IntoResponse,
    routing::get,
};
use kernel_base::Lang;
use kernel_obligations::score::Page as Slice;
use kernel_web::{Answer, Query, Web};
use serde_json::{Value, json};

use super::{
    flow::{self, Board},
    model::{Figures, LEAST, Share, System},
    pages::Asked,
};

/// Most rows of one answer.
const MOST: i64 = 200;

/// Routes below `/api/v1`.
pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/api/v1/scoreboard", get(board))
        .route("/api/v1/scoreboard/rows", get(rows))
        .route("/api/v1/scoreboard/monthly/{month}", get(monthly))
}

/// The public scoreboard: counts and shares by agency, for a system and a period, as of an instant.
///
/// `null` is not 0: a share is `null` when there is nothing to share or when the cases are too few.
#[utoipa::path(get, path = "/api/v1/scoreboard", tag = "scoreboard",
    params(("system" = Option<String>, Query, description = "dossiers, reception, steps, consultations, tasks, remedies, pipeline"),
        ("period" = Option<String>, Query, description = "`2021-07`, `2021-Q3`, `2021`"),
        ("at" = Option<String>, Query, description = "as the board stood at the end of that day, `2021-07-20`")),
    responses((status = 200, description = "`{system, period, at, total, agencies: [...], trend: [...]}`")))]
pub(crate) async fn board(State(web): State<Web>, Query(asked): Query<Asked>) -> Answer {
    let wanted = asked.wanted(web.db.clock().now());
    let (question, system) = (format!("json {}", wanted.question()), wanted.system);
    let body = super::kept(&web, &question, async {
        let board = web.read(move |tx| flow::board(tx, &wanted)).await?;
        Ok(json_of(system, &board).to_string())
    });
    Ok(([(header::CONTENT_TYPE, "application/json")], body.await?).into_response())
}

fn json_of(system: &System, board: &Board) -> Value {
    let lines: Vec<Value> = board
        .lines
        .iter()
        .map(|line| {
            json!({ "rank": line.rank, "agency": line.agency, "name": line.name, "figures": figures(&line.figures) })
        })
        .collect();
    let trend: Vec<Value> = board
        .trend
        .iter()
        .map(|m| json!({ "month": m.period, "kept": m.kept, "late": m.late, "on_time": share(m.share()) }))
        .collect();
    json!({
        "system": system.code,
        "kind": system.kind,
        "period": board.period,
        "at": board.at,
        "least_cases_for_a_share": LEAST,
        "formulas": {
            "on_time": "(early + on_time) / (early + on_time + late + open and overdue)",
            "overdue_share": "open and overdue / (early + on_time + late + open and overdue)",
            "extended_share, paused_share, paused_near_due_share": "of early + on_time + late",
        },
        "total": figures(&board.total),
        "agencies": lines,
        "trend": trend,
    })
}

/// Figures with their shares.
fn figures(f: &Figures) -> Value {
    json!({
        "early": f.settled.early,
        "on_time": f.settled.on_time,
        "late": f.settled.late,
        "withdrawn_or_stopped": f.settled.ended,
        "open": f.now.open,
        "overdue": f.now.overdue,
        "paused_now": f.now.paused,
        "extended": f.settled.extended,
        "paused": f.settled.paused,
        "paused_near_due": f.settled.paused_near_due,
        "on_time_share": share(f.on_time()),
        "overdue_share": share(f.overdue()),
        "extended_share": share(f.extended()),
        "paused_share": share(f.paused()),
        "paused_near_due_share": share(f.paused_near_due()),
    })
}

fn share(share: Share) -> Value {
    json!({ "value": share.value(), "hits": share.hits, "of": share.of })
}

/// The rows of one figure: code, procedure or task, agency, days late, apology. No personal data.
#[utoipa::path(get, path = "/api/v1/scoreboard/rows", tag = "scoreboard",
    params(("system" = Option<String>, Query), ("period" = Option<String>, Query), ("at" = Option<String>, Query),
        ("agency" = Option<String>, Query),
        ("show" = Option<String>, Query, description = "kept, late, settled, extended, paused, paused_near_due, open, overdue"),
        ("skip" = Option<i64>, Query, description = "rows to pass over; 200 in an answer")),
    responses((status = 200, description = "`{count, at, rows: [...], next}`"), (status = 404)))]
pub(crate) async fn rows(State(web): State<Web>, Query(asked): Query<Asked>) -> Answer {
    let wanted = asked.wanted(web.db.clock().now());
    let (show, skip) = (asked.show(), asked.skip.clamp(0, 1_000_000));
    let question = format!("rows {} {} {} {skip}", wanted.question(), show.word(), asked.agency);
    let body = super::kept(&web, &question, async {
        let rows = web.read(move |tx| {
            let agency = flow::agency_of(tx, &asked.agency)?.map(|(id, _)| id);
            flow::rows(tx, &wanted, agency.as_ref(), show, Slice { skip, most: MOST })
        });
        let rows = rows.await?;
        let next = (skip + MOST < rows.count).then_some(skip + MOST);
        Ok(json!({
            "show": show, "count": rows.count, "at": rows.at, "rows": rows.rows, "hidden": rows.hidden, "next": next,
        })
        .to_string())
    });
    Ok(([(header::CONTENT_TYPE, "application/json")], body.await?).into_response())
}

/// The board for a spreadsheet.
pub(crate) fn csv_text(board: &Board) -> String {
    let mut out = String::from(
        "\u{feff}Hạng;Mã cơ quan;Cơ quan;Sớm hạn;Đúng hạn;Trễ hạn;Rút, dừng;Đang mở;Đang quá hạn;Tỷ lệ đúng hạn (%);\
         Tỷ lệ gia hạn (%);Tỷ lệ tạm dừng (%);Tỷ lệ tạm dừng sát hạn (%)\r\n",
    );
    for line in &board.lines {
        let f = &line.figures;
        let rank = line.rank.map(|r| r.to_string()).unwrap_or_default();
        let counts = [f.settled.early, f.settled.on_time, f.settled.late, f.settled.ended, f.now.open, f.now.overdue];
        let counts: Vec<String> = counts.iter().map(i64::to_string).collect();
        let shares: Vec<String> =
            [f.on_time(), f.extended(), f.paused(), f.paused_near_due()].into_iter().map(csv_share).collect();
        let _ = write!(
            out,
            "{rank};{};{};{};{}\r\n",
            line.agency,
            csv_cell(&line.name),
            counts.join(";"),
            shares.join(";")
        );
    }
    out
}

/// Percent without its mark; empty where there is no share.
fn csv_share(share: Share) -> String {
    share.tenths().map(|_| share.text(Lang::Vi).replace('%', "")).unwrap_or_default()
}

/// A cell: quoted where it must be, and never a formula of a spreadsheet.
fn csv_cell(text: &str) -> String {
    let safe = if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_owned() };
    if safe.contains([';', '"', '\n']) { format!("\"{}\"", safe.replace('"', "\"\"")) } else { safe }
}

/// The signed file of a month: anyone recomputes every figure with `chuyendong verify --public FILE`.
#[utoipa::path(get, path = "/api/v1/scoreboard/monthly/{month}", tag = "scoreboard",
    params(("month" = String, Path, description = "`2021-07`")),
    responses((status = 200, description = "one JSON object a line", content_type = "application/jsonl"), (status = 404)))]
pub(crate) async fn monthly(State(web): State<Web>, Path(month): Path<String>) -> Answer {
    let missing = || {
        kernel_base::Error::not_found(
            "no_monthly_file",
            ("Chưa có tệp của tháng này.", "There is no file of this month yet."),
        )
    };
    let month = super::model::Period::parse(&month).filter(|p| p.month_number().is_some()).ok_or_else(missing)?;
    let name = format!("{}-{}.jsonl", web.home, month.code());
    let folder = web.extension::<super::PublicFolder>()?;
    let bytes = tokio::fs::read(folder.0.join(&name)).await.map_err(|_| missing())?;
    let headers = [
        (header::CONTENT_TYPE, "application/jsonl".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, bytes).into_response())
}
