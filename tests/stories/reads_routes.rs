//! Every route that answers a GET is classified: whose data it shows. What shows a person's data to somebody else leaves a
//! record that the person sees; a new route fails here until it is classified.

use std::collections::{BTreeMap, BTreeSet};

use kernel_db::Engine;
use kernel_testkit::block_on;
use serde_json::json;

use crate::{
    harness::{Person, Reply, Town},
    payments::Market,
};

/// Whose data a route shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shows {
    /// Nobody's: pages and lists that anyone may read.
    Public,
    /// The signed-in person's own, and of whom he acts for.
    Own,
    /// Work of officers that names no citizen.
    Work,
    /// Citizens, to officers: each answer is recorded for whom it shows.
    Citizen,
    /// Exists in the demonstration only.
    Demo,
}

use Shows::{Citizen, Demo, Own, Public, Work};

const ROUTES: &[(&str, Shows)] = &[
    ("/", Public),
    ("/.well-known/security.txt", Public),
    ("/accessibility", Public),
    ("/account", Own),
    ("/account/for", Own),
    ("/api/v1/brief", Work),
    ("/api/v1/catalogue/forms", Work),
    ("/api/v1/catalogue/forms/{id}", Work),
    ("/api/v1/consultations", Citizen),
    ("/api/v1/demo/accounts", Demo),
    ("/api/v1/demo/clock", Demo),
    ("/api/v1/directive-template.xlsx", Work),
    ("/api/v1/directives", Work),
    ("/api/v1/directives/{id}", Work),
    ("/api/v1/dossiers", Citizen),
    ("/api/v1/dossiers/{code}", Citizen),
    ("/api/v1/dossiers/{code}/control-slip", Citizen),
    ("/api/v1/dossiers/{code}/payments", Citizen),
    ("/api/v1/drafts/{id}", Own),
    ("/api/v1/drafts/{id}/papers/{paper}/known", Own),
    ("/api/v1/drafts/{id}/prefill", Own),
    ("/api/v1/fee-receipts/{id}", Citizen),
    ("/api/v1/files/{id}", Citizen),
    ("/api/v1/letters", Work),
    ("/api/v1/letters/{id}", Work),
    ("/api/v1/letters/{id}/pdf", Work),
    ("/api/v1/life-events", Public),
    ("/api/v1/me/data", Own),
    ("/api/v1/me/export", Own),
    ("/api/v1/me/kept", Own),
    ("/api/v1/me/reads", Own),
    ("/api/v1/me/reuses", Own),
    ("/api/v1/me/sources", Own),
    ("/api/v1/me/store", Own),
    ("/api/v1/measures", Public),
    ("/api/v1/measures/{code}", Public),
    ("/api/v1/messages", Own),
    ("/api/v1/payments/lines", Citizen),
    ("/api/v1/payments/totals", Work),
    ("/api/v1/payments/vnpay/ipn", Public),
    ("/api/v1/payments/{reference}", Citizen),
    ("/api/v1/payments/{reference}/bill", Citizen),
    ("/api/v1/pipeline", Public),
    ("/api/v1/pipeline/rows", Public),
    ("/api/v1/pipeline/{id}", Public),
    ("/api/v1/procedures", Public),
    ("/api/v1/procedures/{code}", Public),
    ("/api/v1/ratings", Work),
    ("/api/v1/ratings/{id}/pdf", Work),
    ("/api/v1/reconciliations", Work),
    ("/api/v1/reconciliations/{id}", Citizen),
    ("/api/v1/refunds", Citizen),
    ("/api/v1/register", Citizen),
    ("/api/v1/remedies", Work),
    ("/api/v1/scoreboard", Public),
    ("/api/v1/scoreboard/monthly/{month}", Public),
    ("/api/v1/scoreboard/rows", Public),
    ("/api/v1/slips/{id}", Citizen),
    ("/api/v1/task-counts", Work),
    ("/api/v1/tasks", Work),
    ("/api/v1/tasks/{code}", Work),
    ("/api/v1/tasks/{code}/files/{id}", Work),
    ("/api/v1/teams", Work),
    ("/api/v1/teams/{id}", Work),
    ("/bien-lai", Public),
    ("/bulk/{id}", Own),
    ("/bulk/{id}/faults.xlsx", Own),
    ("/bulk/{id}/receipts.xlsx", Own),
    ("/demo/accounts", Demo),
    ("/demo/clock", Demo),
    ("/demo/components", Demo),
    ("/demo/components/staff", Demo),
    ("/demo/mailbox", Demo),
    ("/display", Public),
    ("/dossiers/{code}", Own),
    ("/dossiers/{code}/fees", Own),
    ("/drafts/{id}", Own),
    ("/drafts/{id}/agency", Own),
    ("/drafts/{id}/check", Own),
    ("/drafts/{id}/delete", Own),
    ("/drafts/{id}/pages/{page}", Own),
    ("/drafts/{id}/papers/{paper}", Own),
    ("/drafts/{id}/prefill", Own),
    ("/drafts/{id}/receipt", Own),
    ("/help", Own),
    ("/kiem-tra", Public),
    ("/life-events/{code}", Public),
    ("/livez", Public),
    ("/measures", Public),
    ("/measures/{code}", Public),
    ("/messages", Own),
    ("/messages/settings", Own),
    ("/messages/unsubscribe/{id}", Own),
    ("/metrics", Public),
    ("/my", Own),
    ("/my/data", Own),
    ("/my/data/erase", Own),
    ("/my/data/reads", Own),
    ("/openapi.json", Public),
    ("/payments/return/{channel}", Public),
    ("/payments/{reference}", Citizen),
    ("/pipeline", Public),
    ("/pipeline/rows", Public),
    ("/pipeline/{id}", Public),
    ("/procedures/{code}", Public),
    ("/procedures/{code}/agencies", Public),
    ("/procedures/{code}/bulk", Own),
    ("/procedures/{code}/bulk/template.xlsx", Public),
    ("/procedures/{code}/start", Own),
    ("/readyz", Public),
    ("/scoreboard", Public),
    ("/scoreboard.csv", Public),
    ("/scoreboard/rows", Public),
    ("/search", Public),
    ("/sign-in", Public),
    ("/sign-in/code", Public),
    ("/sign-in/link", Own),
    ("/sign-in/signed-out", Public),
    ("/sign-in/with/{provider}", Public),
    ("/sign-in/with/{provider}/callback", Public),
    ("/staff", Citizen),
    ("/staff/brief", Work),
    ("/staff/catalogue", Work),
    ("/staff/catalogue/{id}", Work),
    ("/staff/consultations", Citizen),
    ("/staff/deliveries", Citizen),
    ("/staff/deliveries/{id}", Citizen),
    ("/staff/directives", Work),
    ("/staff/directives/{id}", Work),
    ("/staff/dossiers/{code}", Citizen),
    ("/staff/fees/{code}", Citizen),
    ("/staff/helpers", Citizen),
    ("/staff/letters", Work),
    ("/staff/letters/{id}", Work),
    ("/staff/payments", Citizen),
    ("/staff/payments/days/{id}", Citizen),
    ("/staff/payments/lines", Citizen),
    ("/staff/payments/totals", Work),
    ("/staff/pipeline", Work),
    ("/staff/ratings", Work),
    ("/staff/receive", Work),
    ("/staff/receive/{procedure}", Work),
    ("/staff/register", Work),
    ("/staff/representations", Citizen),
    ("/staff/sign", Citizen),
    ("/staff/sign-in", Public),
    ("/staff/tasks", Work),
    ("/staff/tasks/{code}", Work),
    ("/staff/teams", Work),
    ("/staff/teams/{id}", Work),
    ("/staff/today", Citizen),
    ("/tra-cuu", Public),
];

/// Routes of citizens' answers that the walk does not meet, because nothing of the kind exists in it.
const NOT_MET: &[&str] = &["/api/v1/consultations", "/staff/consultations"];

#[test]
fn every_route_says_whose_data_it_shows() {
    let known: BTreeSet<String> = ROUTES.iter().map(|(path, _)| (*path).to_owned()).collect();
    let declared = crate::pages::gets();
    let new: Vec<_> = declared.difference(&known).collect();
    let gone: Vec<_> = known.difference(&declared).collect();
    assert!(new.is_empty() && gone.is_empty(), "classify in ROUTES: {new:?}; remove from ROUTES: {gone:?}");
}

async fn total(town: &Town, owner: &Person) -> u64 {
    town.get(owner, "/api/v1/me/reads").await.ok()["total"].as_u64().unwrap()
}

/// Whether an answer shows the person: a word of hers, or a document, which cannot be searched.
fn shows(words: &[&str], address: &str, reply: &Reply) -> bool {
    let kind = reply.headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let text = reply.text();
    // A register of other days or of another desk may be empty; that it is recorded at all is asked below.
    let document = kind.starts_with("application/pdf") && !address.starts_with("/api/v1/register");
    reply.status.is_success() && (document || words.iter().any(|word| text.contains(word)))
}

/// A paid dossier with receipt, refund, day and delivery; a helper; a representative who waits. Identifiers by path.
async fn lived(market: &Market) -> (String, BTreeMap<&'static str, Vec<String>>) {
    let town = &market.town;
    let leader = town.officer("lanhdao.stp").await;
    let receipt = market.owing().await;
    let first = market.ordered(&receipt.code, "vnpay").await;
    let second = market.ordered(&receipt.code, "national").await;
    market.decide(&first, true).await;
    market.decide(&second, true).await;
    // On to the leader, whose list of what waits for a signature shows it.
    let (specialist, head) = (town.officer("chuyenvien.stp").await, town.officer("phutrach.stp").await);
    town.act(&market.centre, &receipt.code, "forward", json!({})).await.ok();
    town.act(&specialist, &receipt.code, "forward", json!({})).await.ok();
    town.act(&specialist, &receipt.code, "draft", crate::outcomes::draft(true)).await.ok();
    town.act(&specialist, &receipt.code, "forward", json!({})).await.ok();
    town.act(&head, &receipt.code, "forward", json!({})).await.ok();
    let body = json!({ "day": "2021-07-26", "channel": "vnpay" });
    let day = town.post(&leader, "/api/v1/reconciliations", &body).await.ok()["id"].as_str().unwrap().to_owned();
    let paid = market.payments(&receipt.code).await;
    let mut browser = market.citizen.clone();
    let ask = [("number", "4000000999"), ("name", "Công ty Thí Dụ"), ("paper", "Giám đốc, giấy số 1")];
    assert_eq!(crate::mandates::press(town, &mut browser, "/account/for/representations", &ask).await.status, 303);
    let until = "contact=0905700001&name=X&team=T&until=2021-12-31";
    let commune = town.officer("tiepnhan.tamky").await;
    assert_eq!(town.press_as(&commune, "/staff/helpers", until).await.status, 303);
    while town.run_jobs() > 0 {}
    let seen = town.look(&market.centre, &receipt.code).await;
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let ids = BTreeMap::from([
        ("reference", vec![first, second]),
        ("/api/v1/fee-receipts/{id}", vec![text(&paid["receipts"][0]["id"])]),
        ("/api/v1/files/{id}", vec![text(&seen["papers"][0]["file"])]),
        ("/api/v1/slips/{id}", vec![text(&seen["slips"][0]["id"])]),
        ("/api/v1/reconciliations/{id}", vec![day.clone()]),
        ("/staff/payments/days/{id}", vec![day]),
        ("/staff/deliveries/{id}", town.texts("SELECT id FROM deliveries")),
    ]);
    (receipt.code, ids)
}

/// The addresses to try for a route.
fn addresses(path: &str, code: &str, ids: &BTreeMap<&'static str, Vec<String>>) -> Vec<String> {
    let path_of = |id: &str| path.replace("{id}", id).replace("{code}", code).replace("{reference}", id);
    let extra = if path == "/api/v1/register" { "?from=2021-07-01&to=2021-07-31" } else { "" };
    if path.contains("{reference}") {
        return ids["reference"].iter().map(|id| path_of(id)).collect();
    }
    match ids.get(path) {
        Some(ids) => ids.iter().map(|id| path_of(id)).collect(),
        None => vec![format!("{}{extra}", path_of("none").replace("{procedure}", crate::payments::RECORD))],
    }
}

#[test]
fn what_shows_a_person_to_an_officer_is_recorded_for_the_person() {
    block_on(async {
        let market = Market::open(Engine::Sqlite).await;
        let town = &market.town;
        let (code, ids) = lived(&market).await;
        let owner = &market.citizen;
        let name = town.look(owner, &code).await["owner"]["name"].as_str().expect("the owner's name").to_owned();
        let words = [name.as_str(), "0905700001", "0905 700 001", "0905 ••• 001"];
        let mut people = vec![market.centre.clone()];
        for account in ["chuyenvien.stp", "phutrach.stp", "lanhdao.stp", "tiepnhan.tamky", "quantri"] {
            people.push(town.officer(account).await);
        }
        let mut met: BTreeSet<&str> = BTreeSet::new();
        for (path, whose) in ROUTES.iter().filter(|(path, whose)| *whose != Demo && !path.contains("sign-in/with")) {
            for who in &people {
                for address in addresses(path, &code, &ids) {
                    let before = total(town, owner).await;
                    let reply = town.get(who, &address).await;
                    let recorded = total(town, owner).await > before;
                    assert!(!reply.status.is_server_error(), "{address}: {}", reply.text());
                    match whose {
                        Citizen => {
                            assert!(
                                recorded || !shows(&words, &address, &reply),
                                "{address} of {}: shown without a record",
                                who.name
                            );
                            if recorded {
                                met.insert(path);
                            }
                        }
                        Own if path.starts_with("/dossiers/") => {
                            assert!(
                                recorded || !shows(&words, &address, &reply),
                                "{address} of {}: shown without a record",
                                who.name
                            );
                        }
                        _ => {
                            let personal = words.iter().any(|word| reply.text().contains(word));
                            assert!(!personal, "{address} of {} names a citizen: classify it as Citizen", who.name);
                        }
                    }
                }
            }
        }
        let all = ROUTES.iter().filter(|(path, whose)| *whose == Citizen && !NOT_MET.contains(path));
        let unmet: Vec<&str> = all.map(|(path, _)| *path).filter(|path| !met.contains(path)).collect();
        assert!(unmet.is_empty(), "nothing was recorded at {unmet:?}: the walk lost its way, or the route is silent");
    });
}
