//! Reading limits, money, codes and channels as the state publishes them.

use kernel_base::{Vnd, text};
use kernel_contract::{Channel, Limit, Unit};

/// The base of a procedure code: `1.001193`, also from `1.001193.000.00.00.H56` and `2.002621.H56`.
pub(super) fn base_code(typed: &str) -> Option<String> {
    let mut groups = text::clean_line(typed).split('.').map(str::to_owned).collect::<Vec<_>>().into_iter();
    let (head, tail) = (groups.next()?, groups.next()?);
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    let rest_fits =
        groups.all(|group| (1..=3).contains(&group.len()) && group.bytes().all(|b| b.is_ascii_alphanumeric()));
    (digits(&head, 1) && digits(&tail, 6) && rest_fits).then(|| format!("{head}.{tail}"))
}

/// A published limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Time {
    Limit(Limit),
    /// "Không quy định", or nothing at all.
    None,
    /// Words that promise nothing by themselves; they are kept.
    Text,
}

/// Reads `2 Giờ`, `30 Ngày làm việc`, `45 Ngày`, `Không quy định`; the unit may stand in a field of its own.
/// Only a whole number and a unit make a promise: everything else is a text.
pub(super) fn read_time(amount: &str, unit: &str) -> Time {
    let whole = text::fold(&format!("{amount} {unit}"));
    let none = ["", "khong quy dinh", "khong", "khong co"].contains(&whole.as_str());
    let amount_says_none = text::fold(amount).is_empty() || text::fold(amount) == "khong quy dinh";
    if none || amount_says_none {
        return Time::None;
    }
    // Folding would read 1.5 as two numbers and -3 as 3.
    let plain = |c: char| c.is_alphanumeric() || c.is_whitespace();
    if !text::clean_line(amount).chars().all(plain) {
        return whole_number(amount)
            .and_then(|amount| limit(amount, &text::fold(unit)))
            .map_or(Time::Text, Time::Limit);
    }
    let rest = ["khong qua ", "toi da ", "trong "].iter().find_map(|start| whole.strip_prefix(start)).unwrap_or(&whole);
    let (number, unit) = rest.split_once(' ').unwrap_or((rest, ""));
    let number = number.parse::<i64>().ok();
    number.and_then(|number| limit(number, unit)).map_or(Time::Text, Time::Limit)
}

/// `5.0` as a spreadsheet or a program writes the whole number 5.
fn whole_number(typed: &str) -> Option<i64> {
    let number: f64 = typed.trim().parse().ok()?;
    (number.fract() == 0.0 && number.abs() < 1e6).then_some(number as i64)
}

fn limit(amount: i64, unit: &str) -> Option<Limit> {
    let unit = match unit {
        "gio" | "gio lam viec" => Unit::WorkingHour,
        "ngay lam viec" => Unit::WorkingDay,
        "ngay" | "ngay lich" => Unit::CalendarDay,
        "thang" => Unit::Month,
        _ => return None,
    };
    (1..=3_650).contains(&amount).then(|| Limit::new(amount, unit))
}

/// An amount in whole đồng; `Err` when it is something else, which is then kept as a text.
pub(super) fn read_fee(amount: &str, unit: &str) -> Result<Option<Vnd>, ()> {
    let amount = text::clean_line(amount);
    if amount.is_empty() {
        return Ok(None);
    }
    if ["mien phi", "mien le phi", "khong thu phi"].contains(&text::fold(&amount).as_str()) {
        return Ok(Some(Vnd::ZERO));
    }
    let unit = text::fold(unit);
    let dong = unit.is_empty()
        || ["dong", "vnd", "d"].iter().any(|name| unit == *name || unit.starts_with(&format!("{name} ")));
    if !dong {
        return Err(());
    }
    let digits = match amount.parse::<f64>() {
        // `50000.0`, but not `50.000`, where the dot separates thousands.
        Ok(number) if number.fract() == 0.0 && !in_thousands(&amount) => format!("{number:.0}"),
        _ if amount.contains(['.', ',', ' ']) && in_thousands(&amount) => {
            amount.chars().filter(char::is_ascii_digit).collect()
        }
        _ => amount,
    };
    digits.parse::<i64>().ok().and_then(Vnd::new).map(Some).ok_or(())
}

fn in_thousands(amount: &str) -> bool {
    let groups: Vec<&str> = amount.split(['.', ',', ' ']).collect();
    let digits = groups.iter().all(|group| group.bytes().all(|b| b.is_ascii_digit()));
    digits
        && groups.len() > 1
        && groups.iter().skip(1).all(|g| g.len() == 3)
        && groups.first().is_some_and(|g| (1..=3).contains(&g.len()))
}

/// `KENH`: 1 direct, 2 online, 3 public postal; the workbook also takes the words.
pub(super) fn read_channel(typed: &str) -> Option<Channel> {
    match text::fold(typed).as_str() {
        "1" | "1 0" | "truc tiep" => Some(Channel::Counter),
        "2" | "2 0" | "truc tuyen" => Some(Channel::Online),
        "3" | "3 0" | "buu chinh" | "buu chinh cong ich" | "dich vu buu chinh" => Some(Channel::Postal),
        _ => None,
    }
}

pub(super) fn channel_name(channel: Channel) -> &'static str {
    match channel {
        Channel::Counter => "Trực tiếp",
        Channel::Online => "Trực tuyến",
        Channel::Postal => "Bưu chính công ích",
    }
}

/// `Trường hợp 1: chuyển đi` → `truong-hop-1-chuyen-di`, at most 40 letters.
pub(super) fn slug(name: &str) -> String {
    let folded = text::fold(name).replace(' ', "-");
    let ascii: String = folded.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(40).collect();
    ascii.trim_matches('-').to_owned()
}

/// A text that a spreadsheet would run as a formula is led by an apostrophe.
pub(super) fn neutral(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

/// Takes the apostrophe of [`neutral`] off again.
pub(super) fn without_guard(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest,
        _ => text,
    }
}
