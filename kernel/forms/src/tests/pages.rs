use std::collections::BTreeMap;

use kernel_base::{Lang, Words};
use serde_json::{Value, json};

use super::{answers, facts, form, places};
use crate::{PageState, PageView, field_id, render_page};

fn page(id: &str, answers: &Value, lang: Lang) -> String {
    let form = form();
    let errors = form.validate(&form.clean(answers), &facts());
    render_page(&form, id, &PageView::new(answers, &errors, lang))
}

#[test]
fn each_control_has_a_label_and_its_message_is_tied_to_it() {
    let html = page("ai", &answers(&json!({"phone": "12"})), Lang::Vi);
    assert!(html.contains(r#"<label class="label" for="f-phone">Số điện thoại</label>"#), "{html}");
    assert!(html.contains(r#"id="f-phone" aria-describedby="f-phone-error" aria-invalid="true""#), "{html}");
    assert!(
        html.contains(r#"id="f-phone-error"><span class="visually-hidden">Lỗi:</span> Nhập số điện thoại gồm 10"#),
        "{html}"
    );
    assert!(html.contains(r#"autocomplete="tel""#) && html.contains(r#"inputmode="numeric""#));
    assert!(!html.contains(" required"), "the browser does not check");
    assert!(html.contains("Thư điện tử <span class=\"optional\">(không bắt buộc)</span>"), "{html}");
}

#[test]
fn every_described_by_names_an_element_of_the_page_and_no_id_stands_twice() {
    let form = form();
    let nothing = json!({"witnesses": [{}, {}]});
    let errors = form.validate(&json!({"witnesses": [{"x": 1}]}), &facts());
    for page in form.pages() {
        let html = render_page(&form, &page.id, &PageView::new(&nothing, &errors, Lang::En));
        let ids: Vec<&str> = html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let mut unique = ids.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), ids.len(), "{ids:?}");
        let described = html.split("aria-describedby=\"").skip(1).filter_map(|rest| rest.split('"').next());
        let labelled = html.split(" for=\"").skip(1).filter_map(|rest| rest.split('"').next());
        for id in described.flat_map(str::split_whitespace).chain(labelled) {
            assert!(ids.contains(&id), "{id} in {html}");
        }
    }
}

#[test]
fn what_was_typed_is_shown_again_and_never_becomes_markup() {
    let typed = r#""><script>alert(1)</script>"#;
    let html = page("ai", &json!({"full_name": typed, "birth_date": "31/2/2020", "email": typed}), Lang::Vi);
    assert!(!html.contains("<script>"), "{html}");
    assert!(html.contains("&quot;&gt;&lt;script&gt;"));
    for (part, value) in [("day", "31"), ("month", "2"), ("year", "2020")] {
        assert!(html.contains(&format!("name=\"birth_date.{part}\" value=\"{value}\"")), "{html}");
    }
    let stored = page("ai", &json!({"birth_date": "2020-03-05"}), Lang::Vi);
    assert!(stored.contains("name=\"birth_date.day\" value=\"05\""), "{stored}");
}

#[test]
fn choices_and_dates_stand_in_a_fieldset_with_a_legend() {
    let html = page("quan-he", &json!({"relation": "cha", "married": false}), Lang::En);
    assert!(html.contains("<legend class=\"label\">Relation</legend>"), "{html}");
    assert!(html.contains(r#"value="cha" checked"#) && html.contains(r#"value="false" checked"#), "{html}");
    assert_eq!(field_id("relation"), "f-relation");
    assert!(html.contains(r#"<input id="f-relation" type="radio""#));
}

#[test]
fn a_field_that_waits_for_an_answer_of_the_same_page_is_there_without_javascript() {
    let html = page("quan-he", &json!({}), Lang::Vi);
    assert!(html.contains(r#"data-when-field="relation" data-when-equals="[&quot;khac&quot;]""#), "{html}");
    assert!(html.contains("Chỉ trả lời nếu “Quan hệ” là “Người khác”."), "{html}");
    assert_eq!(page("vo-chong", &json!({"married": false}), Lang::Vi), "", "the page is not asked");
    assert!(page("vo-chong", &json!({"married": true}), Lang::Vi).contains("f-spouse_name"));
}

#[test]
fn communes_are_a_list_by_district_that_keeps_what_was_chosen() {
    let (form, places) = (form(), places());
    let chosen = json!({"home_commune": "20335"});
    let html = render_page(&form, "ai", &PageView::new(&chosen, &[], Lang::Vi).with_places(&places));
    assert!(html.contains("<optgroup label=\"Thành phố Tam Kỳ\">"), "{html}");
    assert!(html.contains(r#"<option value="20335" selected>Phường Tân Thạnh</option>"#), "{html}");
    assert!(html.contains("Phường &lt;Phước Hòa&gt;"));
}

#[test]
fn a_value_filled_in_beforehand_says_where_it_comes_from() {
    let form = form();
    let sources = BTreeMap::from([("full_name".to_owned(), Words::new("Từ tài khoản của bạn", "From your account"))]);
    let known = json!({"full_name": "A"});
    let html = render_page(&form, "ai", &PageView::new(&known, &[], Lang::Vi).with_sources(&sources));
    assert!(
        html.contains(r#"aria-describedby="f-full_name-source""#) && html.contains("Từ tài khoản của bạn"),
        "{html}"
    );
}

#[test]
fn a_group_shows_its_lines_and_the_first_button_is_not_one_that_removes() {
    let html = page("lam-chung", &json!({"witnesses": [{"name": "A"}]}), Lang::Vi);
    assert!(
        html.contains("<legend>Người làm chứng 1</legend>") && html.contains(r#"name="witnesses.0.name" value="A""#),
        "{html}"
    );
    let first_button = html.find("<button").unwrap();
    assert!(html[first_button..].starts_with("<button type=\"submit\" class=\"visually-hidden\""));
    assert!(html.contains(r#"name="add" value="witnesses""#) && html.contains(r#"name="remove" value="witnesses.0""#));
}

#[test]
fn the_summary_shows_values_as_people_read_them() {
    let places = places();
    let rows = form().summary(&answers(&json!({"note": "x"})), Some(&places), Lang::Vi);
    let value = |field: &str| rows.iter().find(|row| row.field == field).map(|row| row.value.as_str());
    assert_eq!(value("birth_date"), Some("20/05/1990"));
    assert_eq!(value("phone"), Some("0905 123 456"));
    assert_eq!(value("home_commune"), Some("Phường Tân Thạnh, Thành phố Tam Kỳ"));
    assert_eq!(value("relation"), Some("Người khác"));
    assert_eq!(value("married"), Some("Có"));
    assert_eq!(value("capital"), Some("50.000\u{a0}đ"));
    assert_eq!(value("witnesses.0.born"), Some("1950"));
    assert_eq!(value("email"), Some(""));
    let single = form().summary(&answers(&json!({"married": false})), None, Lang::En);
    assert!(single.iter().all(|row| row.page != "vo-chong" && row.field != "spouse_name"));
    assert!(single.iter().any(|row| row.value == "20335" && row.label == "Commune"));
}

#[test]
fn a_page_is_not_started_started_or_complete() {
    let form = form();
    let state = |page: &str, answers: &Value| form.page_state(page, answers, &facts());
    assert_eq!(state("ai", &json!({})), PageState::NotStarted);
    assert_eq!(state("ai", &json!({"full_name": "A"})), PageState::Started);
    assert_eq!(state("ai", form.example().unwrap()), PageState::Complete);
    assert_eq!(state("khac", &json!({})), PageState::NotStarted, "copies are needed");
    let shown: Vec<&str> = form.visible_pages(&json!({"married": false})).iter().map(|p| p.id.as_str()).collect();
    assert_eq!(shown, ["ai", "quan-he", "khac", "lam-chung"]);
}
