//! An obligation as it stood at an instant is what it was read as then, whatever happened later.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use kernel_base::{AgencyId, Instant};
use kernel_db::Engine;
use kernel_obligations::{
    Extend, Limit, MIGRATIONS, Obligation, ObligationId, Open, Outcome, Pause, PauseReason, close, extend, get, open,
    pause, resume,
    score::{self, Page, Show},
    transfer,
};
use kernel_testkit::{World, both_engines};

fn world(engine: Engine) -> World {
    World::new(engine, &[kernel_ledger::MIGRATIONS, MIGRATIONS])
}

fn at(world: &World, time: &str) -> Instant {
    let instant = Instant::parse(time).unwrap();
    world.clock.set(instant);
    instant
}

fn begin(world: &World, subject: &'static str, days: i64) -> ObligationId {
    world
        .write(move |tx| {
            let holder = AgencyId::parse("000.00.31.H47").unwrap();
            let (kind, actor, start) = ("dossier.settlement", "system", tx.now());
            let (limit, source) = (Limit::working_days(days), serde_json::Value::Null);
            let open = open(tx, &Open { kind, subject, holder: &holder, limit, cutoff: None, start, actor, source })?;
            Ok(open.id)
        })
        .unwrap()
}

/// What decides late or on time and whose it is; reminders are left out.
fn essence(o: &Obligation) -> impl PartialEq + std::fmt::Debug + use<> {
    (
        (o.holder.clone(), o.first_promise, o.legal_due, o.appointment, o.state, o.paused_since, o.closed_at),
        (
            o.responsible.clone(),
            o.outcome,
            o.result,
            o.late_days,
            o.late_minutes,
            o.pauses.clone(),
            o.extensions.clone(),
            o.holders.clone(),
        ),
    )
}

both_engines!(a_past_instant_shows_what_was_read_then, world, |world| {
    at(&world, "2021-07-05T09:00");
    let id = begin(&world, "dossier:1", 5);
    let other = AgencyId::parse("000.00.32.H47").unwrap();
    let mut seen = Vec::new();
    let steps: [(&str, u8); 7] = [
        ("2021-07-06T10:00", 0),
        ("2021-07-08T10:00", 1),
        ("2021-07-09T09:00", 2),
        ("2021-07-12T09:00", 0),
        ("2021-07-12T15:00", 1),
        ("2021-07-14T08:00", 3),
        ("2021-07-20T09:00", 4),
    ];
    for (time, step) in steps {
        let now = at(&world, time);
        let (which, to) = (id.clone(), other.clone());
        world
            .write(move |tx| match step {
                0 => pause(
                    tx,
                    &which,
                    &Pause { reason: PauseReason::Supplement, legal_basis: "NĐ 61/2018", actor: "system" },
                )
                .map(drop),
                1 => resume(tx, &which, "system").map(drop),
                2 => transfer(tx, &which, &to, "system").map(drop),
                3 => {
                    let new_appointment = Instant::parse("2021-07-23T17:00").unwrap();
                    extend(tx, &which, &Extend { new_appointment, reason: "Xác minh", actor: "system" }).map(drop)
                }
                _ => close(tx, &which, Outcome::Done, "system").map(drop),
            })
            .unwrap();
        let which = id.clone();
        seen.push((now, world.read(move |tx| get(tx, &which)).unwrap().unwrap()));
    }
    let last = seen.last().unwrap().1.clone();
    for (then, read) in &seen {
        assert_eq!(essence(&last.as_of(*then).unwrap()), essence(read), "{then}");
    }
    assert!(last.as_of(Instant::parse("2021-07-05T08:59").unwrap()).is_none());

    // Counted by the rows of then: in July it was the other agency's, on the 6th nobody's but the first one's.
    at(&world, "2021-08-02T09:00");
    let open_then = |time: &str| {
        let then = Instant::parse(time).unwrap();
        world.read(move |tx| score::open_at(tx, "dossier.settlement", then)).unwrap()
    };
    let first = open_then("2021-07-07T09:00");
    assert_eq!((first.len(), first[&AgencyId::parse("000.00.31.H47").unwrap()].paused), (1, 1));
    assert_eq!(open_then("2021-07-15T09:00")[&other].paused, 0);
    assert!(open_then("2021-07-21T09:00").is_empty());
    let (from, until) = (Instant::parse("2021-07-01T00:00").unwrap(), Instant::parse("2021-08-01T00:00").unwrap());
    let settled = world.read(move |tx| score::settled(tx, "dossier.settlement", from, until)).unwrap();
    let own = settled[&other];
    assert_eq!((own.early + own.on_time + own.late, own.extended, own.paused), (1, 1, 1));
    for show in [Show::Settled, Show::Extended, Show::Paused] {
        let page = Page { skip: 0, most: 10 };
        let rows =
            world.read(move |tx| score::rows(tx, "dossier.settlement", None, show, (from, until), page)).unwrap();
        assert_eq!(rows.len(), 1, "{show:?}");
    }
});
