//! Long versions: run with `--ignored` (`make torture`).
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::time::Instant as Ticks;

use kernel_db::Engine;
use kernel_ledger::{MIGRATIONS, NewEvent, append, keep_personal, seal, verify};
use kernel_testkit::World;
use serde_json::json;

/// 30,000 dossiers of ten events each, with personal data.
fn fill(world: &World) {
    for hundred in 0..300 {
        world
            .write(move |tx| {
                for number in 0..100 {
                    let subject = format!("dossier:dos_{:032x}", hundred * 100 + number);
                    let kept = keep_personal(tx, &subject, &json!({ "name": "Phạm Thị Giả Định", "number": number }))?;
                    for step in 0..10 {
                        let body =
                            json!({ "step": step, "holder": "000.00.12.H47", "owner": kept, "status": "processing" });
                        append(tx, &NewEvent { subject: &subject, kind: "dossier.forwarded", actor: "system", body })?;
                    }
                }
                Ok(())
            })
            .unwrap();
    }
}

#[test]
#[ignore = "takes minutes"]
fn thirty_thousand_dossiers_are_verified_in_well_under_a_minute() {
    let world = World::new(Engine::Sqlite, &[MIGRATIONS]);
    let started = Ticks::now();
    fill(&world);
    eprintln!("appended in {:?}", started.elapsed());
    let started = Ticks::now();
    while world.write(seal).unwrap().is_some() {}
    eprintln!("sealed in {:?}", started.elapsed());
    let started = Ticks::now();
    let report = world.read(|tx| verify(tx, &[], &[])).unwrap();
    eprintln!("verified in {:?}", started.elapsed());
    assert!(report.is_clean(), "{:?}", report.findings.first());
    assert_eq!((report.events, report.leaves, report.personal), (300_000, 300_000, 30_000));
    assert!(started.elapsed().as_secs() < 60);
}
