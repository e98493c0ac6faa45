//! A person with everything that the product can keep of somebody: given out whole, then erased without a copy, at once
//! where the law lets it go and after the archive periods where it does not. Every column marked personal is accounted for.

use std::collections::{BTreeMap, BTreeSet};

use kernel_db::Engine;
use kernel_testkit::block_on;
use serde_json::{Value, json};

use crate::{
    bulk,
    harness::{BASE, Person, Provider, Receipt, Town},
    mandates::press,
    outcomes::{BUSINESS, TAM_KY},
    payments::{JUSTICE, RECORD},
    sign_on::sign_on,
    signatures::SigningTown,
    verify::{files_below, verify},
};

/// Invented; the provider of the tests says the name and the number.
const NAME: &str = "Trần Thí Dụ";
const NUMBER: &str = "049090000001";
const PHONE: &str = "0905998811";
const MAIL: &str = "xoa.het@example.vn";
const BANK: &str = "0071000999888";
const TRANSFER: &str = "FTXOAHET21";
const EXEMPT: &str = "người có công xã Xóa Hết";
const WRONG: &str = "ghi sai tên Xóa Hết";
const BROWSER: &str = "máy của người Xóa Hết";
/// Exchange of a land certificate: its charge is collected before reception.
const LAND: &str = "1.012783";
const LANDS: &str = "000.00.11.H47";

/// How a table with a personal column is accounted for.
enum Kept {
    /// The story below fills it with words of the person; after the erasure none is left.
    Scanned,
    /// It holds nothing of a citizen, or only for minutes; why.
    Because(&'static str),
}

use Kept::{Because, Scanned};

/// Every table with a column marked personal. A new one must be entered here, and filled by the story.
const TABLES: &[(&str, Kept)] = &[
    ("accounts", Scanned),
    ("bulk_batches", Scanned),
    ("contact_points", Scanned),
    ("deliveries", Scanned),
    ("delivery_attempts", Because("what a mail server answered; removed with its delivery")),
    ("dev_mailbox", Scanned),
    ("dossier_origins", Scanned),
    ("dossiers", Scanned),
    ("draft_uploads", Because("names of files that are still on their way; removed with the draft")),
    ("drafts", Scanned),
    ("fee_obligations", Scanned),
    ("fee_receipts", Scanned),
    ("fee_refunds", Scanned),
    ("files", Scanned),
    ("handovers", Scanned),
    ("idempotency", Scanned),
    ("import_batches", Because("emptied when the dossiers are entered; before that no account owns them")),
    ("jobs", Scanned),
    ("mandates", Scanned),
    ("messages", Because("name only the dossier; removed with the account's messages")),
    ("officers", Because("officers in their office, not citizens")),
    ("payment_attempts", Scanned),
    ("personal_data", Scanned),
    ("push_subscriptions", Scanned),
    ("results", Scanned),
    ("sign_in_codes", Scanned),
    ("sign_on_links", Scanned),
    ("sign_ons", Scanned),
    ("slips", Scanned),
    ("uploads", Because("names of files that are still on their way; given up with the account")),
    ("web_sessions", Scanned),
];

/// Tables whose columns are of officers as a rule: who asked for a fee in advance is the owner himself, and a note may name
/// him. They are emptied too.
const UNMARKED: &[&str] = &["dossier_fees", "steps"];

/// Tables with a column marked `-- personal` in any migration of the product.
fn declared() -> BTreeSet<String> {
    let mut tables = BTreeSet::new();
    for migration in chuyendong::systems::migrations() {
        let mut table = String::new();
        for line in migration.sql.lines() {
            let mut words = line.split_whitespace().skip_while(|word| !word.eq_ignore_ascii_case("TABLE"));
            if line.starts_with("CREATE TABLE") || line.starts_with("ALTER TABLE") {
                words.next();
                table = words.next().unwrap_or_default().to_owned();
            }
            if line.contains("-- personal") {
                assert!(!table.is_empty(), "{}: {line}", migration.system);
                tables.insert(table.clone());
            }
        }
    }
    tables
}

#[test]
fn every_table_with_a_personal_column_is_accounted_for() {
    let known: BTreeSet<String> = TABLES.iter().map(|(table, _)| (*table).to_owned()).collect();
    let silent: Vec<&str> = TABLES
        .iter()
        .filter(|(_, how)| matches!(how, Because(why) if why.len() < 20))
        .map(|(table, _)| *table)
        .collect();
    assert!(silent.is_empty(), "say why: {silent:?}");
    assert_eq!(declared(), known, "a table with a personal column: fill it in the story below, or say why not");
}

fn words() -> Vec<String> {
    let plain = [NAME, NUMBER, PHONE, MAIL, BANK, TRANSFER, EXEMPT, WRONG, BROWSER];
    plain.iter().map(|word| (*word).to_owned()).chain([kernel_base::text::fold(NAME)]).collect()
}

/// Rows that hold a word of the person, by table.
fn copies(town: &Town) -> BTreeMap<String, Vec<String>> {
    let words = words();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in town.rows_with(&words) {
        let table = row.split(':').next().unwrap_or_default().to_owned();
        tables.entry(table).or_default().push(row);
    }
    tables
}

async fn hand_in(town: &Town, who: &Person, procedure: &str, agency: &str) -> Receipt {
    let mut body = town.application(who, procedure, agency).await;
    for (field, value) in [("applicant_name", NAME), ("applicant_identity", NUMBER), ("applicant_phone", PHONE)] {
        if body["form"].get(field).is_some() {
            body["form"][field] = value.into();
        }
    }
    body["owner"] = json!({ "name": NAME });
    Receipt::of(&town.post(who, "/api/v1/dossiers", &body).await)
}

/// A dossier that was paid in advance and not accepted: the money goes back by hand.
async fn paid_back(town: &Town, who: &Person) -> String {
    let centre = town.officer("tiepnhan.pvhcc").await;
    let leader = town.officer("lanhdao.stnmt").await;
    let receipt = hand_in(town, who, LAND, LANDS).await;
    town.act(&centre, &receipt.code, "pay", json!({ "means": "transfer", "note": TRANSFER })).await.ok();
    let reason = format!("Không thuộc thẩm quyền đối với hồ sơ của {NAME}.");
    town.act(&centre, &receipt.code, "refuse", json!({ "reason": reason })).await.ok();
    let seen = town.look(who, &receipt.code).await["events"].to_string();
    assert!(seen.contains(&reason), "the owner reads why: {seen}");
    let waiting = town.get(&leader, "/api/v1/refunds").await.ok()["items"][0].clone();
    let path = format!("/api/v1/refunds/{}", waiting["id"].as_str().unwrap());
    let body = json!({ "approved": true, "available": waiting["available"] });
    town.post(&leader, &format!("{path}/decide"), &body).await.ok();
    let out = json!({ "evidence": "UNC 1", "account": BANK, "bank": "Ngân hàng Minh Họa", "holder": NAME });
    town.post(&leader, &format!("{path}/pay-out"), &out).await.ok();
    receipt.code
}

/// A criminal record: paid at the counter, its first receipt cancelled, settled, signed and handed over.
async fn settled(signing: &SigningTown, who: &Person) -> String {
    let town = &signing.town;
    let centre = town.officer("tiepnhan.pvhcc").await;
    let receipt = hand_in(town, who, RECORD, JUSTICE).await;
    let code = receipt.code;
    town.act(&centre, &code, "accept", json!({})).await.ok();
    town.act(&centre, &code, "fee", json!({})).await.ok();
    town.act(&centre, &code, "pay", json!({ "means": "transfer", "note": TRANSFER })).await.ok();
    let payments = town.get(who, &format!("/api/v1/dossiers/{code}/payments")).await.ok();
    let path = format!("/api/v1/fee-receipts/{}/cancel", payments["receipts"][0]["id"].as_str().unwrap());
    town.post(&centre, &path, &json!({ "reason": WRONG })).await.ok();
    finish(signing, &code, "stp", &centre).await;
    code
}

/// A dossier whose owner need not pay; stopped, so that nobody works on it.
async fn exempted(town: &Town, who: &Person) {
    let centre = town.officer("tiepnhan.pvhcc").await;
    let leader = town.officer("lanhdao.stp").await;
    let code = hand_in(town, who, RECORD, JUSTICE).await.code;
    town.act(&centre, &code, "accept", json!({})).await.ok();
    let exempt = json!({ "exempt": [{ "fee": "phi-cung-cap-thong-tin", "reason": EXEMPT }] });
    town.act(&centre, &code, "fee", exempt).await.ok();
    let stop = json!({ "reason": format!("Bà {NAME} đề nghị dừng."), "legal_basis": "NĐ 61/2018/NĐ-CP" });
    town.act(&leader, &code, "stop", stop).await.ok();
}

/// From the counter to the hand-over.
async fn finish(signing: &SigningTown, code: &str, slug: &str, counter: &Person) {
    let town = &signing.town;
    let specialist = town.officer(&format!("chuyenvien.{slug}")).await;
    let head = town.officer(&format!("phutrach.{slug}")).await;
    let leader = town.officer(&format!("lanhdao.{slug}")).await;
    town.act(counter, code, "forward", json!({})).await.ok();
    town.act(&specialist, code, "forward", json!({})).await.ok();
    let content = format!("Xác nhận ông (bà) {NAME}, số {NUMBER}.");
    let drafted = town.act(&specialist, code, "draft", json!({ "granted": true, "content": content })).await.ok();
    town.act(&specialist, code, "forward", json!({})).await.ok();
    town.act(&head, code, "forward", json!({})).await.ok();
    let approval = json!({ "sha256": drafted["sha256"], "totp": town.code(&leader.name) });
    town.act(&leader, code, "approve", approval).await.ok();
    while town.run_jobs() > 0 {}
    let over = json!({ "recipient": NAME, "channel": "counter", "evidence": format!("CCCD {NUMBER}") });
    town.act(counter, code, "handover", over).await.ok();
}

/// Everything else that the product keeps of a person.
async fn lives(town: &Town, who: &mut Person) {
    // A contact for messages, and a code that was asked for and not used.
    press(town, who, "/messages/contacts", &[("contact", MAIL)]).await;
    let nobody = town.get(&crate::harness::NOBODY, "/sign-in").await;
    let mut visitor = Person::default();
    crate::harness::keep_cookies(&mut visitor, &nobody);
    let form = format!("csrf={}&contact={PHONE}", crate::harness::csrf_of(&nobody.text()));
    assert_eq!(town.post_form(&visitor, "/sign-in", form).await.status, 303);
    // Somebody who may act for her.
    let offer = [("contact", "0905 998 812"), ("procedures", ""), ("from", "2021-07-26"), ("until", "2021-12-31")];
    assert_eq!(press(town, who, "/account/for/delegations", &offer).await.status, 303);
    // A draft and a paper that was never handed in.
    let begun = town.post(who, "/api/v1/drafts", &json!({ "procedure": BUSINESS, "agency": TAM_KY })).await.ok();
    let draft = format!("/api/v1/drafts/{}", begun["id"].as_str().unwrap());
    town.post(who, &format!("{draft}/prefill"), &json!({ "accept": true })).await.ok();
    town.post(who, &format!("{draft}/fields"), &json!({ "applicant_name": NAME })).await.ok();
    let named = format!("{BROWSER}.jpg");
    town.upload(who, &named, &crate::harness::jpeg()).await.ok();
    // A workbook of many dossiers.
    let template = town.get(who, &format!("/procedures/{}/bulk/template.xlsx", bulk::EXTRACT)).await.bytes;
    let mut row = vec![NAME.to_owned(); bulk::sheet(&template, "Hồ sơ")[0].len()];
    "1".clone_into(&mut row[0]);
    let sent = bulk::upload(town, who, &bulk::filled(&template, &[row])).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    let to = sent.headers["location"].to_str().unwrap();
    assert!(to.starts_with("/bulk/"), "{to}");
}

/// What nobody makes in this town by pressing a button: her contact, a push browser, a finished job that named her.
fn planted(town: &Town) {
    let account = &town.texts("SELECT account FROM sign_on_links")[0];
    town.tamper(&format!("UPDATE accounts SET phone = '{PHONE}' WHERE id = '{account}'"));
    town.tamper(&format!("UPDATE web_sessions SET device = '{BROWSER}' WHERE account = '{account}'"));
    town.tamper(&format!(
        "INSERT INTO push_subscriptions (home, id, recipient, endpoint, public_key, secret, device, created_at)
         SELECT home, 'psh_0190a6f2a1b07c3e8f4a5b6c7d8e9f00', id, 'https://push.example/1', 'k', 's', '{BROWSER}', created_at FROM accounts
          WHERE id = '{account}' AND NOT EXISTS (SELECT 1 FROM push_subscriptions)"
    ));
    town.tamper(&format!(
        "UPDATE jobs SET body = '{{\"contact\":\"{PHONE}\"}}' WHERE id = (SELECT min(id) FROM jobs WHERE done_at IS NOT NULL)"
    ));
    town.tamper(&format!(
        "INSERT INTO sign_ons (home, state_hash, browser, provider, nonce, verifier, next, proved, created_at, expires_at)
         SELECT home, 's1', 'b', 'vneid', 'n', 'v', '/my', '{{\"claims\":{{\"identity_number\":\"{NUMBER}\"}}}}',
                created_at, '2099-01-01T00:00:00.000Z' FROM accounts WHERE id = '{account}' AND NOT EXISTS (SELECT 1 FROM sign_ons WHERE state_hash = 's1')"
    ));
    let origin = format!(
        r#"{{"applicant_name":{{"kind":"sign_on","source":"dvcqg","at":"2021-07-26T01:00:00.000Z","held":"{NAME}"}}}}"#
    );
    town.tamper(&format!(
        "INSERT INTO dossier_origins (home, dossier, origins) SELECT home, id, '{origin}' FROM dossiers
          WHERE NOT EXISTS (SELECT 1 FROM dossier_origins)"
    ));
    town.tamper(&format!(
        "INSERT INTO idempotency (home, scope, key, request_hash, status, body, created_at)
         SELECT home, 'POST /api/v1/x citizen:' || id, 'k', 'h', 201, '{{\"name\":\"{NAME}\"}}', created_at FROM accounts
          WHERE id = '{account}' AND NOT EXISTS (SELECT 1 FROM idempotency WHERE key = 'k')"
    ));
    town.tamper(&format!("UPDATE mandates SET proof = '{NAME}' WHERE principal = '{account}'"));
}

/// The export holds every part, and the signed result as its owner may download it.
async fn given_out(town: &Town, who: &Person, code: &str) {
    let own = town.get(who, "/api/v1/me/data").await.ok();
    for part in ["dossiers", "payments", "drafts", "files", "messages", "account", "reuses"] {
        let there = own[part].as_array().is_none_or(|items| !items.is_empty() || part == "reuses");
        assert!(there && !own[part].is_null(), "{part}: {own}");
    }
    let text = own.to_string();
    for word in [NAME, NUMBER, PHONE, MAIL, BANK, TRANSFER, EXEMPT, WRONG, BROWSER] {
        assert!(text.contains(word), "“{word}” is kept and not given out");
    }
    let zip = town.get(who, "/api/v1/me/export").await.bytes;
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(zip)).unwrap();
    let mut result = Vec::new();
    std::io::Read::read_to_end(&mut zip.by_name(&format!("{code}/ket-qua.pdf")).unwrap(), &mut result).unwrap();
    let seen = town.look(who, code).await;
    let file = seen["result_document"]["signing"]["file"].as_str().expect("a signed result");
    assert_eq!(town.get(who, &format!("/api/v1/files/{file}")).await.bytes, result, "the signed file, not the draft");
}

fn clean(town: &Town) {
    let (code, answer) = verify(town);
    assert_eq!((code, &answer["findings"]), (0, &json!([])));
}

async fn story(engine: Engine) {
    let provider = Provider::start();
    let signing = SigningTown::with(engine, |config| {
        let file = config.data.join("signon.toml");
        std::fs::write(&file, provider.settings(&config.data)).unwrap();
        config.signon = file.display().to_string();
        config.public_address = BASE.to_owned();
    });
    let town = &signing.town;
    let mut who = Person::default();
    assert_eq!(sign_on(town, &provider, &mut who, "dvcqg").await.status, 303);
    who.csrf = crate::harness::csrf_of(&town.get(&who, "/accessibility").await.text());
    let back = paid_back(town, &who).await;
    exempted(town, &who).await;
    let done = settled(&signing, &who).await;
    planted(town);
    lives(town, &mut who).await;
    while town.run_jobs() > 0 {}
    planted(town);
    given_out(town, &who, &done).await;
    let before = copies(town);
    let empty: Vec<&str> = TABLES
        .iter()
        .filter(|(table, how)| matches!(how, Scanned) && !before.contains_key(*table))
        .map(|(table, _)| *table)
        .collect();
    assert!(empty.is_empty(), "the story leaves nothing in {empty:?}");
    let known = |t: &String| UNMARKED.contains(&t.as_str()) || TABLES.iter().any(|(table, _)| table == t);
    let unknown: Vec<&String> = before.keys().filter(|t| !known(t)).collect();
    assert!(unknown.is_empty(), "a table with data of a person and no column marked so: {unknown:?}");
    clean(town);

    // Receipts of both dossiers and the settled dossier stay by law; everything else is gone at once.
    let kept = town.get(&who, "/api/v1/me/kept").await.ok();
    let whats: Vec<String> =
        kept["items"].as_array().unwrap().iter().map(|k| k["what"]["vi"].as_str().unwrap().to_owned()).collect();
    assert_eq!(whats.iter().filter(|what| what.contains("Biên lai")).count(), 2, "{kept}");
    town.post(&who, "/api/v1/me/erase", &json!({ "confirm": true })).await.ok();
    signing.at("2021-07-28T08:00");
    while town.run_jobs() > 0 {}
    let archive = copies(town);
    let may: BTreeSet<&str> = [
        "dossier_fees",
        "steps",
        "dossiers",
        "dossier_origins",
        "slips",
        "results",
        "handovers",
        "personal_data",
        "files",
        "fee_obligations",
        "fee_receipts",
        "fee_refunds",
        "payment_attempts",
    ]
    .into();
    let beyond: Vec<_> = archive.iter().filter(|(table, _)| !may.contains(table.as_str())).collect();
    assert!(beyond.is_empty(), "{beyond:#?}");
    assert!(
        !archive.values().flatten().any(|row| row.starts_with("dossiers") && row.contains(&back)),
        "refused: not kept"
    );
    clean(town);

    // The archive periods are over: ten years after the hand-over, and after the end of the year of the receipts.
    signing.at("2032-01-02T08:00");
    while town.run_jobs() > 0 {}
    let left = copies(town);
    assert!(left.is_empty(), "{left:#?}");
    // The sealed objects go with the next night's sweep.
    signing.at("2032-01-04T08:00");
    while town.run_jobs() > 0 {}
    let mut files = BTreeSet::new();
    files_below(&town.data().join("files"), &mut files);
    assert!(files.is_empty(), "{files:?}");
    clean(town);
    let still: Value = json!(town.texts("SELECT code FROM dossiers"));
    assert!(still.to_string().contains(&done), "the dossier still exists for those who count");
}

#[test]
fn everything_a_person_left_is_given_out_and_erased_without_a_copy() {
    block_on(story(Engine::Sqlite));
    if std::env::var_os("CHUYENDONG_TEST_NO_POSTGRES").is_none() {
        block_on(story(Engine::Postgres));
    }
}
