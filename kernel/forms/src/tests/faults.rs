use kernel_base::FieldError;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{answers, codes, facts, form, places};

fn one_code(changes: &Value) -> String {
    let found = codes(&answers(changes));
    assert_eq!(found.len(), 1, "{changes}: {found:?}");
    found[0].1.clone()
}

#[test]
fn the_example_has_no_fault() {
    let form = form();
    assert_eq!(form.accept(form.example().unwrap(), &facts()).unwrap(), *form.example().unwrap());
}

#[test]
fn each_bad_value_has_its_own_code() {
    for (field, value, code) in [
        ("birth_date", json!("30/02/2020"), "date_not_real"),
        ("birth_date", json!("31/4/1990"), "date_not_real"),
        ("birth_date", json!("1/13/1990"), "date_not_real"),
        ("birth_date", json!("1950"), "date_incomplete"),
        ("birth_date", json!("1/2/90"), "date_year"),
        ("birth_date", json!("27/07/2021"), "date_future"),
        ("birth_date", json!("26/07/1891"), "date_too_old"),
        ("birth_date", json!("tết"), "date"),
        ("birth_date", json!(19900520), "type"),
        ("mother_birth", json!("1780"), "date_too_old"),
        ("mother_birth", json!("sau chiến tranh"), "date"),
        ("identity", json!("049090001"), "identity_length"),
        ("identity", json!("04909000001"), "identity_length"),
        ("identity", json!("0490900000011"), "identity_length"),
        ("identity", json!("097090000001"), "identity_province"),
        ("identity", json!("000090000001"), "identity_province"),
        ("identity", json!("049O90000001"), "identity_length"),
        ("phone", json!("0905 123 45"), "phone"),
        ("phone", json!("113"), "phone"),
        ("email", json!("an.gmail.com"), "email"),
        ("home_commune", json!("2033"), "choice"),
        ("relation", json!("chu"), "choice"),
        ("relation", json!(["cha"]), "choice"),
        ("married", json!("có lẽ"), "choice"),
        ("married", json!(2), "type"),
        ("copies", json!(21), "too_large"),
        ("copies", json!(-1), "too_small"),
        ("copies", json!(1.5), "integer"),
        ("copies", json!("hai"), "integer"),
        ("copies", json!(true), "type"),
        ("capital", json!("-50k"), "too_small"),
        ("capital", json!("9999999999999999999999"), "money"),
        ("tax_code", json!("40001"), "business_code"),
        ("full_name", json!("R2D2"), "name"),
        ("full_name", json!("😀"), "name"),
        // A Greek capital that looks like ours, a Cyrillic letter, wide letters.
        ("full_name", json!("Νguyễn Văn"), "name"),
        ("full_name", json!("Nguyễn Vаn"), "name"),
        ("full_name", json!("Ｎｇｕｙễn"), "name"),
        ("full_name", json!(format!("a{}", "\u{301}".repeat(500))), "too_long"),
        ("full_name", json!("NguyÔn V¨n §øc"), "encoding"),
        ("full_name", json!("a".repeat(101)), "too_long"),
        ("full_name", json!({"vi": "A"}), "type"),
        ("note", json!("x".repeat(1001)), "too_long"),
        ("witnesses", json!("A"), "type"),
        ("witnesses", json!([7]), "type"),
        ("stranger", json!("x"), "unknown_field"),
        ("version", json!(1), "unknown_field"),
    ] {
        assert_eq!(one_code(&json!({ field: value })), code, "{field} {value}");
    }
}

#[test]
fn names_of_one_word_of_ethnic_minorities_and_with_marks_are_accepted() {
    for name in ["Y", "Alăng Bhuôch", "Bʼling Mŏ", "Ch'ơm", "Zơrâm Nhĕ", "Đinh Thị H’Lê", "Nguyễn-Phước B.", "Ðức"]
    {
        assert_eq!(codes(&answers(&json!({"full_name": name}))), [], "{name}");
    }
}

#[test]
fn the_age_of_130_is_refused_on_the_birthday_and_not_the_day_before() {
    assert_eq!(codes(&answers(&json!({"birth_date": "27/07/1891"}))), []);
    assert_eq!(one_code(&json!({"birth_date": "26/07/1891"})), "date_too_old");
    assert_eq!(codes(&answers(&json!({"birth_date": "26/07/2021", "mother_birth": "2021"}))), []);
}

#[test]
fn a_commune_must_exist_when_the_communes_are_known() {
    let (form, places) = (form(), places());
    let known = facts().with_places(&places);
    let faults = form.accept(&answers(&json!({"home_commune": "20336"})), &known).unwrap_err();
    assert_eq!((faults.len(), faults[0].code.as_str()), (1, "commune"));
    assert!(form.accept(&answers(&json!({})), &known).is_ok());
}

#[test]
fn a_condition_makes_a_field_required_and_its_absence_does_not() {
    let form = form();
    assert_eq!(codes(&answers(&json!({"spouse_name": null}))), [("spouse_name".to_owned(), "required".to_owned())]);
    assert_eq!(codes(&answers(&json!({"relation_text": null}))), [("relation_text".to_owned(), "required".to_owned())]);
    assert_eq!(codes(&answers(&json!({"spouse_name": null, "married": false}))), []);
    let page = form.validate_page("vo-chong", &json!({"married": true}), &facts());
    assert_eq!(page.iter().map(|f| f.field.as_str()).collect::<Vec<_>>(), ["spouse_name"]);
}

#[test]
fn a_line_of_a_group_is_checked_like_a_page() {
    let lines =
        json!({"witnesses": [{"name": "A", "identity": "205123456"}, {"identity": "12", "born": "30/2/1950", "x": 1}]});
    let found: Vec<String> =
        codes(&answers(&lines)).into_iter().map(|(field, code)| format!("{field} {code}")).collect();
    assert_eq!(
        found,
        [
            "witnesses.1.x unknown_field",
            "witnesses.1.name required",
            "witnesses.1.identity identity_length",
            "witnesses.1.born date_not_real"
        ]
    );
    let three = json!({"name": "A", "identity": "205123456"});
    assert_eq!(one_code(&json!({"witnesses": [three, three, three]})), "too_many");
}

#[test]
fn a_megabyte_and_thousands_of_layers_get_a_sentence() {
    let form = form();
    let long = form.accept(&answers(&json!({"full_name": "ậ".repeat(1_000_000)})), &facts()).unwrap_err();
    assert_eq!(long[0].code, "too_large");
    let many: Vec<Value> = (0..1_000_001).map(Value::from).collect();
    assert_eq!(form.validate(&json!({"note": many}), &facts())[0].code, "too_large");
    let mut deep = Value::Null;
    for _ in 0..2_000 {
        deep = Value::Array(vec![deep]);
    }
    assert_eq!(form.accept(&json!({"note": deep}), &facts()).unwrap_err()[0].code, "too_deep");
    for not_an_object in [json!(null), json!("x"), json!([]), json!(5)] {
        assert_eq!(form.accept(&not_an_object, &facts()).unwrap_err()[0].code, "type");
    }
}

#[test]
fn every_sentence_is_short_says_what_to_do_and_uses_no_forbidden_word() {
    let all_wrong = json!({"full_name": "1", "birth_date": "30/2/2020", "mother_birth": "x", "identity": "1", "phone": "1",
        "email": "1", "home_commune": "1", "relation": "1", "married": "1x", "copies": "x", "capital": "x", "tax_code": "1",
        "witnesses": [{"x": 1}], "address": "a".repeat(301), "note": 5, "stranger": 1});
    let faults = form().accept(&all_wrong, &facts()).unwrap_err();
    assert!(faults.len() >= 18, "{}", faults.len());
    for FieldError { field, message, .. } in faults {
        for text in [&message.vi, &message.en] {
            assert!(text.ends_with(['.', '”']), "{field}: {text}");
            for sentence in text.split(". ") {
                assert!(sentence.split_whitespace().count() <= 20, "{field}: {sentence}");
            }
            for forbidden in ["có lỗi xảy ra", "invalid", "null", "không hợp lệ"] {
                assert!(!text.to_lowercase().contains(forbidden), "{field}: {text}");
            }
        }
        assert_ne!(message.vi, message.en);
    }
}

/// Faults that can be planted independently of each other.
fn plants() -> Vec<(&'static str, Value)> {
    vec![
        ("full_name", Value::Null),
        ("birth_date", json!("31/02/1990")),
        ("mother_birth", json!("x")),
        ("identity", json!("12")),
        ("phone", json!("12")),
        ("email", json!("x")),
        ("home_commune", json!("1")),
        ("address", json!("a".repeat(301))),
        ("note", json!(7)),
        ("relation_text", Value::Null),
        ("spouse_name", json!("9")),
        ("copies", json!(99)),
        ("capital", json!("x")),
        ("tax_code", json!("7")),
        ("witnesses", json!("x")),
        ("stranger", json!(1)),
    ]
}

proptest! {
    #[test]
    fn k_planted_faults_give_k_messages_in_one_answer(chosen in proptest::collection::vec(any::<bool>(), 16)) {
        let planted: Vec<(&str, Value)> = plants().into_iter().zip(chosen).filter(|(_, on)| *on).map(|(plant, _)| plant).collect();
        let changes = Value::Object(planted.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect());
        let mut found: Vec<String> = codes(&answers(&changes)).into_iter().map(|(field, _)| field).collect();
        found.sort();
        let mut expected: Vec<String> = planted.iter().map(|(name, _)| (*name).to_owned()).collect();
        expected.sort();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn no_text_makes_the_form_panic_and_an_accepted_answer_stays_accepted(text in "\\PC{0,40}", field in 0_usize..17) {
        let form = form();
        let name = form.fields()[field].name.clone();
        let raw = answers(&json!({ name: text }));
        if let Ok(accepted) = form.accept(&raw, &facts()) {
            let again = form.accept(&accepted, &facts());
            prop_assert_eq!(again.as_ref(), Ok(&accepted));
        }
    }
}
