//! Every way to bend a date behind the product's back is found and named.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use kernel_base::{AgencyId, Instant, Result};
use kernel_db::{Engine, Sql, Tx, params, sql};
use kernel_obligations::{Limit, MIGRATIONS, Open, Outcome, close, open, verify};
use kernel_testkit::{World, both_engines};

/// Two late dossiers.
fn world(engine: Engine) -> World {
    let world = World::new(engine, &[kernel_ledger::MIGRATIONS, MIGRATIONS]);
    for number in 1..=2 {
        world.clock.set(Instant::parse("2021-07-26T09:30").unwrap());
        let opened = world.write(move |tx| begin(tx, &format!("dossier:{number}"))).unwrap();
        world.clock.set(Instant::parse("2021-08-02T09:30").unwrap());
        world.write(move |tx| close(tx, &opened, Outcome::Done, "system")).unwrap();
    }
    world
}

fn begin(tx: &mut Tx<'_>, subject: &str) -> Result<kernel_obligations::ObligationId> {
    let holder = AgencyId::parse("000.00.31.H47").unwrap();
    let (kind, actor, start) = ("dossier.settlement", "system", tx.now());
    let limit = Limit::working_days(1);
    let source = serde_json::Value::Null;
    open(tx, &Open { kind, subject, holder: &holder, limit, cutoff: None, start, actor, source }).map(|o| o.id)
}

/// Runs one statement with the rights of the application and tells what `verify` says.
fn after(world: &World, statement: &'static Sql) -> Vec<String> {
    assert_eq!(world.read(verify).unwrap(), Vec::new(), "nothing is wrong before");
    world.write(move |tx| tx.execute(statement, &params![])).unwrap();
    world.read(verify).unwrap().into_iter().map(|f| format!("{}: {}", f.table, f.what.en)).collect()
}

both_engines!(an_overdue_dossier_made_on_time_by_sql_is_named, world, |world| {
    let found = after(
        &world,
        sql!(
            "UPDATE obligations SET closed_at = legal_due, result = 'on_time' WHERE home = $1 AND subject = 'dossier:1'"
        ),
    );
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("obligations: column closed_at: stored \"2021-07-27T02:30:00.000Z\""), "{found:?}");
    assert!(found[1].starts_with("obligations: column result: stored \"on_time\""), "{found:?}");
});

both_engines!(a_moved_due_date_is_named, world, |world| {
    let found = after(
        &world,
        sql!("UPDATE obligations SET legal_due = '2021-08-30T10:00:00.000Z' WHERE home = $1 AND subject = 'dossier:2'"),
    );
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("column legal_due"), "{found:?}");
});

both_engines!(a_removed_row_is_named, world, |world| {
    let found = after(&world, sql!("DELETE FROM obligations WHERE home = $1 AND subject = 'dossier:1'"));
    assert_eq!(found, ["obligations: the row is missing"]);
});

both_engines!(a_row_without_events_is_named, world, |world| {
    let found =
        after(&world, sql!("UPDATE obligations SET subject = 'dossier:9' WHERE home = $1 AND subject = 'dossier:1'"));
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(found[0], "obligations: no event opens it");
});

both_engines!(a_row_that_cannot_be_read_is_named, world, |world| {
    let found = after(&world, sql!("UPDATE obligations SET history = '{}' WHERE home = $1 AND subject = 'dossier:1'"));
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("column history"), "{found:?}");
});

both_engines!(a_changed_calendar_is_named, world, |world| {
    let found = after(&world, sql!("UPDATE calendars SET valid_from = '2020-01-01' WHERE home = $1"));
    assert_eq!(found, ["calendars: the content was changed"]);
});

both_engines!(a_removed_calendar_is_named, world, |world| {
    let found = after(&world, sql!("DELETE FROM calendars WHERE home = $1"));
    assert_eq!(found[0], "calendars: the row is missing");
});
