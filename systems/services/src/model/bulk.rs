//! Many dossiers of one procedure from one workbook: columns, reading of cells, rows. Pure.

use jiff::civil::Date;
use kernel_base::{AgencyId, Instant, Lang, text, typed_id};
use kernel_contract::Receipt;
use kernel_forms::{Choice, Field, FieldKind, Form, Places};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

typed_id!(
    /// A workbook that was uploaded (nộp hàng loạt).
    BatchId, "blk"
);

/// Most rows of one workbook.
pub(crate) const MOST_ROWS: usize = 500;

/// A row of the workbook. Personal data.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct BulkRow {
    /// Number of the row as the spreadsheet shows it.
    pub(crate) number: u32,
    /// By column, as typed.
    pub(crate) typed: Vec<String>,
    pub(crate) answers: Value,
    /// Column (`None` = the whole row) and what to do, in Vietnamese and English.
    #[serde(default)]
    pub(crate) faults: Vec<RowFault>,
    #[serde(default)]
    pub(crate) receipt: Option<Receipt>,
}

/// Something wrong in a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RowFault {
    pub(crate) column: Option<usize>,
    pub(crate) vi: String,
    pub(crate) en: String,
}

/// A workbook that was uploaded.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    pub(crate) id: BatchId,
    pub(crate) account: String,
    pub(crate) mandate: String,
    pub(crate) procedure: String,
    pub(crate) case: String,
    pub(crate) agency: AgencyId,
    pub(crate) file_name: String,
    pub(crate) file_hash: String,
    pub(crate) rows: Vec<BulkRow>,
    pub(crate) created_at: Instant,
    pub(crate) version: i64,
}

impl Batch {
    pub(crate) fn faulty(&self) -> usize {
        self.rows.iter().filter(|row| !row.faults.is_empty()).count()
    }

    pub(crate) fn handed_in(&self) -> usize {
        self.rows.iter().filter(|row| row.receipt.is_some()).count()
    }
}

/// Whether the form fits into rows: one cell for one question.
pub(crate) fn fits_rows(form: &Form) -> bool {
    form.fields().iter().all(|field| !matches!(field.kind, FieldKind::Group(_)))
}

/// The text of a choice in a cell.
pub(crate) fn choice_text(choice: &Choice) -> String {
    text::clean_line(choice.title.say(Lang::Vi))
}

/// Reads the cells of a row: the answers, and what cannot be understood by column. What is required or too long is found
/// by the form's own check afterwards.
pub(crate) fn read_row(form: &Form, places: &Places, cells: &[Cell]) -> (Map<String, Value>, Vec<RowFault>) {
    let (mut answers, mut faults) = (Map::new(), Vec::new());
    for (column, field) in form.fields().iter().enumerate() {
        let cell = cells.get(column).cloned().unwrap_or_default();
        if cell.text.is_empty() {
            continue;
        }
        match read_cell(field, places, &cell) {
            Ok(value) => {
                answers.insert(field.name.clone(), value);
            }
            Err((vi, en)) => faults.push(RowFault { column: Some(column), vi, en }),
        }
    }
    (answers, faults)
}

/// A cell as it was read.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Cell {
    pub(crate) text: String,
    /// A number in the file, so leading zeros are gone.
    pub(crate) number: bool,
    /// A day, when the spreadsheet says that the cell is one.
    pub(crate) day: Option<Date>,
}

type Words = (String, String);

fn read_cell(field: &Field, places: &Places, cell: &Cell) -> Result<Value, Words> {
    match &field.kind {
        FieldKind::Choice(choices) => choice(choices, &cell.text),
        FieldKind::YesNo => yes_no(&cell.text),
        FieldKind::Date { .. } => day(cell).map(Value::String),
        FieldKind::PartialDate { .. } => Ok(Value::String(day(cell).unwrap_or_else(|_| partial(&cell.text)))),
        FieldKind::Integer | FieldKind::Money => whole(&cell.text),
        FieldKind::IdentityNumber { .. } => digits(cell, 12),
        FieldKind::Phone => digits(cell, 10),
        FieldKind::BusinessCode => digits(cell, 10),
        FieldKind::Commune => commune(places, &cell.text),
        _ => Ok(Value::String(cell.text.clone())),
    }
}

fn choice(choices: &[Choice], typed: &str) -> Result<Value, Words> {
    let wanted = text::fold(typed);
    let same = |choice: &&Choice| {
        let value = choice.value.as_str().map(text::fold);
        [Some(text::fold(choice.title.say(Lang::Vi))), Some(text::fold(choice.title.say(Lang::En))), value]
            .into_iter()
            .flatten()
            .any(|known| known == wanted)
    };
    choices.iter().find(same).map(|choice| choice.value.clone()).ok_or_else(|| {
        let all: Vec<String> = choices.iter().map(choice_text).collect();
        (format!("Chọn một trong: {}.", all.join("; ")), format!("Choose one of: {}.", all.join("; ")))
    })
}

fn yes_no(typed: &str) -> Result<Value, Words> {
    match text::fold(typed).as_str() {
        "co" | "x" | "yes" | "true" | "dung" => Ok(Value::Bool(true)),
        "khong" | "no" | "false" | "sai" => Ok(Value::Bool(false)),
        _ => Err(("Ghi “Có” hoặc “Không”.".to_owned(), "Write “Có” or “Không”.".to_owned())),
    }
}

/// `26/07/1990`, `1990-07-26`, or a cell that is a day.
fn day(cell: &Cell) -> Result<String, Words> {
    let wrong = || {
        (
            "Ghi ngày theo dạng ngày/tháng/năm, ví dụ 26/07/1990.".to_owned(),
            "Write the day as day/month/year, such as 26/07/1990.".to_owned(),
        )
    };
    if let Some(day) = cell.day {
        return Ok(day.to_string());
    }
    let parts: Vec<&str> = cell.text.split(['/', '-', '.']).map(str::trim).collect();
    let (year, month, day) = match parts.as_slice() {
        [year, month, day] if year.len() == 4 => (*year, *month, *day),
        [day, month, year] if year.len() == 4 => (*year, *month, *day),
        _ => return Err(wrong()),
    };
    let made = year.parse().ok().zip(month.parse().ok()).zip(day.parse().ok());
    let made = made.and_then(|((year, month), day)| Date::new(year, month, day).ok());
    made.map(|day| day.to_string()).ok_or_else(wrong)
}

/// `07/1990` as `1990-07`; a year alone stays.
fn partial(typed: &str) -> String {
    match typed.split_once('/') {
        Some((month, year)) if year.len() == 4 && !year.contains('/') => format!("{year}-{month:0>2}"),
        _ => typed.to_owned(),
    }
}

/// `1.200`, `1 200`, `1200,0` as 1200.
fn whole(typed: &str) -> Result<Value, Words> {
    let wrong = || ("Ghi số nguyên, ví dụ 2.".to_owned(), "Write a whole number, such as 2.".to_owned());
    let plain: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    let (head, tail) = plain.split_once(',').unwrap_or((&plain, ""));
    if !tail.chars().all(|c| c == '0') {
        return Err(wrong());
    }
    let groups: Vec<&str> = head.split('.').collect();
    let thousands = groups.iter().skip(1).all(|group| group.len() == 3);
    if !thousands {
        return Err(wrong());
    }
    groups.concat().parse::<i64>().map(Value::from).map_err(|_| wrong())
}

/// Digits as text. A number that lost its zeros is a fault with the likely value, never a silent repair.
fn digits(cell: &Cell, length: usize) -> Result<Value, Words> {
    let typed: String = cell.text.chars().filter(|c| !matches!(c, ' ' | '.' | '-')).collect();
    let short = typed.len() < length && typed.len() + 3 >= length && typed.bytes().all(|b| b.is_ascii_digit());
    if cell.number && short {
        let likely = format!("{typed:0>length$}");
        return Err((
            format!("Excel đã bỏ mất số 0 ở đầu. Có phải là {likely}? Hãy ghi lại dạng chữ."),
            format!("Excel dropped the leading zero. Is it {likely}? Write it as text."),
        ));
    }
    Ok(Value::String(typed))
}

fn commune(places: &Places, typed: &str) -> Result<Value, Words> {
    if places.name(typed).is_some() {
        return Ok(Value::String(typed.to_owned()));
    }
    let wanted = text::fold(typed);
    let all = places.groups().iter().flat_map(|group| group.places.iter());
    let fits = |code: &str, name: &str| {
        text::fold(name) == wanted || places.name(code).is_some_and(|whole| text::fold(whole) == wanted)
    };
    let found: Vec<&String> = all.filter(|(code, name)| fits(code, name)).map(|(code, _)| code).collect();
    match found.as_slice() {
        [one] => Ok(Value::String((*one).clone())),
        [] => Err(("Không có xã, phường này. Ghi tên hoặc mã 5 số.".to_owned(), "No such commune.".to_owned())),
        _ => Err((
            "Có nhiều xã cùng tên. Ghi thêm tên huyện, ví dụ “Xã Tam Thăng, Thành phố Tam Kỳ”.".to_owned(),
            "Several communes have this name. Add the district.".to_owned(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(text: &str) -> Cell {
        Cell { text: text.to_owned(), ..Cell::default() }
    }

    #[test]
    fn a_number_that_lost_its_zeros_is_asked_back_and_never_repaired() {
        let lost = Cell { number: true, ..cell("49090000001") };
        assert!(digits(&lost, 12).unwrap_err().0.contains("049090000001"));
        assert_eq!(digits(&cell("049090000001"), 12), Ok(Value::from("049090000001")));
        assert_eq!(digits(&cell("0905 000 001"), 10), Ok(Value::from("0905000001")));
    }

    #[test]
    fn days_and_numbers_are_read_in_the_ways_people_write_them() {
        for typed in ["26/07/1990", "26-7-1990", "1990-07-26"] {
            assert_eq!(day(&cell(typed)).unwrap(), "1990-07-26", "{typed}");
        }
        assert!(day(&cell("31/02/1990")).is_err() && day(&cell("26/07/90")).is_err());
        for (typed, number) in [("2", 2), ("1.200", 1_200), ("1 200", 1_200), ("2,0", 2)] {
            assert_eq!(whole(typed), Ok(Value::from(number)), "{typed}");
        }
        assert!(whole("2,5").is_err() && whole("1.2").is_err() && whole("hai").is_err());
        assert_eq!(partial("07/1990"), "1990-07");
    }
}
