//! Lateness stays with who let the due pass, whoever gets it afterwards.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use kernel_base::{AgencyId, Clock as _, Instant, Result};
use kernel_db::{Engine, Tx, params, sql};
use kernel_obligations::{
    Limit, MIGRATIONS, Obligation, ObligationId, Open, Outcome, Pause, PauseReason, close, deliver, open, pause,
    resume, score, score::Show, send_back, transfer, verify,
};
use kernel_testkit::{World, both_engines};

const KIND: &str = "dossier.settlement";

fn world(engine: Engine) -> World {
    World::new(engine, &[kernel_ledger::MIGRATIONS, MIGRATIONS])
}

fn first() -> AgencyId {
    AgencyId::parse("000.00.31.H47").unwrap()
}

fn second() -> AgencyId {
    AgencyId::parse("000.00.32.H47").unwrap()
}

/// Opened on Monday, 5 July 2021 at nine; due on Wednesday at nine.
fn begin(world: &World) -> ObligationId {
    world.clock.set(Instant::parse("2021-07-05T09:00").unwrap());
    let opening = |tx: &mut Tx<'_>| {
        let (holder, limit, start) = (first(), Limit::working_days(2), tx.now());
        let (subject, actor, source) = ("dossier:1", "system", serde_json::Value::Null);
        open(tx, &Open { kind: KIND, subject, holder: &holder, limit, cutoff: None, start, actor, source })
    };
    let opened = world.write(opening).unwrap();
    assert_eq!((&opened.responsible, opened.legal_due.to_string().as_str()), (&first(), "2021-07-07T02:00:00.000Z"));
    opened.id
}

fn then(
    world: &World,
    time: &str,
    id: &ObligationId,
    change: impl Fn(&mut Tx<'_>, &ObligationId) -> Result<Obligation> + Send + 'static,
) -> Obligation {
    world.clock.set(Instant::parse(time).unwrap());
    let id = id.clone();
    world.write(move |tx| change(tx, &id)).unwrap()
}

fn hand_on(tx: &mut Tx<'_>, id: &ObligationId) -> Result<Obligation> {
    transfer(tx, id, &second(), "system")
}

fn hand_back(tx: &mut Tx<'_>, id: &ObligationId) -> Result<Obligation> {
    transfer(tx, id, &first(), "system")
}

fn stop(tx: &mut Tx<'_>, id: &ObligationId) -> Result<Obligation> {
    pause(tx, id, &Pause { reason: PauseReason::Supplement, legal_basis: "NĐ 61/2018", actor: "system" })
}

fn done(tx: &mut Tx<'_>, id: &ObligationId) -> Result<Obligation> {
    close(tx, id, Outcome::Done, "system")
}

/// Late closes and overdue ones that the board counts for an agency, and the rows behind each number.
fn counted(world: &World, agency: &AgencyId) -> (i64, i64) {
    let (from, until) = (Instant::parse("2021-07-01T00:00").unwrap(), Instant::parse("2021-08-01T00:00").unwrap());
    let now = world.clock.now();
    let one = agency.clone();
    let (late, overdue, rows) = world
        .read(move |tx| {
            let late = score::settled(tx, KIND, from, until)?.get(&one).copied().unwrap_or_default().late;
            let overdue = score::open_at(tx, KIND, now)?.get(&one).copied().unwrap_or_default().overdue;
            let page = score::Page { skip: 0, most: 9 };
            let closed = score::rows(tx, KIND, Some(&one), Show::Late, (from, until), page)?.len();
            let open = score::rows(tx, KIND, Some(&one), Show::Overdue, (from, now), page)?.len();
            Ok((late, overdue, (closed as i64, open as i64)))
        })
        .unwrap();
    assert_eq!(rows, (late, overdue), "each number opens its rows");
    (late, overdue)
}

both_engines!(whoever_gets_a_late_one_is_not_charged_with_it, world, |world| {
    let id = begin(&world);
    let handed = then(&world, "2021-07-27T10:00", &id, hand_on);
    assert_eq!((&handed.holder, &handed.responsible), (&second(), &first()));
    assert_eq!((counted(&world, &first()), counted(&world, &second())), ((0, 1), (0, 0)));
    let closed = then(&world, "2021-07-27T15:00", &id, done);
    assert_eq!((&closed.holder, &closed.responsible), (&second(), &first()));
    assert_eq!((counted(&world, &first()), counted(&world, &second())), ((1, 0), (0, 0)));
    // The board of a past day says the same.
    let then = Instant::parse("2021-07-27T12:00").unwrap();
    let past = world.read(move |tx| score::open_at(tx, KIND, then)).unwrap();
    assert_eq!((past.len(), past[&first()].overdue), (1, 1));
    assert_eq!(world.read(verify).unwrap(), Vec::new());
});

both_engines!(who_takes_it_in_time_and_lets_it_pass_is_charged, world, |world| {
    let id = begin(&world);
    then(&world, "2021-07-06T10:00", &id, hand_on);
    // Given back after the due: that moves nothing either.
    then(&world, "2021-07-20T10:00", &id, hand_back);
    let closed = then(&world, "2021-07-21T10:00", &id, done);
    assert_eq!((&closed.holder, &closed.responsible), (&first(), &second()));
    assert_eq!((counted(&world, &first()), counted(&world, &second())), ((0, 0), (1, 0)));
});

both_engines!(a_lawful_pause_moves_the_due_and_with_it_who_answers, world, |world| {
    let id = begin(&world);
    then(&world, "2021-07-06T10:00", &id, stop);
    let handed = then(&world, "2021-07-20T10:00", &id, hand_on);
    assert_eq!(handed.responsible, second(), "stopped in time, so it is not late");
    then(&world, "2021-07-21T10:00", &id, resume_it);
    let closed = then(&world, "2021-07-30T10:00", &id, done);
    assert_eq!(closed.responsible, second(), "it held it when the due after the pause passed");
    assert_eq!(world.read(verify).unwrap(), Vec::new());
});

fn resume_it(tx: &mut Tx<'_>, id: &ObligationId) -> Result<Obligation> {
    resume(tx, id, "system")
}

both_engines!(a_report_in_time_that_is_sent_back_late_stays_with_who_held_it_at_the_due, world, |world| {
    let id = begin(&world);
    then(&world, "2021-07-06T10:00", &id, |tx, id| deliver(tx, id, "system"));
    let handed = then(&world, "2021-07-09T10:00", &id, hand_on);
    assert_eq!(handed.responsible, first(), "who reported it done answers for the report");
    let back = then(&world, "2021-07-12T10:00", &id, |tx, id| send_back(tx, id, "Chưa đủ.", "system"));
    assert_eq!(back.responsible, first());
    assert_eq!(world.read(verify).unwrap(), Vec::new());
});

both_engines!(an_agency_that_writes_itself_out_of_a_late_row_is_named, world, |world| {
    let id = begin(&world);
    then(&world, "2021-07-27T10:00", &id, hand_on);
    let statement = sql!("UPDATE obligations SET responsible = holder WHERE home = $1");
    world.write(move |tx| tx.execute(statement, &params![])).unwrap();
    let found: Vec<String> = world.read(verify).unwrap().into_iter().map(|f| f.what.en).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("column responsible: stored \"000.00.32.H47\""), "{found:?}");
});
