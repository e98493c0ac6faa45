//! The forms of the seed as the form engine reads them.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

use jiff::civil::date;
use kernel_base::Lang;
use kernel_forms::{Facts, Form, PageView, json_schema_for_outside, render_page};
use serde_json::{Value, json};
use system_services::seed;

fn forms() -> Vec<(String, Form)> {
    let files = seed::all().unwrap();
    let named = files.iter().flat_map(|file| {
        file.forms.iter().map(|(name, schema)| {
            let form = Form::parse(schema).unwrap_or_else(|faults| panic!("{} {name}: {faults:#?}", file.code));
            (format!("{} {name}", file.code), form)
        })
    });
    named.collect()
}

fn facts() -> Facts<'static> {
    Facts::on(date(2021, 7, 26))
}

#[test]
fn at_least_ten_procedures_have_a_form_whose_example_is_accepted_unchanged() {
    let forms = forms();
    assert!(forms.len() >= 10, "{}", forms.len());
    for (name, form) in &forms {
        let example = form.example().unwrap();
        assert_eq!(form.accept(example, &facts()).as_ref(), Ok(example), "{name}");
        let outside = jsonschema::validator_for(&json_schema_for_outside(form.schema())).unwrap();
        assert!(outside.is_valid(example), "{name}");
        assert!(form.declaration().is_some() && form.applicant().contains_key("name"), "{name}");
    }
}

#[test]
fn each_answer_left_out_gives_one_message_at_its_field_and_all_of_them_together_one_each() {
    for (name, form) in forms() {
        let example = form.example().unwrap().as_object().unwrap().clone();
        let needed: Vec<&String> = form.fields().iter().filter(|f| f.required).map(|f| &f.name).collect();
        for field in needed.iter().filter(|field| example.contains_key(**field)) {
            let mut answers = example.clone();
            answers.remove(field.as_str());
            let found = form.validate(&Value::Object(answers), &facts());
            let fields: Vec<&str> = found.iter().map(|fault| fault.field.as_str()).collect();
            assert_eq!(fields, [field.as_str()], "{name}");
        }
        let all = form.validate(&json!({}), &facts());
        let shown: Vec<&String> =
            needed.into_iter().filter(|n| form.field(n).is_some_and(|f| f.when.is_none())).collect();
        assert!(all.len() <= shown.len() && all.len() > 3, "{name}");
    }
}

#[test]
fn every_page_shows_each_of_its_questions_in_both_languages() {
    for (name, form) in forms() {
        let answers = form.example().unwrap();
        for page in form.visible_pages(answers) {
            for lang in [Lang::Vi, Lang::En] {
                let html = render_page(&form, &page.id, &PageView::new(answers, &[], lang));
                assert!(html.contains("<label") || html.contains("<legend"), "{name} {}", page.id);
                assert!(!html.contains(" required") && !html.contains("<script"), "{name} {}", page.id);
            }
        }
        let rows = form.summary(answers, None, Lang::Vi);
        assert!(rows.iter().all(|row| !row.label.is_empty()), "{name}");
    }
}
