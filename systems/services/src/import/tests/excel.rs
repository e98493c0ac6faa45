use std::io::{Cursor, Read, Write};

use kernel_base::Vnd;
use kernel_contract::{Channel, Limit};

use super::{date, read, template};
use crate::import::sheets::{EXAMPLE, SHEETS};
use crate::import::template::workbook;

/// Rows by sheet; a row is a list of (key, text).
fn book(rows: &[(&str, &[(&str, &str)])]) -> Vec<u8> {
    let sheets: Vec<Vec<Vec<String>>> = SHEETS
        .iter()
        .map(|sheet| {
            let mine = rows.iter().filter(|(name, _)| *name == sheet.name);
            mine.map(|(_, cells)| {
                let cell = |key: &str| cells.iter().find(|(k, _)| *k == key).map(|(_, text)| (*text).to_owned());
                sheet.columns.iter().map(|column| cell(column.key).unwrap_or_default()).collect()
            })
            .collect()
        })
        .collect();
    workbook(&sheets).unwrap()
}

fn good() -> Vec<(&'static str, &'static [(&'static str, &'static str)])> {
    vec![
        (
            "Thủ tục",
            &[
                ("MATTHC", "2.000290"),
                ("TENTTHC", "Cấp giấy A"),
                ("TUKHOA", "giấy a; làm giấy a"),
                ("TENLINHVUC", "Hộ tịch"),
                ("COQUANTHUCHIEN", "Sở Tư pháp"),
                ("KETQUATHUCHIEN", "Giấy A"),
                ("YEUCAU", "=HYPERLINK(\"x\")"),
            ],
        ),
        (
            "Thủ tục",
            &[("MATTHC", "1.000894"), ("TENTTHC", "Đăng ký kết hôn"), ("COQUANTHUCHIEN", "Ủy ban nhân dân cấp xã")],
        ),
        (
            "Cách thức",
            &[
                ("MATTHC", "2.000290"),
                ("KENH", "Trực tiếp"),
                ("THOIGIANGIAIQUYET", "3"),
                ("DONVITINH", "Ngày làm việc"),
            ],
        ),
        (
            "Cách thức",
            &[
                ("MATTHC", "2.000290"),
                ("KENH", "Trực tuyến"),
                ("THOIGIANGIAIQUYET", "2"),
                ("DONVITINH", "Ngày làm việc"),
            ],
        ),
        (
            "Phí, lệ phí",
            &[("MATTHC", "2.000290"), ("SOTIEN", "50.000"), ("DONVI", "Đồng"), ("MOTA", "Lệ phí cấp giấy")],
        ),
        ("Thành phần hồ sơ", &[("MATTHC", "2.000290"), ("TENGIAYTO", "Đơn"), ("BATBUOC", "Có"), ("SOBANCHINH", "1")]),
        ("Trình tự", &[("MATTHC", "2.000290"), ("TENTRINHTU", "- Nộp hồ sơ")]),
        ("Căn cứ pháp lý", &[("MATTHC", "2.000290"), ("SOVANBAN", "1/2020"), ("TENVANBAN", "Luật")]),
    ]
}

#[test]
fn a_filled_workbook_becomes_drafts() {
    let imported = read("a.xlsx", &book(&good())).unwrap();
    assert_eq!(imported.iter().map(|p| p.code()).collect::<Vec<_>>(), ["2.000290", "1.000894"]);
    let file = imported[0].valid_from(date(2021, 7, 26));
    let version = &file.versions[0];
    assert_eq!(version.channels, [Channel::Counter, Channel::Online]);
    assert_eq!(
        (version.cases[0].limit, version.cases[0].limit_online),
        (Some(Limit::working_days(3)), Some(Limit::working_days(2)))
    );
    assert_eq!((version.cases[0].fees[0].amount, version.cases[0].papers[0].originals), (Vnd::new(50_000), 1));
    assert_eq!(file.synonyms, ["giấy a", "làm giấy a"]);
    assert_eq!(version.steps[0].vi, "- Nộp hồ sơ", "the guard against formulas comes off again");
    assert_eq!(version.conditions[0].vi, "=HYPERLINK(\"x\")");
}

#[test]
fn the_template_is_the_same_each_time_and_its_example_is_not_imported() {
    let first = template().unwrap();
    assert_eq!(first, template().unwrap());
    let found = read("mau.xlsx", &first).unwrap_err();
    assert!(found.len() == 1 && found[0].message.vi.contains("không có thủ tục nào"), "{found:?}");
    assert!(SHEETS.iter().all(|sheet| sheet.columns[0].example.starts_with(EXAMPLE)));
}

#[test]
fn each_fault_names_sheet_row_and_column() {
    let mut rows = good();
    rows.extend([
        ("Thủ tục", &[("MATTHC", "2.00029"), ("TENTTHC", "Mất số không")] as &[_]),
        ("Thủ tục", &[("MATTHC", "1.001193"), ("TENTTHC", "")]),
        ("Thủ tục", &[("MATTHC", "1.000894"), ("TENTTHC", "Lặp lại")]),
        ("Cách thức", &[("MATTHC", "2.000290"), ("KENH", "Bồ câu")]),
        ("Phí, lệ phí", &[("MATTHC", "9.999999"), ("SOTIEN", "1")]),
        ("Phí, lệ phí", &[("MATTHC", "2.000290"), ("SOTIEN", "-1")]),
        ("Thành phần hồ sơ", &[("MATTHC", "2.000290"), ("TENGIAYTO", ""), ("BATBUOC", "có lẽ"), ("SOBANSAO", "nhiều")]),
    ]);
    let found: Vec<String> = read("a.xlsx", &book(&rows)).unwrap_err().iter().map(ToString::to_string).collect();
    for place in [
        "trang “Thủ tục”, dòng 4, cột A (MATTHC): Mã “2.00029” thiếu chữ số; có lẽ là 2.000290",
        "trang “Thủ tục”, dòng 5, cột B (TENTTHC)",
        "trang “Thủ tục”, dòng 6, cột A (MATTHC): Mã 1.000894 đã có",
        "trang “Cách thức”, dòng 4, cột C (KENH)",
        "trang “Phí, lệ phí”, dòng 3, cột A (MATTHC)",
        "trang “Phí, lệ phí”, dòng 4, cột D (SOTIEN)",
        "trang “Thành phần hồ sơ”, dòng 3, cột D (TENGIAYTO)",
        "trang “Thành phần hồ sơ”, dòng 3, cột E (BATBUOC)",
        "trang “Thành phần hồ sơ”, dòng 3, cột G (SOBANSAO)",
    ] {
        assert_eq!(found.iter().filter(|fault| fault.starts_with(place)).count(), 1, "{place} in {found:#?}");
    }
    assert_eq!(found.len(), 9, "{found:#?}");
}

#[test]
fn a_workbook_of_another_kind_is_refused_with_the_way_to_the_template() {
    let mut other = rust_xlsxwriter::Workbook::new();
    other.add_worksheet().write_string(0, 0, "x").unwrap();
    let found = read("a.xlsx", &other.save_to_buffer().unwrap()).unwrap_err();
    assert!(found[0].message.vi.contains("--template"), "{found:?}");
}

#[test]
fn text_that_begins_like_a_formula_is_led_by_an_apostrophe_in_the_file() {
    let bytes = book(&good());
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut strings = String::new();
    archive.by_name("xl/sharedStrings.xml").unwrap().read_to_string(&mut strings).unwrap();
    assert!(strings.contains("'=HYPERLINK") && strings.contains("'- Nộp hồ sơ"), "{strings}");
}

#[test]
fn a_cut_or_damaged_workbook_is_refused_and_never_panics() {
    let bytes = book(&good());
    for cut in (0..bytes.len()).step_by(bytes.len() / 40 + 1) {
        assert!(read("a.xlsx", &bytes[..cut]).is_err(), "{cut}");
    }
    for at in (0..bytes.len()).step_by(bytes.len() / 60 + 1) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x5a;
        let _ = read("a.xlsx", &damaged);
    }
}

#[test]
fn a_small_file_that_unpacks_to_a_huge_one_is_refused_before_it_is_unpacked() {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file("xl/workbook.xml", zip::write::SimpleFileOptions::default()).unwrap();
    let zeros = vec![0_u8; 1 << 20];
    for _ in 0..520 {
        archive.write_all(&zeros).unwrap();
    }
    let bytes = archive.finish().unwrap().into_inner();
    assert!(bytes.len() < 4 << 20);
    assert!(read("a.xlsx", &bytes).unwrap_err()[0].message.vi.contains("Không mở được"));
}
