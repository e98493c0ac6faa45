//! Results and slips are signed by the person and sealed by the agency, once, whatever the outside worlds do.

use std::{process::Command, sync::Arc};

use chuyendong::config::Config;
use gateway_signing::simulator::{Fault, Simulator};
use kernel_base::{Instant, MockClock};
use kernel_db::Engine;
use kernel_signatures::{Verdict, check};
use kernel_testkit::both_engines;
use serde_json::{Value, json};

use crate::{
    harness::{NOBODY, Person, Receipt, Town},
    outcomes::{Desk, approve, handed_in, handover, to_the_leader},
};

/// A town whose results are signed by a simulator.
pub(crate) struct SigningTown {
    pub(crate) town: Town,
    pub(crate) simulator: Simulator,
    /// What the time-stamp authority takes for now.
    clock: Arc<MockClock>,
    _trust: tempfile::TempDir,
}

impl SigningTown {
    pub(crate) fn open(engine: Engine) -> Self {
        Self::with(engine, |_| ())
    }

    /// As [`Self::open`], with other settings.
    pub(crate) fn with(engine: Engine, more: impl FnOnce(&mut Config)) -> Self {
        let clock = Arc::new(MockClock::at(Instant::parse("2021-07-26T08:00").unwrap()));
        let simulator = Simulator::start("127.0.0.1:0", Arc::clone(&clock) as _, None).unwrap();
        let trust = tempfile::tempdir().unwrap();
        std::fs::write(trust.path().join("root.pem"), simulator.authority().root_pem()).unwrap();
        for (number, list) in simulator.authority().lists(clock_now()).unwrap().iter().enumerate() {
            std::fs::write(trust.path().join(format!("{number}.crl")), list).unwrap();
        }
        let town = Town::open_with(engine, |config| {
            config.signing_service = simulator.url();
            config.timestamp_service = simulator.stamp_url();
            config.trust = trust.path().display().to_string();
            more(config);
        });
        Self { town, simulator, clock, _trust: trust }
    }

    pub(crate) fn at(&self, time: &str) {
        self.town.at(time);
        self.clock.set(Instant::parse(time).unwrap());
    }

    /// A dossier whose result was just approved.
    pub(crate) async fn approved(&self, citizen: &Person, desk: &Desk) -> Receipt {
        let receipt = handed_in(&self.town, citizen).await;
        let sha256 = to_the_leader(&self.town, desk, &receipt.code, true).await;
        assert_eq!(approve(&self.town, &desk.leader, &receipt.code, &sha256).await.ok()["status"], "settled");
        receipt
    }

    /// The signed result as its owner downloads it.
    pub(crate) async fn result(&self, who: &Person, code: &str) -> Vec<u8> {
        let seen = self.town.look(who, code).await;
        let file = seen["result_document"]["signing"]["file"].as_str().unwrap_or_else(|| panic!("{seen}"));
        let reply = self.town.get(who, &format!("/api/v1/files/{file}")).await;
        assert!(reply.status.is_success(), "{}", reply.text());
        reply.bytes
    }
}

fn clock_now() -> Instant {
    Instant::parse("2021-07-26T08:00").unwrap()
}

/// Kinds of the events of a dossier, clocks apart.
fn kinds(seen: &Value) -> Vec<String> {
    let events = seen["events"].as_array().unwrap().iter().filter_map(|e| e["kind"].as_str());
    events.filter(|kind| kind.starts_with("dossier.")).map(str::to_owned).collect()
}

both_engines!(async an_approved_result_waits_for_its_signatures_and_is_then_handed_over, SigningTown::open, |signing| {
    let town = &signing.town;
    let citizen = town.citizen("0905700001").await;
    let desk = Desk::of(town, "tamky").await;
    let receipt = signing.approved(&citizen, &desk).await;

    // Approved, but not out: neither for the owner nor at the counter, and the promise still runs.
    let waiting = town.look(&citizen, &receipt.code).await;
    assert_eq!(waiting["result_document"], Value::Null, "{waiting}");
    assert!(waiting["next"].to_string().contains("chờ chữ ký số"), "{}", waiting["next"]);
    assert_eq!(waiting["result"], Value::Null, "the promise is kept when the result is signed");
    town.act(&desk.reception, &receipt.code, "handover", handover("Võ Thị Thử")).await.refused(409, "waits_for_signature");

    town.run_jobs();
    let seen = town.look(&citizen, &receipt.code).await;
    assert_eq!(seen["result"], "early");
    let document = &seen["result_document"];
    assert_eq!(document["signing"]["state"], "signed");
    let bytes = signing.result(&citizen, &receipt.code).await;
    let found = check(&bytes, &signing.simulator.trust().unwrap(), town.now());
    assert_eq!(found.verdict, Verdict::Valid, "{found:?}");
    let signers: Vec<&str> = found.signatures.iter().map(|s| s.signer.as_str()).collect();
    assert_eq!(signers.len(), 2, "{signers:?}");
    assert!(signers[1].contains("Tam Kỳ"), "the seal comes second: {signers:?}");
    // The signed file begins with exactly the document that the leader read.
    let draft = town.get(&desk.leader, &format!("/api/v1/dossiers/{}", receipt.code)).await.ok();
    assert_eq!(draft["result_document"]["sha256"], document["sha256"]);
    assert!(said_by_pdfsig(&bytes).matches("Signature is Valid.").count() == 2);

    // The receipt is sealed as well.
    let slip = town.get(&citizen, &format!("/api/v1/slips/{}", seen["slips"][0]["id"].as_str().unwrap())).await;
    let found = check(&slip.bytes, &signing.simulator.trust().unwrap(), town.now());
    assert_eq!((found.verdict, found.signatures.len()), (Verdict::Valid, 1), "{found:?}");

    let returned = town.act(&desk.reception, &receipt.code, "handover", handover("Võ Thị Thử")).await.ok();
    assert_eq!(returned["status"], "returned");
    // The code of the receipt opens the signed file for whoever holds it.
    let file = document["file"].as_str().unwrap();
    let by_key = format!("/api/v1/files/{file}?code={}&key={}", receipt.code, receipt.key);
    assert_eq!(town.get(&NOBODY, &by_key).await.bytes, bytes);
    assert!(kinds(&town.look(&citizen, &receipt.code).await).contains(&"dossier.signed".to_owned()));
});

pub(crate) fn said_by_pdfsig(bytes: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("signed.pdf");
    std::fs::write(&path, bytes).unwrap();
    let out =
        Command::new("pdfsig").arg("-nocert").arg(&path).output().expect("pdfsig (apt-get install poppler-utils)");
    String::from_utf8_lossy(&out.stdout).into_owned()
}

both_engines!(async a_time_stamp_authority_that_is_down_for_a_day_loses_nothing_and_signs_once, SigningTown::open, |signing| {
    let town = &signing.town;
    let citizen = town.citizen("0905700002").await;
    let desk = Desk::of(town, "tamky").await;
    town.run_jobs();
    signing.simulator.faults().set_stamp(Fault::Down);
    let receipt = signing.approved(&citizen, &desk).await;
    town.run_jobs();
    let made = signing.simulator.authority().signatures_made();
    for hour in [10, 14, 20] {
        signing.at(&format!("2021-07-26T{hour}:00"));
        town.run_jobs();
    }
    signing.at("2021-07-27T09:00");
    town.run_jobs();
    let officers = town.look(&desk.leader, &receipt.code).await;
    assert_eq!(officers["result_document"]["signing"]["state"], "waiting");
    let trouble = officers["result_document"]["signing"]["trouble"].as_str().unwrap();
    assert!(trouble.contains("dấu thời gian"), "{trouble}");
    assert!(!kinds(&officers).contains(&"dossier.signed".to_owned()));

    signing.simulator.faults().set_stamp(Fault::None);
    signing.at("2021-07-27T09:02");
    town.run_jobs();
    town.run_jobs();
    let seen = town.look(&citizen, &receipt.code).await;
    assert_eq!(seen["result_document"]["signing"]["state"], "signed");
    assert_eq!(kinds(&seen).iter().filter(|kind| *kind == "dossier.signed").count(), 2, "receipt and result, each once");
    let bytes = signing.result(&citizen, &receipt.code).await;
    let found = check(&bytes, &signing.simulator.trust().unwrap(), town.now());
    assert_eq!(found.verdict, Verdict::Valid);
    assert_eq!(found.signatures[0].stamped_at, Some(Instant::parse("2021-07-27T09:02").unwrap()));
    // The day without the authority made no further signature of the person: the seals came, nothing else.
    let after = signing.simulator.authority().signatures_made();
    assert!(after >= made && after - made <= 2, "{made} -> {after}");
    assert_eq!(after, 3, "receipt: seal; result: person and seal");
});

both_engines!(async whatever_the_signing_service_does_each_document_is_signed_exactly_once, SigningTown::open, |signing| {
    let town = &signing.town;
    let citizen = town.citizen("0905700003").await;
    let desk = Desk::of(town, "tamky").await;
    let mut minute = 0;
    let mut signed = 0;
    for fault in [Fault::LostAnswer, Fault::Garbage, Fault::Down, Fault::Twice, Fault::Unconfirmed] {
        signing.simulator.faults().set_signer(fault);
        let receipt = signing.approved(&citizen, &desk).await;
        town.run_jobs();
        minute += 2;
        signing.at(&format!("2021-07-26T08:{minute:02}"));
        town.run_jobs();
        let state = town.look(&desk.leader, &receipt.code).await["result_document"]["signing"]["state"].clone();
        assert_eq!(state, if fault == Fault::Twice { "signed" } else { "waiting" }, "{fault:?}");
        signing.simulator.faults().set_signer(Fault::None);
        minute += 2;
        signing.at(&format!("2021-07-26T08:{minute:02}"));
        town.run_jobs();
        let bytes = signing.result(&citizen, &receipt.code).await;
        let found = check(&bytes, &signing.simulator.trust().unwrap(), town.now());
        assert_eq!((found.verdict, found.signatures.len()), (Verdict::Valid, 2), "{fault:?}");
        signed += 3;
        assert_eq!(signing.simulator.authority().signatures_made(), signed, "{fault:?}: no second signature");
    }
});

both_engines!(async job_threads_that_meet_at_one_document_make_one_signature_and_one_file, SigningTown::open, |signing| {
    let town = &signing.town;
    let citizen = town.citizen("0905700013").await;
    let desk = Desk::of(town, "tamky").await;
    // Three results wait with their receipts: the service was down.
    signing.simulator.faults().set_signer(Fault::Down);
    let mut receipts = Vec::new();
    for _ in 0..3 {
        receipts.push(signing.approved(&citizen, &desk).await);
    }
    town.run_jobs();
    signing.simulator.faults().set_signer(Fault::None);
    let services = chuyendong::signing::services(&town.parts.config, &town.parts.trust).unwrap();
    let context = kernel_jobs::JobContext { db: town.parts.db.clone(), home: town.parts.home.clone(), attempt: 1 };
    // Four threads begin with the same document at the same moment.
    let start = Arc::new(std::sync::Barrier::new(4));
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let (services, context, files) = (services.clone(), context.clone(), town.parts.files.clone());
            let start = Arc::clone(&start);
            std::thread::spawn(move || {
                start.wait();
                system_onestop::jobs::sign_waiting(&context, &files, &services)
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap().unwrap();
    }
    for receipt in &receipts {
        let seen = town.look(&citizen, &receipt.code).await;
        assert_eq!(seen["result_document"]["signing"]["state"], "signed", "{seen}");
        assert_eq!(kinds(&seen).iter().filter(|kind| *kind == "dossier.signed").count(), 2, "receipt and result, each once");
        let found = check(&signing.result(&citizen, &receipt.code).await, &signing.simulator.trust().unwrap(), town.now());
        assert_eq!((found.verdict, found.signatures.len()), (Verdict::Valid, 2));
    }
    assert_eq!(signing.simulator.authority().signatures_made(), 9, "receipt: seal; result: person and seal; three of each");
    assert_eq!(crate::verify::verify(town).0, 0);
});

both_engines!(async a_refusal_on_the_device_is_shown_and_can_be_asked_again, SigningTown::open, |signing| {
    let town = &signing.town;
    let citizen = town.citizen("0905700004").await;
    let desk = Desk::of(town, "tamky").await;
    signing.simulator.faults().set_signer(Fault::Refused);
    let receipt = signing.approved(&citizen, &desk).await;
    town.run_jobs();
    let seen = town.look(&desk.leader, &receipt.code).await;
    assert_eq!(seen["result_document"]["signing"]["state"], "failed");
    assert!(seen["result_document"]["signing"]["trouble"].as_str().unwrap().contains("từ chối"));
    signing.simulator.faults().set_signer(Fault::None);
    town.act(&desk.reception, &receipt.code, "sign-again", json!({})).await.refused(403, "not_permitted");
    town.act(&desk.leader, &receipt.code, "sign-again", json!({})).await.ok();
    town.run_jobs();
    assert_eq!(town.look(&citizen, &receipt.code).await["result_document"]["signing"]["state"], "signed");
});

both_engines!(async anyone_can_check_a_file_and_learns_whether_it_is_ours_whole_and_valid, SigningTown::open, |signing| {
    let town = &signing.town;
    let citizen = town.citizen("0905700005").await;
    let desk = Desk::of(town, "tamky").await;
    let receipt = signing.approved(&citizen, &desk).await;
    town.run_jobs();
    let bytes = signing.result(&citizen, &receipt.code).await;
    let ask = async |bytes: &[u8]| town.upload_to(&NOBODY, "/api/v1/verify", "van-ban.pdf", bytes).await.ok();

    let good = ask(&bytes).await;
    assert_eq!((&good["ours"], &good["valid"], &good["verdict"]), (&json!(true), &json!(true), &json!("valid")), "{good}");
    assert_eq!(good["signatures"].as_array().unwrap().len(), 2);
    assert!(good["title"].as_str().unwrap().contains(&receipt.code));
    let mut altered = bytes.clone();
    let at = altered.len() / 3;
    altered[at] ^= 1;
    let altered = ask(&altered).await;
    assert_eq!((&altered["ours"], &altered["valid"]), (&json!(false), &json!(false)), "{altered}");
    let plain = ask(&crate::harness::paper_pdf()).await;
    assert_eq!(plain["verdict"], "no_signature");
    let broken = ask(b"%PDF-1.7 nothing").await;
    assert_eq!(broken["verdict"], "unreadable");
    let empty = town.upload_to(&NOBODY, "/api/v1/verify", "rong.pdf", b"").await;
    assert_eq!(empty.status, 422);

    // The same on the page, without JavaScript.
    let page = town.get(&NOBODY, "/kiem-tra").await;
    assert!(page.status.is_success() && page.text().contains("Kiểm tra văn bản đã ký"));

    // A citizen who hands in a signed file learns at once what it is worth.
    let kept = town.upload(&citizen, "giay-da-ky.pdf", &bytes).await.ok();
    assert_eq!(kept["signature"]["valid"], true, "{kept}");
    let unsigned = town.upload(&citizen, "anh.jpg", &crate::harness::jpeg()).await.ok();
    assert_eq!(unsigned["signature"], Value::Null);
    let longer = [&bytes[..], b"\n% sau khi ky\n"].concat();
    let kept = town.upload(&citizen, "giay-da-sua.pdf", &longer).await.ok();
    assert_eq!(kept["signature"]["valid"], false, "{kept}");
    assert!(kept["signature"]["words"]["vi"].as_str().unwrap().contains("đã bị sửa"), "{kept}");
});

both_engines!(async a_leader_signs_a_batch_only_after_opening_each, SigningTown::open, |signing| {
    let town = &signing.town;
    let citizen = town.citizen("0905700006").await;
    let desk = Desk::of(town, "tamky").await;
    let mut items = Vec::new();
    let mut files = Vec::new();
    for _ in 0..3 {
        let receipt = handed_in(town, &citizen).await;
        let sha256 = to_the_leader(town, &desk, &receipt.code, true).await;
        let seen = town.look(&desk.leader, &receipt.code).await;
        files.push(seen["result_document"]["file"].as_str().unwrap().to_owned());
        items.push(json!({ "code": receipt.code, "sha256": sha256 }));
    }
    // Opened by the specialist or by its owner is not opened by the leader.
    town.get(&desk.specialist, &format!("/api/v1/files/{}", files[2])).await;
    for file in &files[..2] {
        assert!(town.get(&desk.leader, &format!("/api/v1/files/{file}")).await.status.is_success());
    }
    let batch = |totp: String| json!({ "items": items, "totp": totp });
    let wrong = town.post(&desk.leader, "/api/v1/bulk/approve", &batch("000000".to_owned())).await;
    assert!(!wrong.status.is_success());
    let code = town.code(&desk.leader.name);
    let outcomes = town.post(&desk.leader, "/api/v1/bulk/approve", &batch(code.clone())).await.ok();
    let states: Vec<&Value> = outcomes.as_array().unwrap().iter().map(|o| &o["status"]).collect();
    assert_eq!(states, [&json!("settled"), &json!("settled"), &Value::Null], "{outcomes}");
    assert!(outcomes[2]["error"].as_str().unwrap().contains("chưa mở"), "{outcomes}");
    // One confirmation is good for one batch.
    assert!(!town.post(&desk.leader, "/api/v1/bulk/approve", &batch(code)).await.status.is_success());
    town.run_jobs();
    for item in &items[..2] {
        signing.result(&citizen, item["code"].as_str().unwrap()).await;
    }
});
