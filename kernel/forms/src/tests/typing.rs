use serde_json::json;

use super::{answers, facts, form};

#[test]
fn what_people_type_becomes_the_stored_form() {
    let form = form();
    for (field, typed, stored) in [
        ("full_name", json!("  Nguyễn\u{200b}  Văn\u{a0}\u{d0}ức "), json!("Nguyễn Văn Đức")),
        ("full_name", json!("Ho\u{300}a"), json!("Hòa")),
        ("birth_date", json!("20/5/1990"), json!("1990-05-20")),
        ("birth_date", json!("20-5-1990"), json!("1990-05-20")),
        ("birth_date", json!("20.05.1990"), json!("1990-05-20")),
        ("mother_birth", json!("1950"), json!("1950")),
        ("mother_birth", json!("3/1950"), json!("1950-03")),
        ("identity", json!("049 090 000 001"), json!("049090000001")),
        ("phone", json!("+84 905 123 456"), json!("0905123456")),
        ("phone", json!("84905123456"), json!("0905123456")),
        ("copies", json!("1 0"), json!(10)),
        ("copies", json!(3.0), json!(3)),
        ("capital", json!("50k"), json!(50_000)),
        ("capital", json!("50.000 đ"), json!(50_000)),
        ("married", json!("có"), json!(true)),
        ("married", json!("false"), json!(false)),
        ("relation", json!("Cha"), json!("cha")),
        ("relation", json!("nguoi khac"), json!("khac")),
        ("tax_code", json!("4000 123 456 001"), json!("4000123456-001")),
        ("note", json!("a\r\nb"), json!("a\nb")),
    ] {
        assert_eq!(form.clean(&json!({ field: typed }))[field], stored, "{field} {typed}");
    }
    let lines = json!({"witnesses": [{"name": " A  B ", "born": "1950"}]});
    assert_eq!(form.clean(&lines)["witnesses"][0]["name"], json!("A B"));
}

#[test]
fn what_cannot_be_understood_stays_as_typed() {
    let form = form();
    for (field, typed) in [
        ("birth_date", "30/02/2020"),
        ("birth_date", "hôm qua"),
        ("phone", "090x"),
        ("copies", "hai"),
        ("capital", "1.5"),
        ("married", "có lẽ"),
        ("relation", "bạn"),
        ("identity", "04909000000a"),
        ("stranger", " x "),
    ] {
        assert_eq!(form.clean(&json!({ field: typed }))[field], json!(typed), "{field} {typed}");
    }
    assert_eq!(form.clean(&json!([1])), json!([1]));
    assert_eq!(
        form.clean(&json!({"phone": 5, "copies": null, "witnesses": "x"})),
        json!({"phone": 5, "copies": null, "witnesses": "x"})
    );
}

#[test]
fn cleaning_twice_changes_nothing_more() {
    let form = form();
    let typed = json!({"full_name": "  A  ", "birth_date": "1.2.1990", "capital": "2 triệu", "phone": "+84905123456",
        "mother_birth": "2/1950", "tax_code": "4000123456001", "note": " x ", "identity": "049-090-000-001"});
    let once = form.clean(&typed);
    assert_eq!(form.clean(&once), once);
}

#[test]
fn hidden_answers_are_left_out_of_what_is_stored() {
    let accepted = form().accept(&answers(&json!({"relation": "cha", "married": "không"})), &facts()).unwrap();
    assert_eq!(accepted.get("relation_text"), None);
    assert_eq!(accepted.get("spouse_name"), None);
    assert_eq!(accepted["married"], json!(false));
}

#[test]
fn a_hidden_field_with_a_wrong_value_is_no_fault() {
    let wrong_but_hidden = answers(&json!({"married": false, "spouse_name": "123"}));
    assert!(form().accept(&wrong_but_hidden, &facts()).is_ok());
}

#[test]
fn blank_answers_count_as_not_given() {
    let form = form();
    let blank = answers(&json!({"email": "  ", "note": "", "witnesses": [{}, {"name": " "}]}));
    let accepted = form.accept(&blank, &facts()).unwrap();
    assert!(["email", "note", "witnesses"].iter().all(|name| accepted.get(*name).is_none()), "{accepted}");
}

fn post(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn a_posted_page_becomes_answers_with_dates_of_three_boxes_or_one() {
    let form = form();
    let posted = post(&[
        ("csrf", "x"),
        ("full_name", " Lê  B "),
        ("birth_date.day", "5"),
        ("birth_date.month", "7"),
        ("birth_date.year", "1990"),
        ("mother_birth.day", ""),
        ("mother_birth.month", ""),
        ("mother_birth.year", "1950"),
        ("phone", ""),
        ("copies", "9"),
    ]);
    let page = form.from_fields("ai", &posted);
    assert_eq!(page, json!({"full_name": "Lê B", "birth_date": "1990-07-05", "mother_birth": "1950"}));
    assert_eq!(form.from_fields("ai", &post(&[("birth_date", "5/7/1990")]))["birth_date"], json!("1990-07-05"));
    assert_eq!(
        form.from_fields(
            "ai",
            &post(&[("birth_date.day", "31"), ("birth_date.month", "2"), ("birth_date.year", "2020")])
        )["birth_date"],
        json!("31/2/2020")
    );
    assert_eq!(form.from_fields("nowhere", &posted), json!({}));
}

#[test]
fn lines_of_a_group_come_by_dotted_names_and_can_be_added_and_removed() {
    let form = form();
    let fields = [("witnesses.0.name", "A"), ("witnesses.0.identity", "205 123 456"), ("witnesses.1.name", "B")];
    let page = form.from_fields("lam-chung", &post(&fields));
    assert_eq!(page, json!({"witnesses": [{"name": "A", "identity": "205123456"}, {"name": "B"}]}));
    let removed = [fields.as_slice(), &[("remove", "witnesses.0")]].concat();
    assert_eq!(form.from_fields("lam-chung", &post(&removed)), json!({"witnesses": [{"name": "B"}]}));
    let added = post(&[("witnesses.0.name", "A"), ("add", "witnesses")]);
    assert_eq!(form.from_fields("lam-chung", &added), json!({"witnesses": [{"name": "A"}, {}]}));
    assert!(crate::Form::stays_on_page(&added));
    let huge = post(&[("witnesses.4000000000.name", "A"), ("witnesses.x.name", "B"), ("remove", "witnesses.9")]);
    assert_eq!(form.from_fields("lam-chung", &huge), json!({"witnesses": []}));
}
