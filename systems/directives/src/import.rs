//! The workbook of a plan: the template that the product makes, reading it, and the same file with the faults in it.

use calamine::{Data, Reader, Xlsx};
use jiff::civil::Date;
use kernel_base::{Error, Result, text};
use rust_xlsxwriter::{Format, Workbook, XlsxError};

use crate::flow::Preview;

/// A line as it stands in the sheet.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RawTask {
    pub line: u32,
    pub clause: String,
    pub title: String,
    pub output: String,
    pub lead: String,
    pub cooperating: String,
    pub due_on: Option<Date>,
    pub part_due_on: Option<Date>,
    pub weight: Option<i64>,
    pub secret: bool,
    pub metric: String,
    pub goal: Option<f64>,
    /// What could not be read.
    pub faults: Vec<String>,
}

const SHEET: &str = "Nhiệm vụ";

/// Columns of the template, in their order, with their widths.
const COLUMNS: [(&str, f64); 11] = [
    ("Mục", 10.0),
    ("Nội dung nhiệm vụ", 60.0),
    ("Sản phẩm", 28.0),
    ("Đơn vị chủ trì", 34.0),
    ("Đơn vị phối hợp", 34.0),
    ("Hạn chủ trì", 14.0),
    ("Hạn phối hợp", 14.0),
    ("Trọng số", 9.0),
    ("Mật", 6.0),
    ("Chỉ số", 18.0),
    ("Chỉ tiêu", 10.0),
];

/// Bytes of a workbook, at most.
pub(crate) const MOST_BYTES: usize = 5 * 1024 * 1024;

fn defect(error: &XlsxError) -> Error {
    Error::internal(format!("workbook: {error}"))
}

fn headed(book: &mut Workbook, more: Option<&str>) -> std::result::Result<(), XlsxError> {
    let bold = Format::new().set_bold().set_text_wrap();
    let sheet = book.add_worksheet().set_name(SHEET)?;
    for (column, (name, width)) in (0..).zip(COLUMNS) {
        sheet.write_string_with_format(0, column, name, &bold)?;
        sheet.set_column_width(column, width)?;
    }
    if let Some(name) = more {
        let column = u16::try_from(COLUMNS.len()).unwrap_or_default();
        sheet.write_string_with_format(0, column, name, &bold)?;
        sheet.set_column_width(column, 60.0)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

/// The template with one example line.
///
/// # Errors
/// `Internal` when the workbook cannot be made.
pub fn template() -> Result<Vec<u8>> {
    let make = || -> std::result::Result<Vec<u8>, XlsxError> {
        let mut book = Workbook::new();
        headed(&mut book, None)?;
        let sheet = book.worksheet_from_name(SHEET)?;
        let example = [
            "II.3",
            "Rà soát, đề xuất dịch vụ công đủ điều kiện lên mức độ 4 (dòng ví dụ, hãy xóa)",
            "Danh mục được phê duyệt",
            "Sở Xây dựng; Sở Y tế",
            "Sở Thông tin và Truyền thông",
            "30/07/2021",
            "23/07/2021",
            "1",
            "",
            "",
            "",
        ];
        for (column, value) in (0..).zip(example) {
            sheet.write_string(1, column, value)?;
        }
        book.save_to_buffer()
    };
    make().map_err(|e| defect(&e))
}

/// The lines that were read, each with its faults beside it: to be put right and handed in again.
///
/// # Errors
/// `Internal` when the workbook cannot be made.
pub fn with_faults(raw: &[RawTask], preview: &Preview) -> Result<Vec<u8>> {
    let make = || -> std::result::Result<Vec<u8>, XlsxError> {
        let mut book = Workbook::new();
        headed(&mut book, Some("Lỗi cần sửa"))?;
        let sheet = book.worksheet_from_name(SHEET)?;
        let red = Format::new().set_font_color("B00020").set_text_wrap();
        let day = |date: Option<Date>| date.map(kernel_base::vietnam_date).unwrap_or_default();
        for (row, (line, understood)) in (1..).zip(raw.iter().zip(&preview.rows)) {
            let cells = [
                line.clause.clone(),
                line.title.clone(),
                line.output.clone(),
                line.lead.clone(),
                line.cooperating.clone(),
                day(line.due_on),
                day(line.part_due_on),
                line.weight.map(|w| w.to_string()).unwrap_or_default(),
                if line.secret { "x".to_owned() } else { String::new() },
                line.metric.clone(),
                line.goal.map(|g| g.to_string()).unwrap_or_default(),
            ];
            for (column, value) in (0..).zip(cells) {
                sheet.write_string(row, column, value)?;
            }
            let column = u16::try_from(COLUMNS.len()).unwrap_or_default();
            sheet.write_string_with_format(row, column, understood.faults.join("\n"), &red)?;
        }
        book.save_to_buffer()
    };
    make().map_err(|e| defect(&e))
}

/// Reads the lines of a workbook. Faults of a line stand in the line.
///
/// # Errors
/// `Invalid` for a file that is no workbook or does not have the columns of the template.
pub fn read(bytes: &[u8]) -> Result<Vec<RawTask>> {
    let unreadable = || {
        let words = (
            "Không đọc được tệp này. Hãy dùng tệp Excel (.xlsx) theo mẫu.",
            "The file cannot be read. Use an Excel workbook (.xlsx) made from the template.",
        );
        Error::refused("not_a_workbook", words)
    };
    if bytes.len() > MOST_BYTES {
        return Err(unreadable());
    }
    let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(bytes)).map_err(|_| unreadable())?;
    let name = book.sheet_names().first().cloned().ok_or_else(unreadable)?;
    let range = book.worksheet_range(&name).map_err(|_| unreadable())?;
    let mut rows = range.rows();
    let header = rows.next().ok_or_else(unreadable)?;
    let place = |name: &str| header.iter().position(|cell| text::fold(&said(cell)) == text::fold(name));
    let mut places = Vec::new();
    for (name, _) in COLUMNS {
        places.push(place(name));
    }
    if places.get(1).copied().flatten().is_none() || places.get(3).copied().flatten().is_none() {
        return Err(unreadable());
    }
    let first = range.start().map_or(0, |(row, _)| row);
    let lines = rows.enumerate().filter(|(_, row)| row.iter().any(|cell| !said(cell).is_empty()));
    Ok(lines.map(|(at, row)| line(row, &places, first + u32::try_from(at).unwrap_or(0) + 2)).collect())
}

fn line(row: &[Data], places: &[Option<usize>], number: u32) -> RawTask {
    let cell = |column: usize| places.get(column).copied().flatten().and_then(|at| row.get(at)).unwrap_or(&Data::Empty);
    let mut raw = RawTask {
        line: number,
        clause: said(cell(0)),
        title: said(cell(1)),
        output: said(cell(2)),
        lead: said(cell(3)),
        cooperating: said(cell(4)),
        secret: !said(cell(8)).is_empty(),
        metric: said(cell(9)),
        ..RawTask::default()
    };
    for (column, slot) in [(5, true), (6, false)] {
        let (text, name) = (said(cell(column)), COLUMNS.get(column).map_or("", |c| c.0));
        match day(cell(column)) {
            Some(date) if slot => raw.due_on = Some(date),
            Some(date) => raw.part_due_on = Some(date),
            None if text.is_empty() => {}
            None => raw.faults.push(format!("{name}: “{text}” không phải ngày. Hãy ghi như 30/07/2021.")),
        }
    }
    for column in [7, 10] {
        let (text, name) = (said(cell(column)), COLUMNS.get(column).map_or("", |c| c.0));
        match text.replace(',', ".").parse::<f64>() {
            Ok(value) if column == 10 => raw.goal = Some(value),
            #[expect(clippy::cast_possible_truncation, reason = "a weight is a small whole number")]
            Ok(value) if value.fract() == 0.0 && value.abs() < 1e6 => raw.weight = Some(value as i64),
            _ if text.is_empty() => {}
            _ => raw.faults.push(format!("{name}: “{text}” không phải số.")),
        }
    }
    raw
}

fn said(cell: &Data) -> String {
    text::clean(&cell.to_string())
}

/// A date cell, or a text such as 30/07/2021 or 2021-07-30.
fn day(cell: &Data) -> Option<Date> {
    if let Data::DateTime(at) = cell {
        let days = at.as_f64().floor();
        #[expect(clippy::cast_possible_truncation, reason = "checked to be a day of this and the next century")]
        let days = (20_000.0..120_000.0).contains(&days).then_some(days as i64)?;
        return jiff::civil::date(1899, 12, 30).checked_add(jiff::Span::new().days(days)).ok();
    }
    let text = said(cell);
    if let Ok(date) = text.parse::<Date>() {
        return Some(date);
    }
    let mut parts = text.split(['/', '-', '.']);
    let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok().filter(|_| parts.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_is_read_back() {
        let rows = read(&template().unwrap()).unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].line, rows[0].lead.as_str()), (2, "Sở Xây dựng; Sở Y tế"));
        assert_eq!(rows[0].due_on, Some(jiff::civil::date(2021, 7, 30)));
        assert_eq!(rows[0].faults, Vec::<String>::new());
    }

    #[test]
    fn what_is_no_workbook_is_refused() {
        assert_eq!(read(b"PK hello").unwrap_err().code, "not_a_workbook");
    }

    #[test]
    fn a_day_is_read_as_people_write_it() {
        let text = |t: &str| day(&Data::String(t.to_owned()));
        assert_eq!(text("30/7/2021"), Some(jiff::civil::date(2021, 7, 30)));
        assert_eq!(text("2021-07-30"), Some(jiff::civil::date(2021, 7, 30)));
        assert_eq!((text("31/02/2021"), text("mai")), (None, None));
    }
}
