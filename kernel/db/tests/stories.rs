//! The same stories on both engines.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use kernel_base::{AgencyId, Error, Home, Instant, Kind, Result, TypedId, Vnd, typed_id};
use kernel_db::{
    Engine, Migration, Ports, Sql, Tx, Value, constraint, id, is_unique_violation, json, opt_id, params, sql,
};
use kernel_testkit::{World, WorldOptions, both_engines};

typed_id!(NoteId, "note");

const MIGRATIONS: &[Migration] = &[Migration {
    system: "test",
    number: 1,
    name: "notes",
    sql: "
        CREATE TABLE notes (
            home TEXT NOT NULL, id TEXT NOT NULL, words TEXT NOT NULL, amount BIGINT, good BOOLEAN NOT NULL,
            share DOUBLE PRECISION, at TEXT, version BIGINT NOT NULL DEFAULT 1,
            PRIMARY KEY (home, id), UNIQUE (home, words), CHECK (amount >= 0)
        );
        CREATE TABLE answers (
            home TEXT NOT NULL, note TEXT NOT NULL, number BIGINT NOT NULL,
            PRIMARY KEY (home, note, number), FOREIGN KEY (home, note) REFERENCES notes (home, id)
        );
        CREATE TABLE diary (home TEXT NOT NULL, number BIGINT NOT NULL, words TEXT NOT NULL, PRIMARY KEY (home, number));
    ",
}];

static ADD: &Sql = sql!("INSERT INTO notes (home, id, words, amount, good) VALUES ($1, $2, $3, $4, $5)");
static COUNT: &Sql = sql!("SELECT count(*) AS n FROM notes WHERE home = $1");
static DIARY: &Sql = sql!("INSERT INTO diary (home, number, words) VALUES ($1, $2, $3)");

fn world(engine: Engine) -> World {
    World::with(WorldOptions {
        engine,
        migrations: &[MIGRATIONS],
        ports: Ports::new().with::<dyn Greeting>(Arc::new(Hello)),
        append_only: &["diary"],
    })
}

fn add(tx: &mut Tx<'_>, words: &str) -> Result<NoteId> {
    let note: NoteId = tx.new_id();
    tx.execute(ADD, &params![id(&note), words, Vnd::new(5), true])?;
    Ok(note)
}

fn count(world: &World) -> i64 {
    world.read(|tx| tx.query_one(COUNT, &[])?.get("n")).unwrap()
}

both_engines!(what_is_written_is_read_back_with_its_type, world, |world| {
    let note = world
        .write(|tx| {
            let note: NoteId = tx.new_id();
            let (at, agency) = (tx.now(), AgencyId::parse("000.00.00.H47").unwrap());
            tx.execute(
                sql!(
                    "INSERT INTO notes (home, id, words, amount, good, share, at)
                     VALUES ($1, $2, $3, $4, $5, $6, $7)"
                ),
                &params![id(&note), &agency, 7, 1, 2, at],
            )?;
            Ok(note)
        })
        .unwrap();
    let wanted = note;
    world
        .read(move |tx| {
            let row =
                tx.query_opt(sql!("SELECT * FROM notes WHERE home = $1 AND id = $2"), &params![id(&wanted)])?.unwrap();
            assert_eq!(row.id::<NoteId>("id")?, wanted);
            assert_eq!(row.opt_id::<NoteId>("id")?, Some(wanted.clone()));
            assert_eq!(row.get::<Home>("home")?.as_str(), "H47");
            assert_eq!(row.get::<AgencyId>("words")?.as_str(), "000.00.00.H47");
            assert_eq!(row.get::<Option<Vnd>>("amount")?, Vnd::new(7));
            assert!(row.get::<bool>("good")?);
            assert_eq!(row.get::<f64>("share")?.to_bits(), 2.0_f64.to_bits());
            assert_eq!(row.get::<Instant>("at")?, tx.now());
            let wrong = row.get::<i64>("words").unwrap_err();
            assert!(wrong.inside.unwrap().contains("column words holds TEXT, expected BIGINT"));
            assert!(row.get::<i64>("absent").unwrap_err().inside.unwrap().contains("no column absent"));
            Ok(())
        })
        .unwrap();
});

both_engines!(nulls_json_and_lists_of_parameters_pass_through, world, |world| {
    world
        .write(|tx| {
            let note: NoteId = tx.new_id();
            let words = json(&["Đặng", "Cơ Tu"])?;
            tx.execute(ADD, &[id(&note), words, Value::Null, Value::Bool(false)])?;
            let all =
                sql!("SELECT words, amount, good FROM notes WHERE home = $1 AND (CAST($2 AS TEXT) IS NULL OR id = $2)");
            let row = tx.query_one(all, &[opt_id(None::<&NoteId>)])?;
            assert_eq!(row.json::<Vec<String>>("words")?, ["Đặng", "Cơ Tu"]);
            assert_eq!(row.get::<Option<i64>>("amount")?, None);
            assert!(!row.get::<bool>("good")?);
            Ok(())
        })
        .unwrap();
});

both_engines!(another_home_sees_nothing, world, |world| {
    world.write(|tx| add(tx, "ours")).unwrap();
    let other = Home::parse("H48").unwrap();
    let seen: i64 = world.db.read_blocking(&other, |tx| tx.query_one(COUNT, &[])?.get("n")).unwrap();
    assert_eq!((seen, count(&world)), (0, 1));
});

both_engines!(a_refusal_rolls_back_everything_the_use_case_did, world, |world| {
    let refused: Result<()> = world.write(|tx| {
        add(tx, "half")?;
        Err(Error::refused("no", ("Không", "No")))
    });
    assert_eq!(refused.unwrap_err().code, "no");
    assert_eq!(count(&world), 0);
});

both_engines!(a_panic_rolls_back_and_the_next_use_case_works, world, |world| {
    let panicked: Result<()> = world.write(|tx| {
        add(tx, "half")?;
        panic!("on purpose");
    });
    let error = panicked.unwrap_err();
    assert_eq!(error.kind, Kind::Internal);
    assert!(error.inside.unwrap().contains("on purpose"));
    world.write(|tx| add(tx, "whole")).unwrap();
    assert_eq!(count(&world), 1);
});

both_engines!(a_violated_rule_is_a_conflict_that_names_its_columns_and_no_content, world, |world| {
    world.write(|tx| add(tx, "same")).unwrap();
    let twice = world.write(|tx| add(tx, "same")).unwrap_err();
    assert_eq!((twice.kind, twice.code), (Kind::Conflict, "constraint"));
    assert!(is_unique_violation(&twice));
    assert_eq!(constraint(&twice), Some("notes.home, notes.words"));
    assert!(!twice.to_string().contains("same"), "{twice}");

    let negative = world.write(|tx| tx.execute(ADD, &params!["x", "y", -1, true])).unwrap_err();
    assert!(constraint(&negative).is_some() && !is_unique_violation(&negative), "{negative}");
    let nothing = world.write(|tx| tx.execute(ADD, &params!["x", None::<String>, 1, true])).unwrap_err();
    assert_eq!(constraint(&nothing), Some("notes.words"));
    let orphan = world
        .write(|tx| {
            tx.execute(sql!("INSERT INTO answers (home, note, number) VALUES ($1, $2, $3)"), &params!["none", 1])
        })
        .unwrap_err();
    assert!(constraint(&orphan).is_some() && !is_unique_violation(&orphan), "{orphan}");
});

both_engines!(a_use_case_cannot_succeed_after_a_failed_statement, world, |world| {
    world.write(|tx| add(tx, "same")).unwrap();
    let went_on = world.write(|tx| {
        add(tx, "other")?;
        drop(add(tx, "same"));
        Ok(())
    });
    assert_eq!(went_on.unwrap_err().kind, Kind::Internal);
    assert_eq!(count(&world), 1);
});

both_engines!(a_collision_that_is_expected_is_asked_for, world, |world| {
    static CLAIM: &Sql = sql!(
        "INSERT INTO notes (home, id, words, good) VALUES ($1, $2, $3, TRUE)
         ON CONFLICT (home, words) DO NOTHING RETURNING id"
    );
    let claim = |tx: &mut Tx<'_>| Ok(tx.query_opt(CLAIM, &params!["first", "word"])?.is_some());
    assert!(world.write(claim).unwrap());
    assert!(!world.write(|tx| Ok(tx.query_opt(CLAIM, &params!["second", "word"])?.is_some())).unwrap());
});

both_engines!(a_lost_race_is_run_again_and_at_last_a_conflict, world, |world| {
    static BUMP: &Sql = sql!("UPDATE notes SET version = version + 1 WHERE home = $1 AND id = $2 AND version = $3");
    let note = world.write(|tx| add(tx, "raced")).unwrap();
    let tries = Arc::new(AtomicU32::new(0));
    let (seen, raced) = (Arc::clone(&tries), note.clone());
    world
        .write(move |tx| {
            let wrong_twice = if seen.fetch_add(1, Ordering::SeqCst) < 2 { 99 } else { 1 };
            tx.execute_one(BUMP, &params![id(&raced), wrong_twice])
        })
        .unwrap();
    assert_eq!(tries.load(Ordering::SeqCst), 3);

    let lost = world.write(move |tx| tx.execute_one(BUMP, &params![id(&note), 99])).unwrap_err();
    assert_eq!((lost.kind, lost.code), (Kind::Conflict, "changed_meanwhile"));
});

both_engines!(a_read_cannot_change_rows, world, |world| {
    let refused = world.read(|tx| add(tx, "sneaked")).unwrap_err();
    assert_eq!(refused.kind, Kind::Internal);
    let returning = world.read(|tx| {
        tx.query(sql!("INSERT INTO notes (home, id, words, good) VALUES ($1, 'a', 'b', TRUE) RETURNING id"), &[])
    });
    assert!(returning.is_err());
    assert_eq!(count(&world), 0);
});

both_engines!(an_append_only_table_takes_new_rows_and_gives_up_none, world, |world| {
    world.write(|tx| tx.execute(DIARY, &params![1, "first"])).unwrap();
    let changes: [&'static Sql; 4] = [
        sql!("UPDATE diary SET words = 'other' WHERE home = $1"),
        sql!("DELETE FROM diary WHERE home = $1"),
        sql!(
            "INSERT INTO diary (home, number, words) VALUES ($1, 1, 'x') ON CONFLICT (home, number) DO UPDATE SET words = 'x'"
        ),
        sql!("DROP TABLE diary -- home $1"),
    ];
    for change in changes {
        let refused = world.write(move |tx| tx.execute(change, &[])).unwrap_err();
        assert_eq!(refused.kind, Kind::Internal, "{}", change.text);
    }
    static WORDS: &Sql = sql!("SELECT words FROM diary WHERE home = $1");
    let words = |world: &World| world.read(|tx| tx.query_one(WORDS, &[])?.get::<String>("words")).unwrap();
    assert_eq!(words(&world), "first");
    // The guard stops the server, not the owner of the machine: that is what the ledger's hashes are for.
    world.tamper("UPDATE diary SET words = 'forged'");
    assert_eq!(words(&world), "forged");
});

both_engines!(wrong_parameters_are_named_and_nul_is_refused, world, |world| {
    let few = world.write(|tx| tx.execute(ADD, &params!["a"])).unwrap_err();
    assert_eq!(few.kind, Kind::Internal);
    let many = world.read(|tx| tx.query(COUNT, &params!["a"])).unwrap_err();
    assert!(many.inside.unwrap().contains("1 values for 0 parameters"));
    let nul = world.write(|tx| add(tx, "a\0b")).unwrap_err();
    assert_eq!((nul.kind, nul.code), (Kind::Invalid, "nul_character"));
});

both_engines!(the_instant_stands_still_within_a_use_case_and_ids_repeat_with_the_seed, world, |world| {
    let clock = Arc::clone(&world.clock);
    let (before, after) = world
        .write(move |tx| {
            let before = tx.now();
            clock.advance_hours(1);
            Ok((before, tx.now()))
        })
        .unwrap();
    assert_eq!(before, after);
    assert_eq!(world.write(|tx| Ok(tx.now())).unwrap(), before.plus_hours(1));

    let first = World::new(world.engine(), &[]).write(|tx| Ok(tx.new_id::<NoteId>())).unwrap();
    let second = World::new(world.engine(), &[]).write(|tx| Ok(tx.new_id::<NoteId>())).unwrap();
    assert_eq!(first, second);
    assert!(first.as_str().starts_with("note_017ae053"), "{first}");
});

trait Greeting: Send + Sync {
    fn greet(&self, tx: &mut Tx<'_>) -> Result<String>;
}

struct Hello;

impl Greeting for Hello {
    fn greet(&self, tx: &mut Tx<'_>) -> Result<String> {
        Ok(format!("hello {}", tx.home()))
    }
}

both_engines!(a_port_works_inside_the_callers_transaction, world, |world| {
    assert_eq!(world.read(|tx| tx.port::<dyn Greeting>()?.greet(tx)).unwrap(), "hello H47");
    assert_eq!(
        World::new(world.engine(), &[]).read(|tx| tx.port::<dyn Greeting>().map(drop)).unwrap_err().kind,
        Kind::Internal
    );
});

both_engines!(a_call_inside_a_use_case_is_refused_instead_of_waiting_for_ever, world, |world| {
    let db = world.db.clone();
    let inner = world.write(move |tx| db.write_blocking(tx.home(), |_| Ok(()))).unwrap_err();
    assert!(inner.inside.unwrap().contains("pass its Tx on"));
});

both_engines!(async many_tasks_write_at_once_and_all_is_there, world, |world| {
    let mut tasks = Vec::new();
    for number in 0..300_i64 {
        let (db, home) = (world.db.clone(), world.home.clone());
        tasks.push(tokio::spawn(async move {
            db.write(&home, move |tx| {
                if number % 10 == 0 {
                    return Err(Error::refused("tenth", ("Không", "No")));
                }
                add(tx, &format!("task {number}"))
            })
            .await
        }));
    }
    let mut stored = 0;
    for task in tasks {
        stored += i64::from(task.await.unwrap().is_ok());
    }
    assert_eq!(stored, 270);
    world.db.check().await.unwrap();
    let home = world.home.clone();
    let counted: i64 = world.db.read(&home, |tx| tx.query_one(COUNT, &[])?.get("n")).await.unwrap();
    assert_eq!(counted, 270);
});

both_engines!(like_compares_with_case_and_texts_sort_by_their_bytes, world, |world| {
    world
        .write(|tx| {
            for words in ["b", "A", "a", "ă"] {
                add(tx, words)?;
            }
            let like = sql!("SELECT words FROM notes WHERE home = $1 AND words LIKE $2");
            assert_eq!(tx.query(like, &params!["a%"])?.len(), 1);
            let sorted = tx.query(sql!("SELECT words FROM notes WHERE home = $1 ORDER BY words"), &[])?;
            let sorted: Result<Vec<String>> = sorted.iter().map(|row| row.get("words")).collect();
            assert_eq!(sorted?, ["A", "a", "b", "ă"]);
            Ok(())
        })
        .unwrap();
});

both_engines!(a_changed_migration_is_named_and_a_failing_one_applies_nothing, world, |world| {
    assert_eq!(world.db.migrate(MIGRATIONS).unwrap(), Vec::<String>::new());
    let changed = [Migration { sql: "SELECT 1", ..MIGRATIONS[0] }];
    assert!(world.db.migrate(&changed).unwrap_err().inside.unwrap().contains("test 001 notes was changed"));

    let next =
        Migration { number: 2, name: "more", sql: "CREATE TABLE more (home TEXT PRIMARY KEY);", ..MIGRATIONS[0] };
    let broken = Migration { number: 3, name: "broken", sql: "CREATE TABLE;", ..next };
    let failed = world.db.migrate(&[MIGRATIONS[0], next, broken]).unwrap_err();
    assert!(failed.inside.unwrap().contains("test 003 broken"));
    assert_eq!(world.db.migrate(&[MIGRATIONS[0], next]).unwrap(), ["test 002 more"]);
});

both_engines!(several_processes_may_migrate_at_once, world, |world| {
    let fresh =
        [Migration { number: 9, name: "late", sql: "CREATE TABLE late (home TEXT PRIMARY KEY);", ..MIGRATIONS[0] }];
    let starting = (0..4).map(|_| {
        let db = world.db.clone();
        std::thread::spawn(move || db.migrate(&fresh).unwrap().len())
    });
    let starting: Vec<_> = starting.collect();
    let applied: usize = starting.into_iter().map(|one| one.join().unwrap()).sum();
    assert_eq!(applied, 1);
});
