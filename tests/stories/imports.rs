//! Dossiers of an older system, with four eyes.

use kernel_testkit::both_engines;
use serde_json::{Value, json};

use crate::{harness::Town, outcomes::TAM_KY};

fn line(number: u32) -> Value {
    json!({
        "code": format!("{TAM_KY}-210105-{number:04}"), "procedure": "1.001612", "procedure_name": "Đăng ký thành lập hộ kinh doanh",
        "agency": TAM_KY, "owner": { "name": "Trần Thí Dụ" }, "received_at": "2021-01-05T08:00", "promised_at": "2021-01-08T08:00",
        "settled_at": "2021-01-20T08:00", "status": "returned",
    })
}

both_engines!(async dossiers_of_an_older_system_enter_with_two_approvers_and_are_labelled, Town::open, |town| {
    let (stager, first, second) =
        (town.officer("quantri").await, town.officer("quantri2").await, town.officer("quantri3").await);
    let clerk = town.officer("tiepnhan.tamky").await;
    let file = json!({ "source": "Một cửa cũ", "lines": [line(1), line(2)] });
    let stranger = town.post(&clerk, "/api/v1/imports", &file).await;
    assert_eq!(stranger.status, 403, "{}", stranger.text());

    // Faulty lines are named, and nothing is staged.
    let mut bad = file.clone();
    bad["lines"][0]["code"] = json!("12");
    bad["lines"][1]["status"] = json!("processing");
    let faults = town.post(&stager, "/api/v1/imports", &bad).await.faults();
    let fields: Vec<&str> = faults.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, ["lines.0.code", "lines.1.status"]);

    // A code of another day would take a number that the agency is still going to give.
    for code in ["210726-0001", "210801-0001", "210106-0001"] {
        let mut ahead = file.clone();
        ahead["lines"][0]["code"] = json!(format!("{TAM_KY}-{code}"));
        let faults = town.post(&stager, "/api/v1/imports", &ahead).await.faults();
        assert_eq!(faults, [("lines.0.code".to_owned(), "invalid_line".to_owned())], "{code}");
    }

    let staged = town.post(&stager, "/api/v1/imports", &file).await.ok();
    town.post(&stager, "/api/v1/imports", &file).await.refused(409, "staged_before");
    let path = format!("/api/v1/imports/{}/approve", staged["batch"].as_str().unwrap());
    let nothing = json!({});
    town.post(&stager, &path, &nothing).await.refused(403, "four_eyes");
    assert_eq!(town.post(&first, &path, &nothing).await.ok()["entered"], 0);
    town.post(&first, &path, &nothing).await.refused(403, "four_eyes");
    let code = format!("{TAM_KY}-210105-0001");
    assert_eq!(town.get(&clerk, &format!("/api/v1/dossiers/{code}")).await.status, 404, "nothing enters with one approval");
    assert_eq!(town.post(&second, &path, &nothing).await.ok()["entered"], 2);
    town.post(&second, &path, &nothing).await.refused(409, "entered_before");

    let seen = town.look(&clerk, &code).await;
    assert_eq!((&seen["imported"], &seen["status"]), (&json!(true), &json!("returned")));
    assert_eq!((&seen["legal_due"], &seen["result"]), (&Value::Null, &Value::Null), "claims of the source are no promises");
    assert_eq!(seen["events"][0]["kind"], "dossier.imported");
    town.act(&clerk, &code, "accept", nothing).await.refused(409, "wrong_state");
    // Its dates are the claims of its first event, and nothing else.
    for change in ["submitted_at = '2021-01-04T01:00:00.000Z'", "accepted_at = NULL", "settled_at = '2021-01-08T01:00:00.000Z'"] {
        crate::verify::named(&town, &format!("UPDATE dossiers SET {change} WHERE code = '{code}'"), "dossiers", &code);
    }
    // Codes of the day go on from 1: the import takes no numbers of this system.
    let citizen = town.citizen("0905400001").await;
    assert_eq!(crate::outcomes::handed_in(&town, &citizen).await.code, format!("{TAM_KY}-210726-0001"));
});
