//! How the instants of an obligation came about, in words: the count of the first promise, then pauses and extensions.

use jiff::civil::Date;
use kernel_base::{Instant, Result, Words, vietnam_date, vietnam_time};
use kernel_calendar::{Calendar, Mark, TraceLine, due};
use kernel_db::Tx;

use crate::calendars;
use crate::model::{Obligation, PauseSpan};

/// Adds how the instants came about, in words, to be shown: counting it again is dearer than all else about a clock.
///
/// # Errors
/// Those of the database and of the calendar.
pub fn explain(tx: &mut Tx<'_>, mut obligation: Obligation) -> Result<Obligation> {
    let calendar = calendars::load(tx, &obligation.calendar_version)?;
    obligation.trace = trace(&obligation, &calendar)?;
    Ok(obligation)
}

/// `calendar` is the one pinned at the opening.
fn trace(obligation: &Obligation, calendar: &Calendar) -> Result<Vec<TraceLine>> {
    let Obligation { start, limit, cutoff, .. } = obligation;
    let mut lines = match obligation.due_on {
        Some(day) => vec![by_day(day, obligation.first_promise)],
        None => due(*start, limit.amount, limit.unit, *cutoff, calendar)?.trace,
    };
    let mut later: Vec<(Instant, TraceLine)> = Vec::new();
    for pause in &obligation.pauses {
        later.push((pause.from, line(pause.from, Mark::Pause, paused(pause))));
        if let (Some(until), Some(due)) = (pause.until, pause.due_after) {
            later.push((until, line(until, Mark::Pause, resumed(pause, until, due))));
        }
    }
    for extension in &obligation.extensions {
        let to = vietnam_time(extension.appointment);
        let words = Words::new(
            format!("Hẹn lại {to}; hạn pháp lý giữ nguyên"),
            format!("New appointment {}; the legal due stays", english(extension.appointment)),
        );
        later.push((extension.at, line(extension.at, Mark::Appointment, words)));
    }
    later.sort_by_key(|(at, _)| *at);
    lines.extend(later.into_iter().map(|(_, line)| line));
    Ok(lines)
}

/// The due was given as a day.
fn by_day(day: Date, promise: Instant) -> TraceLine {
    let at = vietnam_time(promise);
    let vi = format!("Hạn giao là ngày {}, tính đến hết giờ làm việc: {at}", vietnam_date(day));
    let words = Words::new(vi, format!("The day given is {}; until the end of work: {}", day, english(promise)));
    TraceLine { date: promise.vietnam().date(), mark: Mark::End, amount: 0, words }
}

fn line(at: Instant, mark: Mark, words: Words) -> TraceLine {
    TraceLine { date: at.vietnam().date(), mark, amount: 0, words }
}

fn paused(pause: &PauseSpan) -> Words {
    let (at, why) = (vietnam_time(pause.from), pause.reason.words());
    let basis = &pause.legal_basis;
    let left = match pause.left {
        Some(minutes) => Words::new(
            format!("còn {} giờ {} phút làm việc", minutes / 60, minutes % 60),
            format!("{} h {} min of working time left", minutes / 60, minutes % 60),
        ),
        None => Words::new("đã quá hạn từ trước", "already late before"),
    };
    Words::new(
        format!("Tạm dừng từ {at}: {} ({basis}), {}", why.vi, left.vi),
        format!("Paused from {}: {} ({basis}), {}", english(pause.from), why.en, left.en),
    )
}

fn resumed(pause: &PauseSpan, until: Instant, due: Instant) -> Words {
    let (at, to) = (vietnam_time(until), vietnam_time(due));
    if pause.left.is_none() {
        let vi = format!("Chạy tiếp từ {at}; hạn vẫn là {to}");
        return Words::new(vi, format!("Runs on from {}; still due {}", english(until), english(due)));
    }
    let vi = format!("Chạy tiếp từ {at}; hạn mới: {to}");
    Words::new(vi, format!("Runs on from {}; new due: {}", english(until), english(due)))
}

/// `16:30 on 26/07/2021`
fn english(at: Instant) -> String {
    vietnam_time(at).replace("ngày", "on")
}
