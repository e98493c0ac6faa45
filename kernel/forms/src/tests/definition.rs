use serde_json::{Value, json};

use super::{form, sample};
use crate::{FieldKind, Form, json_schema_for_outside};

fn broken(change: impl Fn(&mut Value)) -> Vec<String> {
    let mut schema = sample();
    change(&mut schema);
    Form::parse(&schema).err().unwrap_or_default()
}

#[test]
fn a_form_knows_its_pages_its_fields_in_order_and_who_applies() {
    let form = form();
    let pages: Vec<&str> = form.pages().iter().map(|page| page.id.as_str()).collect();
    assert_eq!(pages, ["ai", "quan-he", "vo-chong", "khac", "lam-chung"]);
    assert_eq!(form.fields().first().map(|f| f.name.as_str()), Some("full_name"));
    assert_eq!(form.applicant().get("phone").map(String::as_str), Some("phone"));
    let FieldKind::Group(group) = &form.field("witnesses").unwrap().kind else { panic!("a group") };
    let names: Vec<&str> = group.fields.iter().map(|f| f.name.as_str()).collect();
    assert_eq!(names, ["name", "identity", "born"]);
    assert_eq!(group.fields[1].kind, FieldKind::IdentityNumber { old_card: true });
    assert_eq!(form.field("identity").unwrap().kind, FieldKind::IdentityNumber { old_card: false });
    assert!(form.field("spouse_name").unwrap().sometimes_required && form.field("email").unwrap().optional());
}

#[test]
fn every_fault_of_a_definition_is_named_at_once() {
    let faults = broken(|schema| {
        schema["properties"]["phone"]["x-type"] = json!("telephone");
        schema["properties"]["email"].as_object_mut().unwrap().remove("title");
        schema["properties"]["relation_text"]["x-when"]["equals"] = json!("chu");
        schema["x-pages"][0]["fields"][0] = json!("fullname");
        schema["x-applicant"]["email"] = json!("mail");
        schema["required"][0] = json!("nobody");
        schema["anyOf"] = json!([]);
    });
    for word in [
        "`telephone`",
        "email: `title`",
        "\"chu\"",
        "`fullname`",
        "`full_name` stands on 0",
        "`mail`",
        "`nobody`",
        "`anyOf`",
    ] {
        assert!(faults.iter().any(|fault| fault.contains(word)), "{word} in {faults:#?}");
    }
}

#[test]
fn a_form_whose_example_is_not_a_valid_answer_is_refused() {
    let faults = broken(|schema| schema["examples"][0]["phone"] = json!("12"));
    assert!(faults.len() == 1 && faults[0].starts_with("examples[0].phone"), "{faults:?}");
    assert!(!broken(|schema| schema["examples"] = json!([])).is_empty());
}

#[test]
fn definitions_that_are_not_forms_are_refused_without_a_panic() {
    for wrong in [
        json!(null),
        json!([]),
        json!(1e300),
        json!({"properties": 5}),
        json!({"properties": {"a": []}}),
        json!({"properties": {"a": {"type": "array", "title": "A"}}}),
        json!({"properties": {"a": {"pattern": "(", "type": "string", "title": "A"}}}),
        json!({"properties": {"a": {"$ref": "http://example.com/x"}}}),
        json!({"x-pages": 3, "properties": {}}),
    ] {
        assert!(Form::parse(&wrong).is_err(), "{wrong}");
    }
}

#[test]
fn the_schema_for_outside_asks_for_a_hidden_field_only_when_it_is_shown() {
    let mut schema = sample();
    schema["required"].as_array_mut().unwrap().extend([json!("spouse_name"), json!("relation_text")]);
    let outside = json_schema_for_outside(&schema);
    let validator = jsonschema::validator_for(&outside).unwrap();
    let mut answers = schema["examples"][0].clone();
    assert!(validator.is_valid(&answers));
    answers.as_object_mut().unwrap().remove("spouse_name");
    assert!(!validator.is_valid(&answers), "married without a spouse");
    answers["married"] = json!(false);
    assert!(
        validator.is_valid(&answers),
        "{:?}",
        validator.iter_errors(&answers).map(|e| e.to_string()).collect::<Vec<_>>()
    );
    assert_eq!(outside["examples"], schema["examples"]);
}

#[test]
fn a_definition_read_before_is_remembered_and_a_changed_one_is_read_anew() {
    let first = form();
    assert!(std::sync::Arc::ptr_eq(&first.0, &form().0));
    let mut schema = sample();
    schema["properties"]["phone"]["title"] = json!("Điện thoại");
    assert_eq!(Form::parse(&schema).unwrap().field("phone").unwrap().title.vi, "Điện thoại");
    assert_eq!(form().field("phone").unwrap().title.vi, "Số điện thoại");
}
