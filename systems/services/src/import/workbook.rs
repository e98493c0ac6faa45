//! Reading the workbook.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, Reader, Xlsx};
use kernel_base::text;

use super::raw::{Raw, RawFee, RawPaper, RawStep, RawTime, Spot};
use super::sheets::{self, SHEETS, Sheet};
use super::{ImportFault, Place, build, values};

/// Rows of a sheet that are read.
const MOST_ROWS: u32 = 200_000;
/// Unpacked bytes of a workbook; a small file can hold endless zeros.
const MOST_UNPACKED: u64 = 512 * 1024 * 1024;

pub(super) fn read(bytes: &[u8], whole: &Place, faults: &mut Vec<ImportFault>) -> Vec<Raw> {
    // The reader of the workbook is not ours and has panicked on broken files of others; such a file is refused.
    let opened = catch_unwind(AssertUnwindSafe(|| open(bytes))).unwrap_or(None);
    let Some(tables) = opened else {
        faults.push(ImportFault::new(
            whole,
            "Không mở được tệp Excel. Hãy lưu lại dạng .xlsx rồi nhập lại.",
            "The Excel file cannot be opened. Save it as .xlsx and import it again.",
        ));
        return Vec::new();
    };
    if !is_ours(&tables) {
        faults.push(ImportFault::new(
            whole,
            "Tệp không theo mẫu hiện hành. Hãy lấy mẫu mới bằng lệnh “chuyendong import procedures --template” rồi chép dữ liệu sang.",
            "The file does not follow the present template. Take a new one with `chuyendong import procedures --template` and copy the data.",
        ));
        return Vec::new();
    }
    let mut rows = SHEETS.iter().map(|sheet| table_rows(sheet, &tables, faults)).collect::<Vec<_>>().into_iter();
    let mut next = || rows.next().unwrap_or_default();
    let mut raws: Vec<Raw> = next().iter().map(procedure).collect();
    // The first of two with one code takes its rows; the second is named as a fault.
    let numbered = raws.iter().enumerate().rev().map(|(number, raw)| (raw.code.text.clone(), number));
    let numbers: BTreeMap<String, usize> = numbered.collect();
    let mut give = |rows: Vec<Line>, put: fn(&mut Raw, &Line, &mut Vec<ImportFault>)| {
        for line in &rows {
            let code = line.text("MATTHC");
            match numbers.get(&code).and_then(|number| raws.get_mut(*number)) {
                Some(raw) => put(raw, line, faults),
                None => faults.push(ImportFault::new(
                    &line.place("MATTHC"),
                    format!("Mã “{}” không có ở trang “Thủ tục”. Hãy thêm dòng ở trang đó.", build::cut(&code)),
                    format!("The code \"{}\" is not in the sheet of procedures. Add it there.", build::cut(&code)),
                )),
            }
        }
    };
    give(next(), time);
    give(next(), fee);
    give(next(), paper);
    give(next(), |raw, line, _| {
        raw.steps.push(RawStep { case: line.text("TRUONGHOP"), text: line.text("TENTRINHTU") })
    });
    give(next(), |raw, line, _| raw.bases.push((line.text("SOVANBAN"), line.text("TENVANBAN"))));
    raws
}

/// Sheet → row (from 0) → column (from 0) → text.
type Tables = BTreeMap<String, BTreeMap<u32, BTreeMap<u32, String>>>;

fn open(bytes: &[u8]) -> Option<Tables> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
    let mut unpacked = 0_u64;
    for at in 0..archive.len() {
        unpacked = unpacked.saturating_add(archive.by_index_raw(at).ok()?.size());
    }
    if unpacked > MOST_UNPACKED {
        return None;
    }
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).ok()?;
    let wanted: Vec<&str> = SHEETS.iter().map(|sheet| sheet.name).chain([sheets::HIDDEN]).collect();
    let names = book.sheet_names();
    let mut tables = Tables::new();
    for name in names.iter().filter(|name| wanted.contains(&name.as_str())) {
        // Cell by cell: the dense range of a sheet with one cell in its last corner would not fit into memory.
        let mut cells = book.worksheet_cells_reader(name).ok()?;
        let table = tables.entry(name.clone()).or_default();
        while let Some(cell) = cells.next_cell().ok()? {
            let (row, column) = cell.get_position();
            let text = cell_text(cell.get_value());
            if !text.is_empty() && row <= MOST_ROWS && column < 64 {
                table.entry(row).or_default().insert(column, text);
            }
        }
    }
    Some(tables)
}

fn cell_text(value: &DataRef<'_>) -> String {
    let text = match value {
        DataRef::String(typed) => text::clean(typed),
        DataRef::SharedString(typed) => text::clean(typed),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(answer) => if *answer { "Có" } else { "Không" }.to_owned(),
        DataRef::DateTimeIso(typed) | DataRef::DurationIso(typed) => typed.clone(),
        DataRef::DateTime(at) => at.as_f64().to_string(),
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    };
    values::without_guard(&text).to_owned()
}

fn is_ours(tables: &Tables) -> bool {
    let hidden = tables.get(sheets::HIDDEN).and_then(|table| table.get(&0));
    let cell = |column: u32| hidden.and_then(|row| row.get(&column)).map(String::as_str);
    cell(0) == Some(sheets::KIND) && cell(1) == Some(sheets::VERSION)
}

/// A row by the keys of its columns.
#[derive(Debug)]
struct Line {
    sheet: &'static str,
    /// As Excel counts, from 1.
    row: u32,
    cells: BTreeMap<&'static str, String>,
    /// Letter of the column by key.
    letters: BTreeMap<&'static str, String>,
}

impl Line {
    fn raw(&self, key: &str) -> String {
        self.cells.get(key).cloned().unwrap_or_default()
    }

    fn text(&self, key: &str) -> String {
        let typed = self.raw(key);
        if key == "YEUCAU" || key == "MOTA" || key == "TENTRINHTU" { typed } else { text::clean_line(&typed) }
    }

    fn place(&self, key: &str) -> Place {
        let letter = self.letters.get(key).cloned().unwrap_or_default();
        let column = if letter.is_empty() { key.to_owned() } else { format!("{letter} ({key})") };
        Place::Cell { sheet: self.sheet.to_owned(), row: self.row, column }
    }

    fn spot(&self, key: &str) -> Spot {
        Spot::new(text::clean_line(&self.raw(key)), self.place(key))
    }

    /// Several values in one cell.
    fn list(&self, key: &str) -> Vec<String> {
        let typed = self.raw(key);
        typed.split([';', '\n']).map(text::clean_line).filter(|text| !text.is_empty()).collect()
    }
}

fn table_rows(sheet: &Sheet, tables: &Tables, faults: &mut Vec<ImportFault>) -> Vec<Line> {
    let missing = |column: &str, faults: &mut Vec<ImportFault>| {
        let place = Place::Cell { sheet: sheet.name.to_owned(), row: 1, column: column.to_owned() };
        let (vi, en) =
            ("Thiếu trang hoặc cột này. Hãy dùng lại mẫu.", "This sheet or column is missing. Use the template.");
        faults.push(ImportFault::new(&place, vi, en));
    };
    let Some(table) = tables.get(sheet.name) else {
        missing("", faults);
        return Vec::new();
    };
    let empty = BTreeMap::new();
    let head = table.get(&0).unwrap_or(&empty);
    let mut columns: BTreeMap<u32, &'static str> = BTreeMap::new();
    for column in sheet.columns {
        let is_it = |title: &&String| title.ends_with(&format!("({})", column.key)) || **title == column.key;
        match head.iter().find(|(_, title)| is_it(title)) {
            Some((at, _)) => _ = columns.insert(*at, column.key),
            None => missing(column.key, faults),
        }
    }
    let letters: BTreeMap<&'static str, String> = columns.iter().map(|(at, key)| (*key, letter(*at))).collect();
    let line = |(row, cells): (&u32, &BTreeMap<u32, String>)| {
        let known = cells.iter().filter_map(|(at, text)| Some((*columns.get(at)?, text.clone())));
        Line { sheet: sheet.name, row: row + 1, cells: known.collect(), letters: letters.clone() }
    };
    let filled = |line: &Line| !line.cells.is_empty() && !line.raw("MATTHC").starts_with(sheets::EXAMPLE);
    table.iter().filter(|(row, _)| **row > 0).map(line).filter(filled).collect()
}

/// 0 → `A`; only the first 64 columns are read.
fn letter(column: u32) -> String {
    let one = |n: u32| char::from_u32(u32::from(b'A') + n % 26).unwrap_or('?');
    if column < 26 { one(column).to_string() } else { format!("{}{}", one(column / 26 - 1), one(column)) }
}

fn procedure(line: &Line) -> Raw {
    let agency = |name: String| Spot::new(name, line.place("COQUANTHUCHIEN"));
    let sector = line.spot("TENLINHVUC");
    Raw {
        code: line.spot("MATTHC"),
        name: line.spot("TENTTHC"),
        plain: line.text("TENTHUONGGOI"),
        synonyms: line.list("TUKHOA"),
        publisher: line.text("MACOQUANCONGBO"),
        status: None,
        conditions: line.text("YEUCAU"),
        sectors: if sector.is_empty() { Vec::new() } else { vec![(line.text("MALINHVUC"), sector)] },
        who: line.list("DOITUONGTHUCHIEN"),
        who_text: String::new(),
        results: line.list("KETQUATHUCHIEN"),
        bases: Vec::new(),
        agencies: line.list("COQUANTHUCHIEN").into_iter().map(agency).collect(),
        steps: Vec::new(),
        times: Vec::new(),
        fees: Vec::new(),
        papers: Vec::new(),
        other: Vec::new(),
    }
}

fn time(raw: &mut Raw, line: &Line, _: &mut Vec<ImportFault>) {
    raw.times.push(RawTime {
        case: line.text("TRUONGHOP"),
        channel: line.spot("KENH"),
        amount: line.spot("THOIGIANGIAIQUYET"),
        unit: line.text("DONVITINH"),
        note: line.text("MOTA"),
    });
}

fn fee(raw: &mut Raw, line: &Line, _: &mut Vec<ImportFault>) {
    raw.fees.push(RawFee {
        case: line.text("TRUONGHOP"),
        channel: String::new(),
        code: line.text("MAPHILEPHI"),
        amount: line.spot("SOTIEN"),
        unit: line.text("DONVI"),
        note: line.text("MOTA"),
    });
}

fn paper(raw: &mut Raw, line: &Line, faults: &mut Vec<ImportFault>) {
    raw.papers.push(RawPaper {
        case: line.text("TRUONGHOP"),
        code: line.text("MAGIAYTO"),
        name: line.spot("TENGIAYTO"),
        form: line.text("TENMAUDON"),
        url: line.text("URL"),
        required: yes_no(line, faults),
        originals: count(line, "SOBANCHINH", faults),
        copies: count(line, "SOBANSAO", faults),
    });
}

fn yes_no(line: &Line, faults: &mut Vec<ImportFault>) -> Option<bool> {
    match text::fold(&line.text("BATBUOC")).as_str() {
        "" => None,
        "co" | "x" | "1" | "bat buoc" => Some(true),
        "khong" | "0" | "khong bat buoc" => Some(false),
        _ => {
            let (vi, en) = ("Cột này chỉ nhận Có hoặc Không.", "This column takes Có (yes) or Không (no).");
            faults.push(ImportFault::new(&line.place("BATBUOC"), vi, en));
            None
        }
    }
}

fn count(line: &Line, key: &str, faults: &mut Vec<ImportFault>) -> u32 {
    let typed = line.text(key);
    match typed.parse::<u32>() {
        _ if typed.is_empty() => 0,
        Ok(count) if count <= 100 => count,
        _ => {
            let (vi, en) =
                ("Số bản là số nguyên từ 0 đến 100.", "The number of copies is a whole number from 0 to 100.");
            faults.push(ImportFault::new(&line.place(key), vi, en));
            0
        }
    }
}
