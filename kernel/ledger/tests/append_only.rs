//! The running server has no right to change what happened.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use kernel_base::Kind;
use kernel_db::{Engine, Ports, Sql, Tx, sql};
use kernel_ledger::{APPEND_ONLY, MIGRATIONS, NewEvent, append, history, seal};
use kernel_testkit::{World, WorldOptions, both_engines};

fn world(engine: Engine) -> World {
    World::with(WorldOptions { engine, migrations: &[MIGRATIONS], ports: Ports::new(), append_only: APPEND_ONLY })
}

both_engines!(the_server_itself_cannot_change_or_remove_what_happened, world, |world| {
    let body = serde_json::json!({});
    world
        .write(move |tx| {
            append(tx, &NewEvent { subject: "dossier:a", kind: "submitted", actor: "system", body: body.clone() })
        })
        .unwrap();
    world.write(seal).unwrap().unwrap();
    let attempts: [&'static Sql; 5] = [
        sql!("UPDATE events SET at = '2021-07-01T00:00:00.000Z' WHERE home = $1"),
        sql!("DELETE FROM events WHERE home = $1"),
        sql!("UPDATE leaves SET hash = '' WHERE home = $1"),
        sql!("DELETE FROM roots WHERE home = $1"),
        sql!("DELETE FROM daily_roots WHERE home = $1"),
    ];
    for attempt in attempts {
        let refused = world.write(move |tx: &mut Tx<'_>| tx.execute(attempt, &[])).unwrap_err();
        assert_eq!(refused.kind, Kind::Internal, "{}: {refused}", attempt.text);
    }
    assert_eq!(world.read(|tx| history(tx, "dossier:a")).unwrap().len(), 1);
});
