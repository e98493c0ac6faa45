//! Sentences of the faults: what happened and what to do, in Vietnamese and English, at most twenty words each.

use kernel_base::{FieldError, Words, text};

use crate::values::DateFault;
use crate::{Field, FieldKind};

/// A stable code and its sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) code: &'static str,
    pub(crate) words: Words,
}

impl Fault {
    pub(crate) fn new(code: &'static str, vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self { code, words: Words::new(vi, en) }
    }

    pub(crate) fn at(self, path: impl Into<String>) -> FieldError {
        FieldError::new(path, self.code, self.words)
    }
}

/// The title as it stands inside a sentence: first letter small, the part in brackets left out.
pub(crate) fn inside(title: &str) -> String {
    let title = title.split(" (").next().unwrap_or(title).trim().trim_end_matches([':', '.', '?']);
    let mut letters = title.chars();
    let (first, second) = (letters.next(), letters.next());
    match (first, second) {
        (Some(first), second) if second.is_none_or(|c| !c.is_uppercase() && !c.is_ascii_digit()) => {
            first.to_lowercase().chain(title.chars().skip(1)).collect()
        }
        _ => title.to_owned(),
    }
}

pub(crate) fn is_question(title: &str) -> bool {
    title.trim_end().ends_with('?')
}

fn en_title(field: &Field) -> &str {
    if field.title.en.is_empty() { &field.title.vi } else { &field.title.en }
}

/// Nothing was answered.
pub(crate) fn required(field: &Field) -> Fault {
    let (vi_verb, en_verb) = match field.kind {
        FieldKind::Choice(_) | FieldKind::YesNo | FieldKind::Commune => ("Chọn", "Select"),
        FieldKind::Group(_) => ("Thêm", "Add"),
        _ => ("Nhập", "Enter"),
    };
    let vi = match is_question(&field.title.vi) {
        true => format!("Trả lời câu hỏi “{}”", field.title.vi.trim()),
        false => format!("{vi_verb} {}.", inside(&field.title.vi)),
    };
    let en = match is_question(en_title(field)) {
        true => format!("Answer the question “{}”", en_title(field).trim()),
        false => format!("{en_verb} {}.", inside(en_title(field))),
    };
    Fault::new("required", vi, en)
}

/// Longer than `limit` letters.
pub(crate) fn too_long(field: &Field, has: usize, limit: usize) -> Fault {
    let (has, most) = (text::thousands(has as i64), text::thousands(limit as i64));
    let (vi, en) = (inside(&field.title.vi), inside(en_title(field)));
    Fault::new(
        "too_long",
        format!("Rút ngắn {vi} còn tối đa {most} ký tự; hiện có {has}."),
        format!("Shorten {en} to at most {most} characters; it has {has}."),
    )
}

/// Few letters with endless accents on them.
pub(crate) fn too_many_marks(field: &Field) -> Fault {
    let (vi, en) = (inside(&field.title.vi), inside(en_title(field)));
    Fault::new(
        "too_long",
        format!("Gõ lại {vi}: có chữ mang quá nhiều dấu chồng lên nhau."),
        format!("Type {en} again: letters carry too many marks."),
    )
}

pub(crate) fn too_short(field: &Field, least: u64) -> Fault {
    let (vi, en) = (inside(&field.title.vi), inside(en_title(field)));
    Fault::new(
        "too_short",
        format!("Viết đầy đủ {vi}, ít nhất {least} ký tự."),
        format!("Write {en} in full, at least {least} characters."),
    )
}

/// What was typed has not the form of the kind of question.
pub(crate) fn format(field: &Field) -> Fault {
    let (vi, en) = (inside(&field.title.vi), inside(en_title(field)));
    match &field.kind {
        FieldKind::Name => Fault::new(
            "name",
            format!("Viết {vi} chỉ bằng chữ cái, dấu cách, dấu nháy; bỏ chữ số và ký hiệu."),
            format!("Write {en} with letters, spaces and apostrophes only; leave out digits and signs."),
        ),
        FieldKind::Phone => Fault::new(
            "phone",
            format!("Nhập {vi} gồm 10 chữ số bắt đầu bằng 0, ví dụ 0905 123 456."),
            format!("Enter {en} as 10 digits that begin with 0, for example 0905 123 456."),
        ),
        FieldKind::Email => Fault::new(
            "email",
            format!("Nhập {vi} đủ tên và tên miền, ví dụ ten@gmail.com."),
            format!("Enter {en} with a name and a domain, for example name@gmail.com."),
        ),
        FieldKind::Integer => Fault::new(
            "integer",
            format!("Nhập {vi} bằng chữ số, là số nguyên, ví dụ 2."),
            format!("Enter {en} as a whole number in digits, for example 2."),
        ),
        FieldKind::Money => Fault::new(
            "money",
            format!("Nhập {vi} bằng số đồng tròn, ví dụ 50.000."),
            format!("Enter {en} in whole đồng, for example 50.000."),
        ),
        FieldKind::BusinessCode => Fault::new(
            "business_code",
            format!("Nhập {vi} gồm 10 chữ số, hoặc 10 chữ số rồi gạch nối và 3 chữ số."),
            format!("Enter {en} as 10 digits, or 10 digits, a dash and 3 digits."),
        ),
        FieldKind::Choice(_) | FieldKind::YesNo | FieldKind::Commune => {
            Fault::new("choice", format!("Chọn {vi} trong danh sách."), format!("Select {en} from the list."))
        }
        FieldKind::Group(_) => Fault::new(
            "group",
            format!("Nhập {vi} thành danh sách, mỗi mục một dòng."),
            format!("Give {en} as a list, one entry per line."),
        ),
        FieldKind::Date { .. } | FieldKind::PartialDate { .. } => date(field, DateFault::Unreadable),
        FieldKind::IdentityNumber { .. } => identity_length(field, 0),
        FieldKind::Address | FieldKind::Text | FieldKind::LongText => Fault::new(
            "format",
            format!("Viết lại {vi} theo hướng dẫn ở câu hỏi này."),
            format!("Write {en} again as the help of this question says."),
        ),
    }
}

/// Not text although text is expected: only a program sends that.
pub(crate) fn json_type(field: &Field) -> Fault {
    let (vi, en) = (inside(&field.title.vi), inside(en_title(field)));
    match field.kind {
        FieldKind::Integer | FieldKind::Money | FieldKind::YesNo | FieldKind::Group(_) | FieldKind::Choice(_) => {
            Fault { code: "type", ..format(field) }
        }
        _ => Fault::new(
            "type",
            format!("Gửi {vi} dưới dạng chữ (chuỗi JSON trong ngoặc kép)."),
            format!("Send {en} as text (a JSON string in quotes)."),
        ),
    }
}

/// Letters that only appear when text in an old encoding (TCVN3, VNI) is read as Unicode.
pub(crate) fn old_encoding(field: &Field) -> Fault {
    let (vi, en) = (inside(&field.title.vi), inside(en_title(field)));
    Fault::new(
        "encoding",
        format!("Gõ lại {vi} bằng bảng mã Unicode; chữ hiện có bị lỗi phông cũ."),
        format!("Type {en} again in Unicode; the letters come from an old font."),
    )
}

pub(crate) fn date(field: &Field, fault: DateFault) -> Fault {
    let (vi, en) = (inside(&field.title.vi), inside(en_title(field)));
    let partial = matches!(field.kind, FieldKind::PartialDate { .. });
    match fault {
        DateFault::NoSuchDay { month, year, days } => Fault::new(
            "date_not_real",
            format!("Tháng {month} năm {year} chỉ có {days} ngày. Xem lại {vi}."),
            format!("Month {month} of {year} has {days} days. Check {en}."),
        ),
        DateFault::NoSuchMonth(month) => Fault::new(
            "date_not_real",
            format!("Không có tháng {month}. Nhập tháng từ 1 đến 12 cho {vi}."),
            format!("There is no month {month}. Enter a month from 1 to 12 for {en}."),
        ),
        DateFault::ShortYear => Fault::new(
            "date_year",
            format!("Ghi đủ bốn chữ số của năm cho {vi}, ví dụ 26/07/2021."),
            format!("Write all four digits of the year for {en}, for example 26/07/2021."),
        ),
        DateFault::Incomplete => Fault::new(
            "date_incomplete",
            format!("Nhập đủ ngày, tháng, năm cho {vi}, ví dụ 26/07/2021."),
            format!("Enter day, month and year for {en}, for example 26/07/2021."),
        ),
        DateFault::Unreadable if partial => Fault::new(
            "date",
            format!("Nhập {vi} như 26/07/1950; chỉ biết năm thì nhập 1950."),
            format!("Enter {en} like 26/07/1950; if only the year is known, 1950."),
        ),
        DateFault::Unreadable => Fault::new(
            "date",
            format!("Nhập {vi} theo ngày/tháng/năm, ví dụ 26/07/2021."),
            format!("Enter {en} as day/month/year, for example 26/07/2021."),
        ),
    }
}

pub(crate) fn in_the_future(field: &Field, today: &str) -> Fault {
    let (vi, en) = (inside(&field.title.vi), inside(en_title(field)));
    Fault::new(
        "date_future",
        format!("Xem lại {vi}: ngày này ở sau hôm nay ({today})."),
        format!("Check {en}: it is later than today ({today})."),
    )
}

pub(crate) fn too_long_ago(field: &Field, years: i16) -> Fault {
    let (vi, en) = (inside(&field.title.vi), inside(en_title(field)));
    Fault::new(
        "date_too_old",
        format!("Xem lại năm của {vi}: đã cách nay {years} năm."),
        format!("Check the year of {en}: it is {years} years ago."),
    )
}

/// Not twelve digits (or nine, where the old card counts); `has` is 0 when other signs stand among the digits.
pub(crate) fn identity_length(field: &Field, has: usize) -> Fault {
    let (vi, en) = (inside(&field.title.vi), inside(en_title(field)));
    let old_card = matches!(field.kind, FieldKind::IdentityNumber { old_card: true });
    let (vi_form, en_form) = match old_card {
        true => ("12 chữ số (căn cước) hoặc 9 chữ số (chứng minh nhân dân)", "12 digits, or 9 digits of an old card"),
        false => ("đủ 12 chữ số trên thẻ căn cước", "all 12 digits on the identity card"),
    };
    let (vi_has, en_has) = match has {
        0 => (String::new(), String::new()),
        has => (format!("; hiện có {has}"), format!("; there are {has}")),
    };
    Fault::new("identity_length", format!("Nhập {vi}: {vi_form}{vi_has}."), format!("Enter {en}: {en_form}{en_has}."))
}

/// The first three digits are the province of birth registration, 001 to 096 (QĐ 124/2004/QĐ-TTg).
pub(crate) fn identity_province(field: &Field, start: &str) -> Fault {
    let (vi, en) = (inside(&field.title.vi), inside(en_title(field)));
    Fault::new(
        "identity_province",
        format!("Xem lại {vi}: ba số đầu {start} không phải mã tỉnh (001 đến 096)."),
        format!("Check {en}: the first three digits {start} are no province code (001 to 096)."),
    )
}

pub(crate) fn unknown_place(field: &Field, code: &str) -> Fault {
    let (vi, en) = (inside(&field.title.vi), inside(en_title(field)));
    Fault::new(
        "commune",
        format!("Chọn lại {vi}: không có xã, phường mang mã {code}."),
        format!("Select {en} again: no commune has the code {code}."),
    )
}

pub(crate) fn at_least(field: &Field, limit: &str) -> Fault {
    let (vi, en) = (inside(&field.title.vi), inside(en_title(field)));
    Fault::new("too_small", format!("Nhập {vi} từ {limit} trở lên."), format!("Enter {en} of {limit} or more."))
}

pub(crate) fn at_most(field: &Field, limit: &str) -> Fault {
    let (vi, en) = (inside(&field.title.vi), inside(en_title(field)));
    Fault::new("too_large", format!("Nhập {vi} không quá {limit}."), format!("Enter {en} of {limit} or less."))
}

pub(crate) fn too_few(field: &Field, least: u64) -> Fault {
    let (vi, en) = (inside(&field.title.vi), inside(en_title(field)));
    Fault::new("too_few", format!("Thêm {vi} cho đủ ít nhất {least} mục."), format!("Add {en}: at least {least}."))
}

pub(crate) fn too_many(field: &Field, most: u64) -> Fault {
    let (vi, en) = (inside(&field.title.vi), inside(en_title(field)));
    Fault::new("too_many", format!("Bớt {vi} còn tối đa {most} mục."), format!("Leave at most {most} of {en}."))
}

pub(crate) fn repeated(field: &Field) -> Fault {
    let (vi, en) = (inside(&field.title.vi), inside(en_title(field)));
    Fault::new("repeated", format!("Bỏ mục bị lặp trong {vi}."), format!("Remove the repeated entry of {en}."))
}

/// A name the form does not have.
pub(crate) fn unknown_field(name: &str) -> Fault {
    let name: String = name.chars().take(60).collect();
    Fault::new(
        "unknown_field",
        format!("Biểu mẫu không có mục “{name}”. Bỏ mục này rồi gửi lại."),
        format!("The form has no field “{name}”. Remove it and send again."),
    )
}

pub(crate) fn not_an_object() -> Fault {
    Fault::new(
        "type",
        "Gửi các câu trả lời thành một đối tượng JSON, mỗi mục một tên.",
        "Send the answers as one JSON object, one name per field.",
    )
}

pub(crate) fn too_big() -> Fault {
    Fault::new(
        "too_large",
        "Các câu trả lời dài hơn mức nhận được (1 MB). Rút ngắn rồi gửi lại; phần dài hãy đính kèm thành tệp.",
        "The answers are longer than can be taken (1 MB). Shorten them, or attach the long part as a file.",
    )
}

pub(crate) fn too_deep() -> Fault {
    Fault::new(
        "too_deep",
        "Các câu trả lời lồng nhau quá nhiều lớp. Gửi theo đúng cấu trúc của biểu mẫu.",
        "The answers are nested too deeply. Send them in the structure of the form.",
    )
}
