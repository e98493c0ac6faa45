//! Signed papers on the pages: apologies, the leader's batch, the check of a file, and what is changed by hand.

use gateway_signing::simulator::Fault;
use http::{Request, header};
use kernel_signatures::{Verdict, check};
use kernel_testkit::both_engines;
use serde_json::{Value, json};

use crate::{
    harness::{NOBODY, Person, Reply, Town, csrf_of, keep_cookies, paper_pdf},
    outcomes::{Desk, handed_in, to_the_leader},
    signatures::{SigningTown, said_by_pdfsig},
    verify::{findings, named, stored},
};

both_engines!(async an_apology_is_signed_by_its_leader_and_then_sealed, SigningTown::open, |signing| {
    let town = &signing.town;
    let citizen = town.citizen("0905800001").await;
    let desk = Desk::of(town, "tamky").await;
    let code = handed_in(town, &citizen).await.code;
    to_the_leader(town, &desk, &code, true).await;
    town.run_jobs();
    signing.at("2021-08-06T09:00");
    let apology = json!({ "reason": "Cơ quan phối hợp trả lời chậm.", "new_appointment": "2021-08-11T16:00" });
    town.act(&desk.specialist, &code, "apologise", apology).await.ok();
    let totp = json!({ "totp": town.code("lanhdao.tamky") });
    town.act(&desk.leader, &code, "approve-apology", totp).await.ok();
    town.run_jobs();
    town.run_jobs();
    let seen = town.look(&citizen, &code).await;
    let slip = seen["slips"].as_array().unwrap().iter().find(|slip| slip["kind"] == "apology").unwrap_or_else(|| panic!("{seen}"));
    let path = format!("/api/v1/slips/{}", slip["id"].as_str().unwrap());
    let bytes = town.get(&citizen, &path).await.bytes;
    let found = check(&bytes, &signing.simulator.trust().unwrap(), town.now());
    assert_eq!((found.verdict, found.signatures.len()), (Verdict::Valid, 2), "{found:?}");
    assert!(!found.signatures[0].signer.contains("Tam Kỳ"), "the person first: {found:?}");
    assert!(found.signatures[1].signer.contains("Tam Kỳ"), "then the seal: {found:?}");
    assert!(found.signatures.iter().all(|signature| signature.stamped_at.is_some()));
    assert_eq!(said_by_pdfsig(&bytes).matches("Signature is Valid.").count(), 2);
    let checked = town.upload_to(&NOBODY, "/api/v1/verify", "xin-loi.pdf", &bytes).await.ok();
    assert_eq!((&checked["ours"], &checked["valid"]), (&json!(true), &json!(true)), "{checked}");
    assert_eq!(findings(town), Vec::<Value>::new());
});

/// A file of a dossier, fetched as the frame of a page does.
async fn framed(town: &Town, who: &Person, file: &str) {
    let request = Request::get(format!("/api/v1/files/{file}")).header("sec-fetch-dest", "iframe");
    let shown = town.send(who.sign(request).body(axum::body::Body::empty()).unwrap()).await;
    assert!(shown.status.is_success());
}

both_engines!(async a_leader_ticks_what_was_opened_and_a_wrong_code_loses_nothing, SigningTown::open, |signing| {
    let town = &signing.town;
    let citizen = town.citizen("0905800002").await;
    let desk = Desk::of(town, "tamky").await;
    let mut ticks = Vec::new();
    let mut files = Vec::new();
    for _ in 0..2 {
        let code = handed_in(town, &citizen).await.code;
        let sha256 = to_the_leader(town, &desk, &code, true).await;
        let seen = town.look(&desk.leader, &code).await;
        files.push(seen["result_document"]["file"].as_str().unwrap().to_owned());
        ticks.push(format!("sign={code}+{sha256}"));
    }
    // What the split view loads by itself was not opened by anybody.
    framed(town, &desk.leader, &files[0]).await;
    let page = town.get(&desk.leader, "/staff/sign").await.text();
    assert_eq!(page.matches("Chưa mở: hãy mở đọc trước").count(), 2, "{page}");
    assert!(town.get(&desk.leader, &format!("/api/v1/files/{}", files[0])).await.status.is_success());
    let page = town.get(&desk.leader, "/staff/sign").await.text();
    assert_eq!(page.matches("Chưa mở: hãy mở đọc trước").count(), 1, "{page}");

    // A wrong code, or nothing ticked: the list stands there again, with what to do.
    let wrong = town.press_as(&desk.leader, "/staff/sign", &format!("{}&totp=000000", ticks[0])).await;
    assert_eq!(wrong.status.as_u16(), 422);
    assert!(wrong.text().contains("error-summary") && wrong.text().contains("Mở văn bản để đọc"), "{}", wrong.text());
    let code = town.code(&desk.leader.name);
    let nothing = town.press_as(&desk.leader, "/staff/sign", &format!("totp={code}")).await;
    assert!(nothing.text().contains("Chưa chọn văn bản nào để ký"), "{}", nothing.text());

    let both = format!("{}&{}&totp={}", ticks[0], ticks[1], town.code(&desk.leader.name));
    let signed = town.press_as(&desk.leader, "/staff/sign", &both).await;
    assert!(signed.status.is_success(), "{}", signed.text());
    assert!(signed.text().contains("Xong 1 trên 2 hồ sơ") && signed.text().contains("chưa mở"), "{}", signed.text());
});

both_engines!(async where_the_queue_gave_up_its_leader_finds_a_button, SigningTown::open, |signing| {
    let town = &signing.town;
    let citizen = town.citizen("0905800003").await;
    let desk = Desk::of(town, "tamky").await;
    signing.simulator.faults().set_signer(Fault::Refused);
    let code = signing.approved(&citizen, &desk).await.code;
    town.run_jobs();
    signing.simulator.faults().set_signer(Fault::None);
    let at = format!("/staff/dossiers/{code}");
    let button = format!("action=\"{at}/sign-again\"");
    assert!(!town.get(&desk.reception, &at).await.text().contains(&button), "not hers to ask for");
    let page = town.get(&desk.leader, &at).await.text();
    assert!(page.contains(&button) && page.contains("từ chối"), "{page}");
    assert_eq!(town.press_as(&desk.reception, &format!("{at}/sign-again"), "").await.status.as_u16(), 403);
    assert_eq!(town.press_as(&desk.leader, &format!("{at}/sign-again"), "").await.status.as_u16(), 303);
    town.run_jobs();
    assert_eq!(town.look(&citizen, &code).await["result_document"]["signing"]["state"], "signed");
    assert!(!town.get(&desk.leader, &at).await.text().contains(&button));
});

/// Posts a file to the page of checks as a visitor without an account.
async fn asked(town: &Town, bytes: &[u8]) -> Reply {
    let mut visitor = Person::default();
    let page = town.get(&visitor, "/kiem-tra").await;
    keep_cookies(&mut visitor, &page);
    visitor.csrf = csrf_of(&page.text());
    town.upload_to(&visitor, "/kiem-tra", "van-ban.pdf", bytes).await
}

both_engines!(async the_page_of_checks_says_in_plain_words_what_a_file_is_worth, SigningTown::open, |signing| {
    let town = &signing.town;
    let citizen = town.citizen("0905800004").await;
    let desk = Desk::of(town, "tamky").await;
    let code = signing.approved(&citizen, &desk).await.code;
    town.run_jobs();
    let bytes = signing.result(&citizen, &code).await;
    let mut altered = bytes.clone();
    let at = altered.len() / 3;
    altered[at] ^= 1;
    for (file, tone, says) in [
        (&bytes[..], "ok", "do hệ thống này phát hành, còn nguyên vẹn, chữ ký hợp lệ"),
        (&altered[..], "bad", "tệp đã bị sửa sau khi ký"),
        (&paper_pdf()[..], "bad", "Nếu trên giấy có mã QR, hãy quét mã đó"),
        (&b"%PDF-1.7 nothing"[..], "bad", "Không đọc được tệp này"),
    ] {
        let answer = asked(town, file).await;
        let page = answer.text();
        assert!(answer.status.is_success() && page.contains(says), "{says}: {page}");
        assert!(page.contains(&format!("notice {tone}")), "{says}: {page}");
    }
    let nothing = asked(town, b"").await;
    assert_eq!(nothing.status.as_u16(), 422);
    assert!(nothing.text().contains("Hãy chọn tệp PDF cần kiểm tra"), "{}", nothing.text());
    // Without the token of the page nothing is checked: other sites cannot use it.
    let request = Request::post("/kiem-tra").header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge");
    let foreign = town.send(request.body(axum::body::Body::from("--edge--\r\n")).unwrap()).await;
    assert_eq!(foreign.status.as_u16(), 403, "{}", foreign.text());
});

both_engines!(async verify_names_a_signed_file_that_was_exchanged, SigningTown::open, |signing| {
    let town = &signing.town;
    let citizen = town.citizen("0905800005").await;
    let desk = Desk::of(town, "tamky").await;
    let receipt = handed_in(town, &citizen).await;
    let sha256 = to_the_leader(town, &desk, &receipt.code, true).await;
    crate::outcomes::approve(town, &desk.leader, &receipt.code, &sha256).await.ok();
    let before = stored(town);
    town.run_jobs();
    assert_eq!(findings(town), Vec::<Value>::new());
    // The row points at the unsigned draft again.
    let back = "UPDATE signing_documents SET signed_file = file, signed_sha256 = sha256 WHERE kind = 'result'";
    named(town, back, "signing_documents", &receipt.code);
    // A signed file on the disk is another one.
    let signed = stored(town).difference(&before).next().unwrap().clone();
    std::fs::write(&signed, b"something else").unwrap();
    assert!(findings(town).iter().any(|found| found["table"] == "files"), "{:?}", findings(town));
});
