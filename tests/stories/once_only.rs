//! Nobody is asked twice: the second dossier of a person asks at most a fifth of its fields, and each field that was
//! filled in says from where.

use std::fmt::Write as _;

use kernel_db::Engine;
use kernel_testkit::{block_on, both_engines};
use serde_json::{Value, json};

use crate::harness::{Person, Town};

/// Begins a draft by API: its id and what can be filled in.
async fn begin(town: &Town, who: &Person, procedure: &str, agency: &str) -> (String, Value) {
    let body = json!({ "procedure": procedure, "agency": agency });
    let begun = town.post(who, "/api/v1/drafts", &body).await.ok();
    (begun["id"].as_str().unwrap().to_owned(), begun["prefill"].clone())
}

fn fields(offer: &Value) -> Vec<&str> {
    offer["values"].as_array().unwrap().iter().map(|one| one["field"].as_str().unwrap()).collect()
}

const TAM_KY: &str = "000.12.33.H47";

both_engines!(async a_second_draft_is_filled_in_from_the_first_dossier_with_its_source, Town::open, |town| {
    let citizen = town.citizen("0905400001").await;
    let agency = agency_of(&town, &citizen, "1.001193").await;
    let (_, first) = begin(&town, &citizen, "1.001193", &agency).await;
    assert_eq!(fields(&first), ["applicant_phone"], "only the contact that was proved is known: {first}");
    let receipt = town.hand_in(&citizen, "1.001193", &agency).await;

    // The same matter again: nearly everything is known.
    let (id, offer) = begin(&town, &citizen, "1.001193", &agency).await;
    let share = 100 * offer["asked"].as_u64().unwrap() / offer["fields"].as_u64().unwrap();
    assert!(share <= 20, "{share} %: {offer}");
    let name = offer["values"].as_array().unwrap().iter().find(|one| one["field"] == "applicant_name").unwrap();
    assert_eq!(name["origin"]["kind"], "earlier_dossier");
    assert_eq!(name["origin"]["source"], receipt.code.as_str());
    assert!(offer["sentence"]["vi"].as_str().unwrap().contains(&receipt.code), "{offer}");

    // Nothing is in the draft before the person says so.
    let draft = town.get(&citizen, &format!("/api/v1/drafts/{id}")).await.ok();
    assert_eq!(draft["answers"], json!({}));
    let taken = town.post(&citizen, &format!("/api/v1/drafts/{id}/prefill"), &json!({ "accept": true, "without": ["child_name"] })).await.ok();
    assert!(taken["filled"].as_u64().unwrap() >= 10, "{taken}");
    let draft = town.get(&citizen, &format!("/api/v1/drafts/{id}")).await.ok();
    assert!(draft["answers"].get("child_name").is_none(), "declined: {draft}");
    assert_eq!(draft["origins"]["applicant_name"]["source"], receipt.code.as_str());
    assert!(draft["origins"]["applicant_name"]["ground"].as_str().unwrap().starts_with("reuse_"));

    // The page shows the source beside the field, and a changed value beside the one on record.
    let page = town.get(&citizen, &format!("/drafts/{id}/pages/{}", first_page(&town).await)).await.text();
    assert!(page.contains(&format!("Từ hồ sơ {}", receipt.code)), "{page}");
    town.post(&citizen, &format!("/api/v1/drafts/{id}/fields"), &json!({ "applicant_name": "Nguyễn Thị Khác" })).await.ok();
    let page = town.get(&citizen, &format!("/drafts/{id}/pages/{}", first_page(&town).await)).await.text();
    assert!(page.contains("Bạn đã sửa. Dữ liệu đã có:"), "{page}");
});

both_engines!(async another_person_is_offered_nothing_of_it, Town::open, |town| {
    let citizen = town.citizen("0905400002").await;
    let agency = agency_of(&town, &citizen, "1.001193").await;
    town.hand_in(&citizen, "1.001193", &agency).await;
    let stranger = town.citizen("0905400003").await;
    let (id, offer) = begin(&town, &stranger, "1.001193", &agency).await;
    assert_eq!(fields(&offer), ["applicant_phone"]);
    town.get(&citizen, &format!("/api/v1/drafts/{id}/prefill")).await.refused(404, "draft_not_found");
    let officer = town.officer("tiepnhan.tamky").await;
    assert_eq!(town.get(&officer, &format!("/api/v1/drafts/{id}/prefill")).await.status, 403);
});

/// Name of the first page of the birth form.
async fn first_page(town: &Town) -> String {
    let look = town.get(&crate::harness::NOBODY, "/api/v1/procedures/1.001193").await.ok();
    look["form"]["x-pages"][0]["id"].as_str().unwrap().to_owned()
}

/// The first agency that takes the procedure.
async fn agency_of(town: &Town, who: &Person, procedure: &str) -> String {
    let look = town.get(who, &format!("/api/v1/procedures/{procedure}")).await.ok();
    let agencies = look["agencies"].as_array().unwrap();
    let wanted = agencies.iter().find(|agency| *agency == TAM_KY).or(agencies.first());
    wanted.unwrap().as_str().unwrap().to_owned()
}

/// Every procedure with an electronic form: what the second dossier of the same person asks. The table stands in
/// systems/once/README.md; a change of a form or of the vocabulary changes it here first.
#[test]
fn the_second_dossier_asks_at_most_a_fifth_and_the_table_in_the_readme_is_measured() {
    let table = block_on(async {
        let town = Town::open(Engine::Sqlite);
        let list = town.get(&crate::harness::NOBODY, "/api/v1/procedures?limit=200").await.ok();
        let mut codes: Vec<String> = Vec::new();
        for item in list["items"].as_array().unwrap() {
            let code = item["code"].as_str().unwrap();
            let look = town.get(&crate::harness::NOBODY, &format!("/api/v1/procedures/{code}")).await.ok();
            if look["form"].is_object() {
                codes.push(code.to_owned());
            }
        }
        codes.sort();
        let mut table = String::new();
        for (number, code) in codes.iter().enumerate() {
            let citizen = town.proven_citizen(&format!("090541{number:04}")).await;
            let agency = agency_of(&town, &citizen, code).await;
            town.hand_in(&citizen, code, &agency).await;
            let (_, offer) = begin(&town, &citizen, code, &agency).await;
            let (asked, all) = (offer["asked"].as_u64().unwrap(), offer["fields"].as_u64().unwrap());
            let person = offer["about_person"].as_u64().unwrap();
            assert!(asked * 5 <= all, "{code}: {asked} of {all}");
            writeln!(table, "| {code} | {all} | {asked} | {} % | {person} |", (100 * asked).div_ceil(all)).unwrap();
        }
        table
    });
    let readme = include_str!("../../systems/once/README.md");
    assert!(readme.contains(&table), "the table of systems/once/README.md must read:\n{table}");
}

both_engines!(async a_form_that_asks_again_is_not_published_as_full_online, Town::open, |town| {
    let mut file = system_services::seed::all().unwrap().into_iter().find(|file| file.code == "2.000635").unwrap();
    file.code = "9.000635".to_owned();
    let untied = |schema: &mut Value, ground: &str| {
        schema.as_object_mut().unwrap().remove("x-applicant");
        for field in ["applicant_name", "applicant_identity", "applicant_phone", "applicant_email", "applicant_address"] {
            if !ground.is_empty() {
                schema["properties"][field]["x-ground"] = ground.into();
            }
        }
    };
    let publish = |town: &Town, file: &system_services::seed::ProcedureFile| {
        let (parts, file) = (town.parts.clone(), file.clone());
        let done = std::thread::spawn(move || {
            parts.db.write_blocking(&parts.home, move |tx| {
                system_services::publish_seed(tx, &kernel_org::Actor::System, std::slice::from_ref(&file))
            })
        });
        done.join().unwrap()
    };
    for version in &mut file.versions {
        for case in &mut version.cases {
            untied(case.form.as_mut().unwrap(), "");
        }
    }
    let refused = publish(&town, &file).unwrap_err();
    assert_eq!(refused.code, "asked_twice", "{refused:?}");
    assert!(refused.words.vi.contains("Số điện thoại"), "{}", refused.words.vi);
    for version in &mut file.versions {
        for case in &mut version.cases {
            untied(case.form.as_mut().unwrap(), "NĐ 123/2015/NĐ-CP, điều 9 (dữ liệu minh họa)");
        }
    }
    publish(&town, &file).unwrap();
});

both_engines!(async a_paper_is_taken_again_and_a_draft_handed_in_by_the_api, Town::open, |town| {
    const RECORD: &str = "1.001193";
    let citizen = town.proven_citizen("0905410999").await;
    let agency = agency_of(&town, &citizen, RECORD).await;
    let first = town.hand_in(&citizen, RECORD, &agency).await;
    let (id, _) = begin(&town, &citizen, RECORD, &agency).await;
    let offer = town.get(&crate::harness::NOBODY, &format!("/api/v1/procedures/{RECORD}")).await.ok();
    let mut taken = 0;
    for paper in offer["papers"].as_array().unwrap().iter().filter(|paper| paper["required"] == true) {
        let path = format!("/api/v1/drafts/{id}/papers/{}/known", paper["code"].as_str().unwrap());
        let known = town.get(&citizen, &path).await.ok()["items"].clone();
        let stranger = town.citizen("0905410998").await;
        assert_eq!(town.get(&stranger, &path).await.status, 404);
        assert_eq!(town.post(&citizen, &path, &json!({ "file": "none" })).await.status, 404);
        match known.as_array().unwrap().first() {
            Some(one) => {
                assert_eq!(one["source"], first.code.as_str());
                assert_eq!(town.post(&citizen, &path, &json!({ "file": one["file"] })).await.status, 204);
                taken += 1;
            }
            // What cannot be used again is brought anew.
            None => {
                let code = paper["code"].as_str().unwrap();
                let begun = format!("/api/v1/drafts/{id}/papers/{code}");
                panic!("{begun}: nothing to take again; choose another procedure for this story");
            }
        }
    }
    assert!(taken >= 1, "the procedure asks for papers");
    town.post(&citizen, &format!("/api/v1/drafts/{id}/prefill"), &json!({ "accept": true })).await.ok();
    let form = offer["form"]["examples"][0].clone();
    town.post(&citizen, &format!("/api/v1/drafts/{id}/fields"), &form).await.ok();
    let handed = town.post(&citizen, &format!("/api/v1/drafts/{id}/submit"), &json!({})).await;
    assert_eq!(handed.status, 201, "{}", handed.text());
    let code = handed.json()["code"].as_str().unwrap().to_owned();
    assert_eq!(town.post(&citizen, &format!("/api/v1/drafts/{id}/submit"), &json!({})).await.json()["code"], code.as_str());
    let again = town.texts("SELECT reused_from FROM dossier_papers WHERE reused_from <> ''");
    assert_eq!(again.len(), taken, "marked as taken from the earlier dossier: {again:?}");
    let agreed = town.get(&citizen, "/api/v1/me/reuses").await.ok();
    assert!(agreed.to_string().contains("papers."), "the agreement is recorded: {agreed}");
});

both_engines!(async the_counter_is_shown_with_its_questions_and_blocks_publishing_by_page_and_api, Town::open, |town| {
    let mut file = system_services::seed::all().unwrap().into_iter().find(|file| file.code == "2.000635").unwrap();
    file.code = "9.000636".to_owned();
    for version in &mut file.versions {
        for case in &mut version.cases {
            let schema = case.form.as_mut().unwrap();
            schema.as_object_mut().unwrap().remove("x-applicant");
            for field in ["applicant_name", "applicant_identity", "applicant_phone", "applicant_email", "applicant_address"] {
                schema["properties"][field]["x-ground"] = "Luật Hộ tịch (dữ liệu minh họa)".into();
            }
        }
    }
    let (parts, seed) = (town.parts.clone(), file.clone());
    let done = std::thread::spawn(move || {
        parts.db.write_blocking(&parts.home, move |tx| {
            system_services::publish_seed(tx, &kernel_org::Actor::System, std::slice::from_ref(&seed))
        })
    });
    done.join().unwrap().unwrap();
    // A version that waits, whose legal grounds were forgotten.
    town.tamper("UPDATE procedure_versions SET status = 'draft', body = replace(body, 'x-ground', 'x-forgot') WHERE procedure = '9.000636'");
    let keeper = town.officer("quantri").await;
    let forms = town.get(&keeper, "/api/v1/catalogue/forms").await.ok();
    let line = forms["items"].as_array().unwrap().iter().find(|line| line["procedure"] == "9.000636").unwrap().clone();
    let asked = line["asked_twice"].as_u64().unwrap();
    assert!(asked >= 3 && line["draft"] == true && line["full_online"] == true, "{line}");
    let others = forms["items"].as_array().unwrap().iter().filter(|line| line["procedure"] != "9.000636");
    assert!(others.into_iter().all(|line| line["asked_twice"] == 0), "no published form asks twice");
    let id = line["version"].as_str().unwrap();
    let one = town.get(&keeper, &format!("/api/v1/catalogue/forms/{id}")).await.ok();
    assert_eq!(one["again"].as_array().unwrap().len() as u64, asked, "the rows behind the number");
    let page = town.get(&keeper, "/staff/catalogue").await.text();
    assert!(page.contains(&format!("/staff/catalogue/{id}#questions")), "{page}");
    let page = town.get(&keeper, &format!("/staff/catalogue/{id}")).await.text();
    assert!(page.contains("Số điện thoại") && page.contains("Công bố phiên bản này"), "{page}");
    // Neither the button nor the API publishes it; nobody else sees it.
    let pressed = town.press_as(&keeper, &format!("/staff/catalogue/{id}"), "").await;
    assert_eq!(pressed.status, 409);
    assert!(pressed.text().contains("Số điện thoại"), "{}", pressed.text());
    town.post(&keeper, &format!("/api/v1/catalogue/forms/{id}/publish"), &json!({})).await.refused(409, "asked_twice");
    let clerk = town.officer("tiepnhan.tamky").await;
    town.get(&clerk, "/api/v1/catalogue/forms").await.refused(403, "not_permitted");
    assert_eq!(town.get(&clerk, "/staff/catalogue").await.status, 403);
    // Mended, it is published by one press.
    town.tamper("UPDATE procedure_versions SET body = replace(body, 'x-forgot', 'x-ground') WHERE procedure = '9.000636'");
    assert_eq!(town.press_as(&keeper, &format!("/staff/catalogue/{id}"), "").await.status, 303);
    town.post(&keeper, &format!("/api/v1/catalogue/forms/{id}/publish"), &json!({})).await.refused(409, "published_before");
});
