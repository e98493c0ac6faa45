use jiff::civil::date;
use serde_json::{Value, json};

use crate::{Facts, Form, PlaceGroup, Places};

mod definition;
mod faults;
mod pages;
mod typing;

/// A form with every kind of question.
pub(super) fn sample() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["full_name", "birth_date", "identity", "phone", "home_commune", "relation", "married", "copies"],
        "properties": {
            "full_name": {"title": "Họ và tên", "x-title-en": "Full name", "x-type": "name", "type": "string", "maxLength": 100},
            "birth_date": {"title": "Ngày sinh", "x-title-en": "Date of birth", "x-type": "date", "type": "string", "x-past": true},
            "mother_birth": {"title": "Ngày sinh của mẹ", "x-title-en": "Mother's date of birth", "x-type": "partial-date", "type": "string"},
            "identity": {"title": "Số định danh", "x-title-en": "Identity number", "x-type": "identity-number", "type": "string", "pattern": "^[0-9]{12}$"},
            "phone": {"title": "Số điện thoại", "x-title-en": "Telephone number", "x-type": "phone", "type": "string"},
            "email": {"title": "Thư điện tử", "x-title-en": "E-mail", "x-type": "email", "type": "string"},
            "home_commune": {"title": "Xã, phường", "x-title-en": "Commune", "x-type": "commune", "type": "string"},
            "address": {"title": "Địa chỉ", "x-title-en": "Address", "x-type": "address", "type": "string", "maxLength": 300},
            "note": {"title": "Ghi chú", "x-title-en": "Note", "x-type": "long-text", "type": "string", "maxLength": 1000},
            "relation": {"title": "Quan hệ", "x-title-en": "Relation", "x-type": "choice", "type": "string", "oneOf": [
                {"const": "cha", "title": "Cha", "x-title-en": "Father"}, {"const": "khac", "title": "Người khác", "x-title-en": "Other"}]},
            "relation_text": {"title": "Quan hệ cụ thể", "x-title-en": "Which relation", "x-type": "text", "type": "string",
                "x-when": {"field": "relation", "equals": "khac"}},
            "married": {"title": "Đã kết hôn?", "x-title-en": "Married?", "x-type": "yes-no", "type": "boolean"},
            "spouse_name": {"title": "Họ và tên vợ hoặc chồng", "x-title-en": "Spouse's full name", "x-type": "name", "type": "string"},
            "copies": {"title": "Số bản sao", "x-title-en": "Copies", "x-type": "integer", "type": "integer", "minimum": 0, "maximum": 20},
            "capital": {"title": "Vốn", "x-title-en": "Capital", "x-type": "money", "type": "integer", "minimum": 0},
            "tax_code": {"title": "Mã số thuế", "x-title-en": "Tax code", "x-type": "business-code", "type": "string"},
            "witnesses": {"title": "Người làm chứng", "x-title-en": "Witness", "type": "array", "maxItems": 2, "items": {
                "type": "object", "additionalProperties": false, "required": ["name", "identity"], "x-order": ["name", "identity", "born"],
                "properties": {
                    "born": {"title": "Năm sinh", "x-title-en": "Year of birth", "x-type": "partial-date", "type": "string"},
                    "identity": {"title": "Số giấy tờ", "x-title-en": "Identity number", "x-type": "identity-number", "type": "string", "pattern": "^([0-9]{9}|[0-9]{12})$"},
                    "name": {"title": "Họ và tên", "x-title-en": "Full name", "x-type": "name", "type": "string"}}}}
        },
        "allOf": [
            {"if": {"properties": {"relation": {"const": "khac"}}, "required": ["relation"]}, "then": {"required": ["relation_text"]}},
            {"if": {"properties": {"married": {"const": true}}, "required": ["married"]}, "then": {"required": ["spouse_name"]}}
        ],
        "x-pages": [
            {"id": "ai", "title": "Bạn là ai?", "title_en": "Who are you?", "fields": ["full_name", "birth_date", "mother_birth", "identity", "phone", "email", "home_commune", "address"]},
            {"id": "quan-he", "title": "Quan hệ", "fields": ["relation", "relation_text", "married"]},
            {"id": "vo-chong", "title": "Vợ hoặc chồng", "fields": ["spouse_name"], "when": {"field": "married", "equals": true}},
            {"id": "khac", "title": "Việc khác", "fields": ["copies", "capital", "tax_code", "note"]},
            {"id": "lam-chung", "title": "Người làm chứng", "fields": ["witnesses"]}
        ],
        "x-applicant": {"name": "full_name", "phone": "phone"},
        "examples": [{
            "full_name": "Nguyễn Văn A", "birth_date": "1990-05-20", "identity": "049090000001", "phone": "0905123456",
            "home_commune": "20335", "relation": "khac", "relation_text": "Cậu", "married": true, "spouse_name": "Alăng Thị Bʼling",
            "copies": 2, "capital": 50000, "witnesses": [{"name": "Y", "identity": "205123456", "born": "1950"}]
        }]
    })
}

pub(super) fn form() -> Form {
    Form::parse(&sample()).expect("the sample is sound")
}

pub(super) fn facts() -> Facts<'static> {
    Facts::on(date(2021, 7, 26))
}

pub(super) fn places() -> Places {
    Places::new(vec![PlaceGroup {
        label: "Thành phố Tam Kỳ".to_owned(),
        places: vec![
            ("20335".to_owned(), "Phường Tân Thạnh".to_owned()),
            ("20338".to_owned(), "Phường <Phước Hòa>".to_owned()),
        ],
    }])
}

/// The example with some values changed; `null` takes one out.
pub(super) fn answers(changes: &Value) -> Value {
    let mut answers = form().example().cloned().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => answers.as_object_mut().unwrap().remove(name),
            value => answers.as_object_mut().unwrap().insert(name.clone(), value.clone()),
        };
    }
    answers
}

/// Codes by field of the faults found.
pub(super) fn codes(answers: &Value) -> Vec<(String, String)> {
    let form = form();
    form.validate(&form.clean(answers), &facts()).into_iter().map(|fault| (fault.field, fault.code)).collect()
}
