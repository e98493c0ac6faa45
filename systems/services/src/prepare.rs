//! Workbooks of bulk submission: the template of a procedure, reading what comes back, the same file with its faults.

use std::{
    io::Cursor,
    panic::{AssertUnwindSafe, catch_unwind},
};

use calamine::{DataRef, Reader, Xlsx};
use kernel_base::{Error, Lang, Result, text};
use kernel_forms::{Field, FieldKind, Form};
use rust_xlsxwriter::{
    Color, DataValidation, DocProperties, ExcelDateTime, Format, Note, Workbook, Worksheet, XlsxError,
};

use crate::model::{Batch, BulkRow, Cell, MOST_ROWS, choice_text};

const DATA: &str = "Hồ sơ";
const GUIDANCE: &str = "Hướng dẫn";
const SUMMARY: &str = "Lỗi cần sửa";
const HIDDEN: &str = "chuyendong";
const EXAMPLE: &str = "Ví dụ";

/// Unpacked bytes of a workbook; a small file can hold endless zeros.
const MOST_UNPACKED: u64 = 64 * 1024 * 1024;

type Written<T> = std::result::Result<T, XlsxError>;

/// What a template is for; a workbook of another version of the form is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) procedure: String,
    pub(crate) case: String,
    /// Identifier of the published version.
    pub(crate) version: String,
}

/// The empty workbook of a procedure: lists, one example row, guidance, hidden version.
///
/// # Errors
/// `Internal` when the workbook cannot be written, which is a defect.
pub(crate) fn template(form: &Form, mark: &Mark) -> Result<Vec<u8>> {
    book(form, mark, &[], false).map_err(|e| Error::internal(format!("bulk template: {e}")))
}

/// The same rows with red cells, remarks and a summary in front.
///
/// # Errors
/// `Internal` when the workbook cannot be written, which is a defect.
pub(crate) fn with_faults(form: &Form, mark: &Mark, batch: &Batch) -> Result<Vec<u8>> {
    book(form, mark, &batch.rows, true).map_err(|e| Error::internal(format!("bulk faults: {e}")))
}

fn book(form: &Form, mark: &Mark, rows: &[BulkRow], faults: bool) -> Written<Vec<u8>> {
    let mut book = Workbook::new();
    // A fixed instant: the same template is the same file.
    let made = ExcelDateTime::from_ymd(2021, 7, 26)?;
    book.set_properties(&DocProperties::new().set_title("Nộp hồ sơ hàng loạt").set_creation_datetime(&made));
    if faults {
        summary(book.add_worksheet(), form, rows)?;
    }
    data(book.add_worksheet(), form, rows)?;
    guidance(book.add_worksheet(), form)?;
    let hidden = book.add_worksheet();
    hidden.set_name(HIDDEN)?.set_very_hidden(true);
    hidden.write_string(0, 0, &mark.procedure)?.write_string(0, 1, &mark.case)?.write_string(0, 2, &mark.version)?;
    book.save_to_buffer()
}

fn number(at: usize) -> u16 {
    u16::try_from(at).unwrap_or(u16::MAX)
}

fn title(field: &Field) -> String {
    let star = if field.optional() { "" } else { " *" };
    format!("{}{star}", field.title.say(Lang::Vi))
}

/// Text that a spreadsheet would take for a formula gets an apostrophe in front.
pub(crate) fn neutral(typed: &str) -> String {
    if typed.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{typed}") } else { typed.to_owned() }
}

fn data(page: &mut Worksheet, form: &Form, rows: &[BulkRow]) -> Written<()> {
    let head = Format::new().set_bold().set_text_wrap().set_background_color(Color::RGB(0xE8_F1_FA));
    let cell = Format::new().set_num_format("@").set_text_wrap();
    let red = Format::new().set_num_format("@").set_text_wrap().set_background_color(Color::RGB(0xFF_C7_CE));
    let example = Format::new().set_num_format("@").set_italic().set_font_color(Color::RGB(0x4A_50_58));
    page.set_name(DATA)?.set_freeze_panes(1, 1)?.set_column_width(0, 10)?;
    page.write_string_with_format(0, 0, "STT", &head)?;
    let last = u32::try_from(MOST_ROWS).unwrap_or(u32::MAX) + 1;
    for (at, field) in form.fields().iter().enumerate() {
        let column = number(at + 1);
        page.set_column_width(column, 24)?.set_column_format(column, &cell)?;
        page.write_string_with_format(0, column, title(field), &head)?;
        let lists = list_of(field);
        let length: usize = lists.iter().map(|text| text.chars().count() + 1).sum();
        if !lists.is_empty() && length <= 255 && lists.iter().all(|text| !text.contains(',')) {
            page.add_data_validation(1, column, last, column, &DataValidation::new().allow_list_strings(&lists)?)?;
        }
    }
    page.write_string_with_format(1, 0, EXAMPLE, &example)?;
    for (at, field) in form.fields().iter().enumerate() {
        page.write_string_with_format(1, number(at + 1), neutral(&example_of(form, field)), &example)?;
    }
    for row in rows {
        let line = row.number.saturating_sub(1);
        page.write_string_with_format(line, 0, (line - 1).to_string(), &cell)?;
        for (at, typed) in row.typed.iter().enumerate() {
            let wrong: Vec<&str> =
                row.faults.iter().filter(|f| f.column == Some(at)).map(|fault| fault.vi.as_str()).collect();
            let format = if wrong.is_empty() { &cell } else { &red };
            page.write_string_with_format(line, number(at + 1), neutral(typed), format)?;
            if !wrong.is_empty() {
                page.insert_note(line, number(at + 1), &Note::new(wrong.join("\n")).add_author_prefix(false))?;
            }
        }
    }
    Ok(())
}

fn list_of(field: &Field) -> Vec<String> {
    match &field.kind {
        FieldKind::Choice(choices) => choices.iter().map(choice_text).collect(),
        FieldKind::YesNo => vec!["Có".to_owned(), "Không".to_owned()],
        _ => Vec::new(),
    }
}

/// The form's own example, as a person would type it.
fn example_of(form: &Form, field: &Field) -> String {
    let Some(value) = form.example().and_then(|example| example.get(&field.name)) else { return String::new() };
    match (&field.kind, value.as_str()) {
        (FieldKind::Choice(choices), _) => {
            choices.iter().find(|choice| choice.value == *value).map(choice_text).unwrap_or_default()
        }
        (FieldKind::YesNo, _) => if value == true { "Có" } else { "Không" }.to_owned(),
        (FieldKind::Date { .. }, Some(day)) => {
            let parts: Vec<&str> = day.split('-').rev().collect();
            parts.join("/")
        }
        (_, Some(text)) => text.to_owned(),
        (_, None) => value.to_string(),
    }
}

fn guidance(page: &mut Worksheet, form: &Form) -> Written<()> {
    let (bold, wrap) = (Format::new().set_bold(), Format::new().set_text_wrap());
    page.set_name(GUIDANCE)?.set_column_width(0, 40)?.set_column_width(1, 90)?;
    let lines = [
        "Mỗi hồ sơ một dòng ở trang “Hồ sơ”, tối đa 500 dòng. Cột có dấu * là bắt buộc. Đừng đổi tên trang và thứ tự cột.",
        "Dòng “Ví dụ” được bỏ qua. Số định danh, số điện thoại ghi dạng chữ để giữ số 0 ở đầu. Ngày ghi ngày/tháng/năm.",
        "Có một chỗ sai thì chưa hồ sơ nào được nộp: tệp được trả lại, ô sai tô đỏ, có ghi chú cách sửa.",
    ];
    let mut row = 0;
    for line in lines {
        page.write_string(row, 0, line)?;
        row += 1;
    }
    for field in form.fields() {
        row += 1;
        page.write_string_with_format(row, 0, title(field), &bold)?;
        let hint = field.hint.say(Lang::Vi).to_owned();
        let list = list_of(field).join("; ");
        page.write_string_with_format(row, 1, [hint, list].join(" ").trim(), &wrap)?;
    }
    Ok(())
}

fn summary(page: &mut Worksheet, form: &Form, rows: &[BulkRow]) -> Written<()> {
    let bold = Format::new().set_bold();
    page.set_name(SUMMARY)?.set_column_width(0, 8)?.set_column_width(1, 32)?.set_column_width(2, 90)?;
    let wrong = rows.iter().filter(|row| !row.faults.is_empty()).count();
    page.write_string_with_format(
        0,
        0,
        format!("{wrong} trên {} dòng cần sửa; chưa hồ sơ nào được nộp.", rows.len()),
        &bold,
    )?;
    for (at, name) in ["Dòng", "Cột", "Cách sửa"].into_iter().enumerate() {
        page.write_string_with_format(2, number(at), name, &bold)?;
    }
    let mut line = 3;
    for row in rows {
        for fault in &row.faults {
            let column = fault.column.and_then(|at| form.fields().get(at)).map(title).unwrap_or_default();
            page.write_number(line, 0, row.number)?.write_string(line, 1, column)?.write_string(
                line,
                2,
                neutral(&fault.vi),
            )?;
            line += 1;
        }
    }
    Ok(())
}

/// The receipts of a workbook that was handed in.
///
/// # Errors
/// `Internal` when the workbook cannot be written, which is a defect.
pub(crate) fn receipts(batch: &Batch) -> Result<Vec<u8>> {
    let write = || -> Written<Vec<u8>> {
        let mut book = Workbook::new();
        let page = book.add_worksheet();
        let bold = Format::new().set_bold();
        page.set_name("Biên nhận")?.set_freeze_panes(1, 0)?;
        for (at, name) in ["Dòng", "Mã hồ sơ", "Mã tra cứu", "Nộp lúc", "Tiếp nhận trước"].into_iter().enumerate()
        {
            page.set_column_width(number(at), 26)?;
            page.write_string_with_format(0, number(at), name, &bold)?;
        }
        let done = batch.rows.iter().filter_map(|row| row.receipt.as_ref().map(|receipt| (row.number, receipt)));
        for (line, (row, receipt)) in (1..).zip(done) {
            page.write_number(line, 0, row)?.write_string(line, 1, receipt.code.as_str())?;
            page.write_string(line, 2, neutral(&receipt.lookup_key))?;
            page.write_string(line, 3, kernel_base::vietnam_time(receipt.submitted_at))?;
            page.write_string(line, 4, kernel_base::vietnam_time(receipt.reception_due))?;
        }
        book.save_to_buffer()
    };
    write().map_err(|e| Error::internal(format!("bulk receipts: {e}")))
}

/// Rows of an uploaded workbook: number as the spreadsheet shows it, and the cells by column.
pub(crate) type ReadRows = Vec<(u32, Vec<Cell>)>;

/// Reads a workbook that was filled in.
///
/// # Errors
/// `Invalid` with the field `file`: no workbook, another template, an old version, no rows, too many rows.
pub(crate) fn read(bytes: &[u8], mark: &Mark, columns: usize) -> Result<ReadRows> {
    // The reader of the workbook is not ours; a file on which it panics is refused.
    let opened = catch_unwind(AssertUnwindSafe(|| open(bytes, columns))).unwrap_or(None);
    let Some((found, rows)) = opened else {
        return Err(fault(
            "format",
            "Không mở được tệp. Hãy tải mẫu Excel ở bước 1, điền rồi lưu dạng .xlsx.",
            "The file cannot be opened. Take the template of step 1 and save it as .xlsx.",
        ));
    };
    if found.procedure != mark.procedure || found.case != mark.case {
        return Err(fault(
            "other_template",
            "Đây không phải mẫu của thủ tục này. Hãy tải mẫu ở bước 1.",
            "This is not the template of this procedure. Take the one of step 1.",
        ));
    }
    if found.version != mark.version {
        return Err(fault(
            "old_template",
            "Mẫu đã cũ. Hãy tải mẫu mới ở bước 1 rồi chép dữ liệu sang.",
            "The template is old. Take the new one of step 1 and copy the data.",
        ));
    }
    if rows.is_empty() {
        return Err(fault("empty", "Tệp chưa có dòng nào dưới dòng ví dụ.", "There is no row below the example."));
    }
    if rows.len() > MOST_ROWS {
        return Err(fault(
            "too_many",
            "Tệp có hơn 500 dòng. Hãy chia thành nhiều tệp.",
            "The file has more than 500 rows. Split it.",
        ));
    }
    Ok(rows)
}

fn fault(code: &'static str, vi: &str, en: &str) -> Error {
    Error::invalid(vec![kernel_base::FieldError::new("file", code, (vi, en))])
}

fn open(bytes: &[u8], columns: usize) -> Option<(Mark, ReadRows)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
    let mut unpacked = 0_u64;
    for at in 0..archive.len() {
        unpacked = unpacked.saturating_add(archive.by_index_raw(at).ok()?.size());
    }
    if unpacked > MOST_UNPACKED {
        return None;
    }
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).ok()?;
    let mut mark = [String::new(), String::new(), String::new()];
    let mut hidden = book.worksheet_cells_reader(HIDDEN).ok()?;
    while let Some(cell) = hidden.next_cell().ok()? {
        if let (0, column @ 0..=2) = cell.get_position() {
            *mark.get_mut(column as usize)? = cell_of(cell.get_value()).text;
        }
    }
    drop(hidden);
    let [procedure, case, version] = mark;
    let mut rows: std::collections::BTreeMap<u32, Vec<Cell>> = std::collections::BTreeMap::new();
    let mut example = None;
    let mut cells = book.worksheet_cells_reader(DATA).ok()?;
    while let Some(cell) = cells.next_cell().ok()? {
        let (row, column) = cell.get_position();
        let read = cell_of(cell.get_value());
        if row == 0 || read.text.is_empty() || column as usize > columns {
            continue;
        }
        if column == 0 {
            if text::fold(&read.text) == text::fold(EXAMPLE) {
                example = Some(row);
            }
            continue;
        }
        let line = rows.entry(row).or_insert_with(|| vec![Cell::default(); columns]);
        *line.get_mut(column as usize - 1)? = read;
        if rows.len() > MOST_ROWS + 2 {
            break;
        }
    }
    let rows = rows.into_iter().filter(|(row, _)| Some(*row) != example).map(|(row, cells)| (row + 1, cells)).collect();
    Some((Mark { procedure, case, version }, rows))
}

fn cell_of(value: &DataRef<'_>) -> Cell {
    let plain = |text: String| Cell { text: text::clean_line(&text), ..Cell::default() };
    match value {
        DataRef::String(typed) => plain(without_guard(typed).to_owned()),
        DataRef::SharedString(typed) => plain(without_guard(typed).to_owned()),
        DataRef::Int(number) => Cell { number: true, ..plain(number.to_string()) },
        DataRef::Float(number) => Cell { number: true, ..plain(number.to_string()) },
        DataRef::Bool(answer) => plain(if *answer { "Có" } else { "Không" }.to_owned()),
        DataRef::DateTimeIso(typed) | DataRef::DurationIso(typed) => plain(typed.clone()),
        DataRef::DateTime(at) => {
            let day = day_of(at.as_f64());
            Cell { text: day.map_or_else(|| at.as_f64().to_string(), kernel_base::vietnam_date), number: true, day }
        }
        DataRef::Error(error) => plain(error.to_string()),
        DataRef::Empty => Cell::default(),
    }
}

fn without_guard(typed: &str) -> &str {
    match typed.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest,
        _ => typed,
    }
}

/// Days since 30 December 1899, as spreadsheets count.
fn day_of(serial: f64) -> Option<jiff::civil::Date> {
    let days = serial.floor();
    if !(1.0..60_000.0).contains(&days) {
        return None;
    }
    jiff::civil::date(1899, 12, 30).checked_add(jiff::Span::new().days(days as i64)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_would_be_a_formula_is_neutral_and_read_back_as_it_was() {
        for evil in ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1)"] {
            let written = neutral(evil);
            assert!(written.starts_with('\''), "{written}");
            assert_eq!(without_guard(&written), evil);
        }
        assert_eq!(neutral("Nguyễn"), "Nguyễn");
    }

    #[test]
    fn a_day_of_a_spreadsheet_is_the_day_that_it_shows() {
        assert_eq!(day_of(44_403.0), Some(jiff::civil::date(2021, 7, 26)));
        assert_eq!(day_of(-1.0), None);
    }
}
