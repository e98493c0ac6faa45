//! The journey of level 4 by the interface for programs, with what officers do in it and how anybody checks the result.

use std::{path::Path, process::Command, time::Duration};

use kernel_db::Engine;
use kernel_testkit::both_engines;
use serde_json::{Value, json};

use crate::{
    harness::{NOBODY, Person, Simulator, World, csrf_of, keep_cookies},
    outcomes::{Desk, approve, draft},
    payments::{JUSTICE, RECORD},
};

fn same(engine: Engine) -> Engine {
    engine
}

fn run(program: &str, args: &[&str]) -> String {
    let out = Command::new(program).args(args).output().unwrap_or_else(|e| panic!("{program}: {e}"));
    assert!(out.status.success(), "{program}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).into_owned()
}

/// What the QR code on the first page says, as a phone reads it.
pub(crate) fn qr_of(pdf: &Path) -> String {
    let folder = tempfile::tempdir().unwrap();
    let picture = folder.path().join("page");
    let picture = picture.to_str().unwrap();
    run("pdftoppm", &["-r", "150", "-png", "-singlefile", pdf.to_str().unwrap(), picture]);
    run("zbarimg", &["-q", "--raw", &format!("{picture}.png")]).trim().to_owned()
}

/// `pdfsig` believes the simulator's root and finds both signatures valid; `openssl` finds a time stamp in each.
pub(crate) fn independently_valid(signing: &Simulator, pdf: &Path) {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(path("root.pem"), signing.get("/root.pem")).unwrap();
    run("certutil", &["-N", "-d", &path("."), "--empty-password"]);
    run("certutil", &["-A", "-d", &path("."), "-n", "root", "-t", "CT,CT,CT", "-i", &path("root.pem")]);
    let said = run("pdfsig", &["-nssdir", &path("."), pdf.to_str().unwrap()]);
    assert_eq!(said.matches("Signature is Valid.").count(), 2, "{said}");
    assert_eq!(said.matches("Certificate is Trusted.").count(), 2, "{said}");
    let copy = path("result.pdf");
    std::fs::copy(pdf, &copy).unwrap();
    let dumped = Command::new("pdfsig").args(["-nocert", "-dump", &copy]).current_dir(folder.path()).output().unwrap();
    assert!(dumped.status.success());
    for number in 0..2 {
        let cms = path(&format!("result.pdf.sig{number}"));
        let shown = run("openssl", &["cms", "-cmsout", "-print", "-noout", "-inform", "DER", "-in", &cms]);
        assert!(shown.contains("id-smime-aa-timeStampToken"), "signature {number} has no time stamp: {shown}");
    }
}

/// The officers' part, by API: the receiving centre takes it in and asks for the fee.
pub(crate) async fn take_in(world: &World, code: &str) {
    let centre = world.town.officer("tiepnhan.pvhcc").await;
    world.town.act(&centre, code, "accept", json!({})).await.ok();
    let asked = world.town.act(&centre, code, "fee", json!({})).await.ok();
    assert_eq!(asked["status"], "payment_requested");
}

/// From the paid fee to the approval.
pub(crate) async fn settle(world: &World, code: &str) {
    let town = &world.town;
    let centre = town.officer("tiepnhan.pvhcc").await;
    let desk = Desk::of(town, "stp").await;
    town.act(&centre, code, "forward", json!({})).await.ok();
    town.act(&desk.specialist, code, "forward", json!({})).await.ok();
    let result = town.act(&desk.specialist, code, "draft", draft(true)).await.ok();
    town.act(&desk.specialist, code, "forward", json!({})).await.ok();
    town.act(&desk.head, code, "forward", json!({})).await.ok();
    let sha256 = result["sha256"].as_str().unwrap();
    assert_eq!(approve(town, &desk.leader, code, sha256).await.ok()["status"], "settled");
}

/// The result left through the network: nobody came.
pub(crate) async fn handed_over_online(world: &World, code: &str) {
    let centre = world.town.officer("tiepnhan.pvhcc").await;
    let body = json!({ "recipient": "Trần Thí Dụ", "channel": "online", "evidence": "Đã tải về từ tài khoản" });
    let done = world.town.act(&centre, code, "handover", body).await.ok();
    assert_eq!(done["status"], "returned");
}

/// Signs on through HTTP as a browser would: her cookies.
async fn signed_on(world: &World) -> Person {
    let mut her = Person::default();
    let begun = world.town.get(&her, "/sign-in/with/dvcqg?next=/my").await;
    keep_cookies(&mut her, &begun);
    let back = world.provider.walk(begun.headers["location"].to_str().unwrap());
    let landed = world.town.get(&her, &back).await;
    keep_cookies(&mut her, &landed);
    assert_eq!(landed.headers["location"], "/my");
    her.csrf = csrf_of(&world.town.get(&her, "/accessibility").await.text());
    her
}

/// A draft by API, filled in with what is known; the offer.
async fn drafted(world: &World, her: &Person) -> (String, Value) {
    let begun = world.town.post(her, "/api/v1/drafts", &json!({ "procedure": RECORD, "agency": JUSTICE })).await.ok();
    let id = begun["id"].as_str().unwrap().to_owned();
    world.town.post(her, &format!("/api/v1/drafts/{id}/prefill"), &json!({ "accept": true })).await.ok();
    (id, begun["prefill"].clone())
}

/// Waits until the dossier, as she sees it, satisfies a condition.
async fn until(world: &World, her: &Person, code: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..400 {
        let seen = world.town.look(her, code).await;
        if wanted(&seen) {
            return seen;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("it does not come to that: {}", world.town.look(her, code).await);
}

both_engines!(async the_same_journey_goes_by_the_interface_for_programs, same, |engine| {
    let world = World::open(engine).await;
    let town = &world.town;
    let her = signed_on(&world).await;
    let (_, offer) = drafted(&world, &her).await;
    assert!(offer["values"].as_array().unwrap().iter().any(|one| one["origin"]["kind"] == "sign_on"), "{offer}");
    let receipt = town.hand_in(&her, RECORD, JUSTICE).await;
    let code = receipt.code;
    take_in(&world, &code).await;

    let path = format!("/api/v1/dossiers/{code}/payments");
    let started = town.post(&her, &path, &json!({ "channel": "vnpay" })).await.ok();
    let reference = started["reference"].as_str().unwrap();
    let pay_url = started["pay_url"].as_str().unwrap().to_owned();
    assert!(pay_url.starts_with(&world.payments.address), "{started}");
    let press = format!("{}/pay/{reference}", world.payments.address);
    let at_the_gateway = move || {
        let agent: ureq::Agent = ureq::Agent::config_builder().max_redirects(0).http_status_as_error(false).build().into();
        agent.get(&pay_url).call().unwrap();
        agent.post(&press).send_form([("act", "pay")]).unwrap().status().as_u16()
    };
    assert_eq!(tokio::task::spawn_blocking(at_the_gateway).await.unwrap(), 303);
    until(&world, &her, &code, |seen| seen["status"] == "accepted").await;
    assert_eq!(town.get(&her, &path).await.ok()["receipts"].as_array().unwrap().len(), 1);

    settle(&world, &code).await;
    let seen = until(&world, &her, &code, |seen| seen["result_document"]["signing"]["state"] == "signed").await;
    let file = seen["result_document"]["signing"]["file"].as_str().unwrap();
    let bytes = town.get(&her, &format!("/api/v1/files/{file}")).await.bytes;
    let pdf = town.data().join("ket-qua.pdf");
    std::fs::write(&pdf, &bytes).unwrap();
    independently_valid(&world.signing, &pdf);
    let verdict = town.upload_to(&NOBODY, "/api/v1/verify", "ket-qua.pdf", &bytes).await.ok();
    assert_eq!((&verdict["ours"], &verdict["valid"]), (&json!(true), &json!(true)), "{verdict}");
    assert!(verdict["signatures"].as_array().unwrap().iter().all(|one| one["stamped_at"].is_string()), "{verdict}");
    let printed = qr_of(&pdf);
    let genuine = town.get(&NOBODY, printed.strip_prefix(&world.address).unwrap()).await.text();
    assert!(genuine.contains("Dấu trên giấy là thật"), "{genuine}");
    let told = town.get(&her, "/api/v1/messages").await.ok();
    let kinds: Vec<&str> = told["messages"].as_array().unwrap().iter().map(|m| m["kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"dossier.approved") || kinds.contains(&"dossier.signed"), "{kinds:?}");
    handed_over_online(&world, &code).await;

    let (_, again) = drafted(&world, &her).await;
    let (asked, all) = (again["asked"].as_u64().unwrap(), again["fields"].as_u64().unwrap());
    assert!(asked * 5 <= all, "{asked} of {all}");
});
