//! Pages of the simulator: where a person pays, and where faults are switched.

use axum::{
    extract::{Form, Path, State},
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
};
use kernel_base::text::thousands;
use serde::Deserialize;

use super::{Faults, Simulator, world::Status};

const HEAD: &str = "<!doctype html><html lang=\"vi\"><meta charset=\"utf-8\"><meta name=\"viewport\" \
    content=\"width=device-width,initial-scale=1\"><title>Cổng thanh toán giả lập</title><style>\
    :root{color-scheme:light dark}body{font:1.1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem}\
    .mark{border:2px dashed;padding:.5rem 1rem}button{font:inherit;padding:.6rem 1.6rem;margin:.3rem .5rem .3rem 0;min-height:44px}\
    dt{font-weight:600}dd{margin:0 0 .6rem}label{display:block;min-height:44px}table{width:100%;border-collapse:collapse}\
    td,th{text-align:left;padding:.3rem .4rem;border-bottom:1px solid;overflow-wrap:anywhere}</style>\
    <p class=\"mark\"><strong>GIẢ LẬP</strong>: trang này chỉ để thử, không có tiền thật.</p>";

/// Text inside HTML.
fn safe(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// What a person pays, with the two buttons.
pub(super) async fn pay(State(it): State<Simulator>, Path(reference): Path<String>) -> Response {
    let Some(order) = it.world.order(&reference) else { return StatusCode::NOT_FOUND.into_response() };
    let body = match order.status {
        Status::Waiting => format!(
            "<form method=\"post\" action=\"/pay/{0}\"><button name=\"act\" value=\"pay\">Trả</button>\
             <button name=\"act\" value=\"cancel\">Hủy</button></form>",
            safe(&reference)
        ),
        Status::Paid => "<p>Giao dịch này đã được trả.</p>".to_owned(),
        Status::Cancelled => "<p>Giao dịch này đã bị hủy.</p>".to_owned(),
    };
    let facts = format!(
        "<h1>{}</h1><dl><dt>Số tiền</dt><dd>{}&nbsp;đ</dd><dt>Nội dung</dt><dd>{}</dd><dt>Mã tham chiếu</dt><dd>{}</dd></dl>",
        safe(&order.channel.words().vi),
        thousands(order.amount),
        safe(&order.info),
        safe(&order.reference)
    );
    Html(format!("{HEAD}{facts}{body}")).into_response()
}

#[derive(Debug, Deserialize)]
pub(super) struct Pressed {
    act: String,
}

/// The person pressed a button.
pub(super) async fn press(
    State(it): State<Simulator>,
    Path(reference): Path<String>,
    Form(pressed): Form<Pressed>,
) -> Response {
    let done = tokio::task::spawn_blocking(move || it.decide(&reference, pressed.act == "pay")).await;
    match done {
        Ok(Some(back)) => Redirect::to(&back).into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Orders and switches.
pub(super) async fn index(State(it): State<Simulator>) -> Response {
    let faults = it.world.faults();
    let switches = [
        ("lose", "Mất thông báo", faults.lose),
        ("double", "Thông báo hai lần", faults.double),
        ("corrupt_hash", "Sai chữ ký", faults.corrupt_hash),
        ("wrong_amount", "Sai số tiền", faults.wrong_amount),
        ("cancel_after_confirm", "Báo hủy sau khi báo thành công", faults.cancel_after_confirm),
        ("down", "Ngừng hoạt động", faults.down),
        ("garbage", "Trả lời vô nghĩa", faults.garbage),
        ("lose_answer", "Nhận đơn nhưng mất câu trả lời", faults.lose_answer),
        ("refunds_wait", "Nhận lệnh hoàn nhưng chưa trả tiền", faults.refunds_wait),
    ];
    let boxes: String = switches
        .iter()
        .map(|(name, label, on)| {
            let checked = if *on { " checked" } else { "" };
            format!("<label><input type=\"checkbox\" name=\"{name}\" value=\"1\"{checked}> {label}</label>")
        })
        .collect();
    let rows: String = it
        .world
        .orders()
        .iter()
        .map(|o| {
            let reference = safe(&o.reference);
            let (amount, channel) = (thousands(o.amount), o.channel.as_str());
            format!("<tr><td><a href=\"/pay/{reference}\">{reference}</a><td>{channel}<td>{amount}<td>{:?}", o.status)
        })
        .collect();
    Html(format!(
        "{HEAD}<h1>Cổng thanh toán giả lập</h1><form method=\"post\" action=\"/\">{boxes}\
         <label>Chậm (giây) <input name=\"slow_seconds\" value=\"{}\"></label>\
         <label>Thông báo trễ (giây) <input name=\"delay_seconds\" value=\"{}\"></label><button>Lưu</button></form>\
         <h2>Giao dịch</h2><table><tr><th>Mã<th>Cổng<th>Số tiền<th>Trạng thái</tr>{rows}</table>",
        faults.slow_seconds, faults.delay_seconds
    ))
    .into_response()
}

/// Takes the switches of the first page.
pub(super) async fn switch(State(it): State<Simulator>, Form(fields): Form<Vec<(String, String)>>) -> Response {
    let on = |name: &str| fields.iter().any(|(n, _)| n == name);
    let seconds = |name: &str| fields.iter().find(|(n, _)| n == name).and_then(|(_, v)| v.parse().ok()).unwrap_or(0);
    it.world.set_faults(Faults {
        lose: on("lose"),
        double: on("double"),
        delay_seconds: seconds("delay_seconds"),
        corrupt_hash: on("corrupt_hash"),
        wrong_amount: on("wrong_amount"),
        cancel_after_confirm: on("cancel_after_confirm"),
        slow_seconds: seconds("slow_seconds"),
        down: on("down"),
        garbage: on("garbage"),
        lose_answer: on("lose_answer"),
        late_answer_seconds: 0,
        refunds_wait: on("refunds_wait"),
    });
    Redirect::to("/").into_response()
}
