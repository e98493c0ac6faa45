//! Writing the workbook that people fill in.

use kernel_base::{Error, Result};
use rust_xlsxwriter::{Color, DataValidation, DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

use super::sheets::{CHOICE_ROWS, EXAMPLE, GUIDANCE, HIDDEN, KIND, SHEETS, Sheet, VERSION};
use super::values::neutral;

/// The empty workbook with one example row per sheet, lists, guidance and the hidden version.
///
/// # Errors
/// `Internal` when the workbook cannot be written, which is a defect.
pub fn template() -> Result<Vec<u8>> {
    let examples: Vec<Vec<Vec<String>>> = SHEETS
        .iter()
        .map(|sheet| vec![sheet.columns.iter().map(|column| column.example.to_owned()).collect()])
        .collect();
    workbook(&examples).map_err(|error| Error::internal(format!("procedure template: {error}")))
}

/// A workbook with these rows, sheet by sheet in the order of [`SHEETS`].
pub(super) fn workbook(rows: &[Vec<Vec<String>>]) -> std::result::Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    // A fixed instant: the same template is the same file.
    let made = ExcelDateTime::from_ymd(2021, 7, 26)?;
    book.set_properties(&DocProperties::new().set_title("Mẫu nhập thủ tục hành chính").set_creation_datetime(&made));
    for (sheet, rows) in SHEETS.iter().zip(rows) {
        write_sheet(book.add_worksheet(), sheet, rows)?;
    }
    write_guidance(book.add_worksheet())?;
    let hidden = book.add_worksheet();
    hidden.set_name(HIDDEN)?.set_very_hidden(true);
    hidden.write_string(0, 0, KIND)?.write_string(0, 1, VERSION)?;
    book.save_to_buffer()
}

fn write_sheet(page: &mut Worksheet, sheet: &Sheet, rows: &[Vec<String>]) -> std::result::Result<(), XlsxError> {
    let head = Format::new().set_bold().set_text_wrap().set_background_color(Color::RGB(0xE8_F1_FA));
    // Text, so that 2.000290 keeps its last zero.
    let cell = Format::new().set_num_format("@").set_text_wrap();
    let example = Format::new().set_num_format("@").set_text_wrap().set_italic().set_font_color(Color::RGB(0x4A_50_58));
    page.set_name(sheet.name)?.set_freeze_panes(1, 0)?;
    for (number, column) in (0_u16..).zip(sheet.columns) {
        page.set_column_width(number, column.width)?;
        page.set_column_format(number, &cell)?;
        page.write_string_with_format(0, number, format!("{} ({})", column.title, column.key), &head)?;
        if !column.choices.is_empty() {
            let list = DataValidation::new().allow_list_strings(column.choices)?;
            page.add_data_validation(1, number, CHOICE_ROWS, number, &list)?;
        }
    }
    for (number, row) in (1_u32..).zip(rows) {
        let is_example = row.first().is_some_and(|first| first.starts_with(EXAMPLE));
        for (column, text) in (0_u16..).zip(row) {
            page.write_string_with_format(number, column, neutral(text), if is_example { &example } else { &cell })?;
        }
    }
    Ok(())
}

fn write_guidance(page: &mut Worksheet) -> std::result::Result<(), XlsxError> {
    let (bold, wrap) = (Format::new().set_bold(), Format::new().set_text_wrap());
    page.set_name(GUIDANCE)?.set_column_width(0, 22)?.set_column_width(1, 28)?.set_column_width(2, 90)?;
    let lines = [
        "Mỗi thủ tục một dòng ở trang “Thủ tục”; các trang khác ghi lại mã thủ tục ở cột đầu.",
        "Dòng bắt đầu bằng “Ví dụ” được bỏ qua khi nhập. Đừng đổi tên trang và tên cột.",
        "Nhập xong, thủ tục là bản nháp: có người xem lại rồi mới công bố. Có một chỗ sai thì không nhập dòng nào.",
        "Chỗ nào chưa công bố thì để trống; hệ thống ghi “chưa công bố” và không hẹn ngày.",
    ];
    let mut row = 0;
    for line in lines {
        page.write_string(row, 0, line)?;
        row += 1;
    }
    for sheet in SHEETS {
        row += 1;
        page.write_string_with_format(row, 0, sheet.name, &bold)?;
        for column in sheet.columns {
            row += 1;
            page.write_string(row, 1, format!("{} ({})", column.title, column.key))?;
            page.write_string_with_format(row, 2, column.help, &wrap)?;
        }
        row += 1;
    }
    Ok(())
}
