//! The ledger on both engines: chains, seals, proofs, erasure, and every kind of tampering.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use kernel_base::Instant;
use kernel_db::{Engine, Tx};
use kernel_ledger::{
    APPEND_ONLY, Finding, Hashed, NewEvent, PublicKey, Published, Report, SigningKey, append, erase_personal,
    event_hash, hand_out_daily_root, head, history, inclusion_proof, keep_personal, last_instant, last_root, merkle,
    personal, publish_daily_root, read_published, seal, seal_waiting, subjects, verify,
};
use kernel_testkit::{World, WorldOptions, both_engines};
use serde_json::json;

fn world(engine: Engine) -> World {
    World::with(WorldOptions {
        engine,
        migrations: &[kernel_ledger::MIGRATIONS],
        ports: kernel_db::Ports::new(),
        append_only: APPEND_ONLY,
    })
}

fn add(world: &World, subject: &'static str, kind: &'static str) {
    world
        .write(move |tx| append(tx, &NewEvent { subject, kind, actor: "system", body: json!({ "note": kind }) }))
        .unwrap();
}

fn seal_all(world: &World) {
    while world.write(seal).unwrap().is_some() {}
}

fn check(world: &World) -> Report {
    world.read(|tx| verify(tx, &[], &[])).unwrap()
}

fn rows(report: &Report) -> Vec<String> {
    report.findings.iter().map(|Finding { table, row, .. }| format!("{table} {row}")).collect()
}

/// Three dossiers of three events each, all sealed.
fn three_dossiers(world: &World) {
    for subject in ["dossier:a", "dossier:b", "dossier:c"] {
        for kind in ["submitted", "accepted", "settled"] {
            add(world, subject, kind);
            world.clock.advance_millis(1_000);
        }
    }
    seal_all(world);
}

both_engines!(every_statement_is_accepted, world, |world| {
    world.assert_statements();
});

both_engines!(an_event_carries_the_hash_of_the_one_before, world, |world| {
    add(&world, "dossier:a", "submitted");
    add(&world, "dossier:a", "accepted");
    add(&world, "dossier:b", "submitted");
    let events = world.read(|tx| history(tx, "dossier:a")).unwrap();
    assert_eq!(events.len(), 2);
    assert_eq!((events[0].prev.as_str(), events[1].prev.as_str()), ("", events[0].hash.as_str()));
    assert_eq!(events[1].body, json!({ "note": "accepted" }));
    let last = world.read(|tx| head(tx, "dossier:a")).unwrap().unwrap();
    assert_eq!((last.seq, &last.hash), (2, &events[1].hash));
    assert!(check(&world).is_clean());
});

both_engines!(the_last_instant_is_that_of_the_latest_event_of_any_subject, world, |world| {
    assert_eq!(world.read(last_instant).unwrap(), None);
    add(&world, "dossier:b", "submitted");
    world.clock.advance_hours(1);
    add(&world, "dossier:a", "submitted");
    assert_eq!(world.read(last_instant).unwrap(), Some(world.now()));
    let dossiers = world.read(|tx| subjects(tx, "dossier:")).unwrap();
    assert_eq!(dossiers, ["dossier:a", "dossier:b"]);
    assert_eq!(world.read(|tx| subjects(tx, "account:")).unwrap(), Vec::<String>::new());
});

both_engines!(writers_of_one_subject_at_once_all_get_their_place, world, |world| {
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..5).for_each(|_| add(&world, "dossier:a", "noted")));
        }
    });
    let events = world.read(|tx| history(tx, "dossier:a")).unwrap();
    assert_eq!(events.iter().map(|e| e.seq).collect::<Vec<_>>(), (1..=20).collect::<Vec<_>>());
    assert!(check(&world).is_clean());
});

both_engines!(every_sealed_event_is_proved_to_be_in_the_tree, world, |world| {
    for _ in 0..300 {
        add(&world, "dossier:a", "noted");
    }
    seal_all(&world);
    add(&world, "dossier:b", "submitted");
    seal_all(&world);
    assert_eq!(world.read(last_root).unwrap().unwrap().size, 301);
    let events = world.read(|tx| history(tx, "dossier:a")).unwrap();
    for seq in [1, 2, 255, 256, 257, 300] {
        let (proof, root) = world.read(move |tx| inclusion_proof(tx, "dossier:a", seq)).unwrap().unwrap();
        let data = merkle::from_hex(&events[seq as usize - 1].hash).unwrap();
        assert!(merkle::proves(&proof, &data, &merkle::from_hex(&root.root).unwrap()), "{seq}");
    }
    assert_eq!(world.read(|tx| inclusion_proof(tx, "dossier:a", 301)).unwrap(), None);
    let report = check(&world);
    assert!(report.is_clean(), "{:?}", report.findings);
    assert_eq!((report.events, report.leaves, report.subjects), (301, 301, 2));
    assert!(!report.cannot_prove.is_empty());
});

both_engines!(personal_data_is_erased_and_the_chain_stays_whole, world, |world| {
    let kept = world
        .write(|tx| {
            let kept = keep_personal(tx, "dossier:a", &json!({ "name": "Trần Thị Thí Dụ" }))?;
            let body = json!({ "owner": kept });
            append(tx, &NewEvent { subject: "dossier:a", kind: "submitted", actor: "system", body })?;
            Ok(kept)
        })
        .unwrap();
    let id = kept.id;
    let read = move |tx: &mut Tx<'_>| personal(tx, &id);
    assert_eq!(world.read(read.clone()).unwrap(), Some(json!({ "name": "Trần Thị Thí Dụ" })));
    let erased = |tx: &mut Tx<'_>| erase_personal(tx, "dossier:a", "system", "Đơn yêu cầu số 12");
    assert_eq!(world.write(erased).unwrap(), 1);
    assert_eq!(world.write(erased).unwrap(), 0);
    assert_eq!(world.read(read).unwrap(), None);
    seal_all(&world);
    let report = check(&world);
    assert!(report.is_clean(), "{:?}", report.findings);
    assert_eq!((report.personal, report.personal_unbound), (1, 0));
});

both_engines!(personal_data_changed_or_removed_by_hand_is_named, world, |world| {
    for subject in ["dossier:a", "dossier:b", "dossier:c"] {
        world
            .write(move |tx| {
                let kept = keep_personal(tx, subject, &json!({ "name": "Lê Văn Ví Dụ" }))?;
                let body = json!({ "personal_id": kept.id, "personal": kept.hash });
                append(tx, &NewEvent { subject, kind: "submitted", actor: "system", body })
            })
            .unwrap();
    }
    assert!(check(&world).is_clean());
    world.tamper(
        "UPDATE personal_data SET data = '{\"name\":\"Ai Đó\"}' WHERE subject = 'dossier:a';
         UPDATE personal_data SET data = NULL, salt = NULL WHERE subject = 'dossier:b';
         DELETE FROM personal_data WHERE subject = 'dossier:c';",
    );
    let found = rows(&check(&world));
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found.iter().all(|row| row.starts_with("personal_data pd_")), "{found:?}");
});

both_engines!(an_altered_event_is_named, world, |world| {
    three_dossiers(&world);
    world.tamper("UPDATE events SET at = '2021-07-01T01:00:00.000Z' WHERE subject = 'dossier:b' AND seq = 3;");
    assert_eq!(rows(&check(&world)), ["events dossier:b/3", "subjects dossier:b"]);
    world.tamper("UPDATE events SET body = '{}' WHERE subject = 'dossier:a' AND seq = 2;");
    assert_eq!(rows(&check(&world)), ["events dossier:a/2", "events dossier:b/3", "subjects dossier:b"]);
});

both_engines!(an_event_rewritten_with_a_fitting_hash_breaks_the_chain_behind_it, world, |world| {
    for kind in ["submitted", "accepted", "settled"] {
        add(&world, "dossier:a", kind);
    }
    let events = world.read(|tx| history(tx, "dossier:a")).unwrap();
    let forged = event_hash(&Hashed {
        home: "H47",
        subject: "dossier:a",
        seq: 2,
        kind: "accepted",
        at: &events[1].at.to_string(),
        actor: "system",
        body: "{}",
        kept: "",
        prev: &events[0].hash,
    });
    world.tamper(&format!(
        "UPDATE events SET body = '{{}}', hash = '{forged}' WHERE subject = 'dossier:a' AND seq = 2;"
    ));
    assert_eq!(rows(&check(&world)), ["events dossier:a/3"]);
});

both_engines!(sealing_from_several_processes_while_others_write_loses_nothing, world, |world| {
    std::thread::scope(|scope| {
        for subject in ["dossier:a", "dossier:b", "dossier:c"] {
            let world = &world;
            scope.spawn(move || (0..20).for_each(|_| add(world, subject, "noted")));
        }
        for _ in 0..2 {
            // One of them loses now and then; it is run again by the schedule.
            scope.spawn(|| (0..10).for_each(|_| drop(world.write(seal))));
        }
    });
    seal_waiting(&world.db, &world.home).unwrap();
    let report = check(&world);
    assert!(report.is_clean(), "{:?}", report.findings);
    assert_eq!((report.events, report.leaves), (60, 60));
});

both_engines!(the_root_of_the_day_is_handed_to_the_second_party_as_a_file, world, |world| {
    three_dossiers(&world);
    let (key, _) = SigningKey::generate().unwrap();
    let key = std::sync::Arc::new(key);
    let folder = world.folder.path().join("second-party");
    let file = hand_out_daily_root(&world.db, &world.home, &key, &folder).unwrap();
    assert_eq!(hand_out_daily_root(&world.db, &world.home, &key, &folder).unwrap(), file, "the same again");
    let files = read_published(&folder).unwrap();
    assert_eq!(files.iter().map(|f| f.file.as_str()).collect::<Vec<_>>(), ["H47-2021-07-26.json"]);
    let keys = [key.public_key()];
    let report = world.read(move |tx| verify(tx, &files, &keys)).unwrap();
    assert!(report.is_clean(), "{:?}", report.findings);
    assert_eq!(report.signed_roots, 2);
});

both_engines!(a_deleted_event_and_a_removed_dossier_are_named, world, |world| {
    three_dossiers(&world);
    world.tamper(
        "DELETE FROM events WHERE subject = 'dossier:a' AND seq = 2;
         DELETE FROM events WHERE subject = 'dossier:b';
         DELETE FROM subjects WHERE subject = 'dossier:b';",
    );
    let found = rows(&check(&world));
    for row in ["events dossier:a/2", "events dossier:b/1", "events dossier:b/2", "events dossier:b/3"] {
        assert!(found.iter().any(|f| f == row), "{row} in {found:?}");
    }
    assert!(!found.iter().any(|f| f.contains("dossier:c")), "{found:?}");
});

both_engines!(an_event_deleted_before_it_was_sealed_is_named, world, |world| {
    add(&world, "dossier:a", "submitted");
    add(&world, "dossier:a", "accepted");
    world.tamper("DELETE FROM events WHERE subject = 'dossier:a' AND seq = 2;");
    assert!(rows(&check(&world)).contains(&"events dossier:a/2".to_owned()));
});

both_engines!(a_head_moved_back_or_removed_is_named, world, |world| {
    three_dossiers(&world);
    world.tamper(
        "UPDATE subjects SET seq = 2 WHERE subject = 'dossier:a';
         DELETE FROM subjects WHERE subject = 'dossier:b';",
    );
    assert_eq!(rows(&check(&world)), ["subjects dossier:a", "subjects dossier:b"]);
});

both_engines!(an_event_smuggled_in_past_the_tree_is_named, world, |world| {
    three_dossiers(&world);
    world.tamper(
        "INSERT INTO events SELECT home, 'dossier:z', 1, kind, at, actor, body, prev, hash, kept FROM events
         WHERE subject = 'dossier:a' AND seq = 1;",
    );
    let found = rows(&check(&world));
    assert!(found.contains(&"events dossier:z/1".to_owned()) && found.contains(&"subjects dossier:z".to_owned()));
});

both_engines!(a_changed_leaf_node_or_root_is_named, world, |world| {
    for _ in 0..260 {
        add(&world, "dossier:a", "noted");
    }
    seal_all(&world);
    assert!(check(&world).is_clean());
    let zeros = "0".repeat(64);
    world.tamper(&format!("UPDATE tree_nodes SET hash = '{zeros}';"));
    assert_eq!(rows(&check(&world)), ["tree_nodes 8/0"]);
    world.tamper(&format!("UPDATE roots SET root = '{zeros}';"));
    assert!(rows(&check(&world)).contains(&"roots 260".to_owned()));
    world.tamper("DELETE FROM leaves WHERE leaf_index = 7;");
    let found = rows(&check(&world));
    assert!(found.contains(&"leaves 7".to_owned()) && found.contains(&"trees H47".to_owned()), "{found:?}");
});

/// The whole ledger written anew without one dossier, all hashes right: only the second party can tell.
fn rewrite_without_the_second_dossier(world: &World) {
    world.tamper(
        "DELETE FROM events; DELETE FROM subjects; DELETE FROM unsealed; DELETE FROM leaves;
         DELETE FROM tree_nodes; DELETE FROM roots; DELETE FROM trees; DELETE FROM daily_roots;",
    );
    world.clock.set(Instant::parse("2021-07-26T08:00").unwrap());
    for subject in ["dossier:a", "dossier:c", "dossier:d"] {
        for kind in ["submitted", "accepted", "settled"] {
            add(world, subject, kind);
        }
    }
    seal_all(world);
}

both_engines!(a_rewritten_history_is_found_with_the_root_of_the_second_party_only, world, |world| {
    let (key, secret) = SigningKey::generate().unwrap();
    three_dossiers(&world);
    let public = SigningKey::load(&secret).unwrap().public_key();
    let signed = {
        let key = std::sync::Arc::new(key);
        world.write(move |tx| publish_daily_root(tx, &key)).unwrap()
    };
    assert!(signed.signature_holds());
    assert_eq!(signed.file_name(), "H47-2021-07-26.json");
    let file = Published { file: signed.file_name(), text: signed.to_json() };
    let check_with =
        |files: Vec<Published>, keys: Vec<PublicKey>| world.read(move |tx| verify(tx, &files, &keys)).unwrap();
    assert!(check_with(vec![file.clone()], vec![public.clone()]).is_clean());

    rewrite_without_the_second_dossier(&world);
    assert!(check(&world).is_clean(), "without the second party nobody can tell");
    let found = rows(&check_with(vec![file.clone()], vec![public.clone()]));
    assert_eq!(found, ["daily_roots 2021-07-26", "published H47-2021-07-26.json"]);

    // A shorter history: the tail is lost.
    world.tamper("DELETE FROM leaves; DELETE FROM roots; DELETE FROM trees; DELETE FROM events; DELETE FROM subjects;");
    let found = check_with(vec![file.clone()], vec![public]);
    assert!(found.findings.iter().any(|f| f.table == "published" && f.what.en.contains("tail")));

    // Another key, and a changed file.
    let other = SigningKey::generate().unwrap().0.public_key();
    let found = check_with(vec![file.clone()], vec![other]);
    assert!(found.findings.iter().any(|f| f.table == "published" && f.what.en.contains("signature")));
    let forged = Published { text: file.text.replace("\"size\": 9", "\"size\": 8"), ..file };
    let found = check_with(vec![forged], vec![]);
    assert!(found.findings.iter().any(|f| f.table == "published" && f.what.en.contains("signature")));
});

both_engines!(a_day_is_signed_once, world, |world| {
    add(&world, "dossier:a", "submitted");
    seal_all(&world);
    let key = std::sync::Arc::new(SigningKey::generate().unwrap().0);
    let publish = move |tx: &mut Tx<'_>| publish_daily_root(tx, &key);
    let first = world.write(publish.clone()).unwrap();
    add(&world, "dossier:a", "accepted");
    seal_all(&world);
    assert_eq!(world.write(publish.clone()).unwrap(), first);
    world.clock.advance_hours(24);
    assert_eq!(world.write(publish).unwrap().size, 2);
    assert!(check(&world).is_clean());
});

both_engines!(nothing_is_added_behind_the_last_event_of_a_subject, world, |world| {
    add(&world, "dossier:a", "submitted");
    world.clock.advance_millis(-30_000);
    add(&world, "dossier:a", "noted");
    world.clock.advance_hours(-5);
    let accepted =
        NewEvent { subject: "dossier:a", kind: "accepted", actor: "officer:off_1", body: serde_json::json!({}) };
    let refused = world.write(move |tx| append(tx, &accepted)).unwrap_err();
    assert_eq!(refused.code, "unavailable");
    let report = check(&world);
    assert!(report.is_clean() && report.notices.is_empty());
});

both_engines!(a_clock_that_was_set_back_behind_a_signed_root_is_named, world, |world| {
    add(&world, "dossier:a", "submitted");
    let (key, _) = SigningKey::generate().unwrap();
    let key = std::sync::Arc::new(key);
    let folder = world.folder.path().join("second-party");
    hand_out_daily_root(&world.db, &world.home, &key, &folder).unwrap();
    add(&world, "dossier:b", "submitted");
    world.clock.advance_hours(-5);
    add(&world, "dossier:c", "submitted");
    world.clock.advance_hours(5);
    seal_all(&world);
    let files = read_published(&folder).unwrap();
    let keys = [key.public_key()];
    let report = world.read(move |tx| verify(tx, &files, &keys)).unwrap();
    assert_eq!(rows(&report), ["events dossier:c/1"], "b came after the root and says so");
});
