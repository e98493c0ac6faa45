//! Rungs are climbed once each, where and when the ladder says, whatever happens to the clock meanwhile.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use jiff::civil::date;
use kernel_base::{AgencyId, Instant, Result, vietnam_time};
use kernel_db::{Engine, Tx, params, sql};
use kernel_obligations::{
    Extend, Fired, Ladder, Level, Limit, MIGRATIONS, Obligation, ObligationId, Open, OpenUntil, Outcome, ResultClass,
    Rung, RungAct, When, close, deliver, extend, fire, get, ladders, next_action, open, open_until, score, send_back,
    transfer, verify,
};
use kernel_testkit::{World, both_engines};
use serde_json::json;

fn world(engine: Engine) -> World {
    World::new(engine, &[kernel_ledger::MIGRATIONS, MIGRATIONS])
}

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn agency(number: u32) -> AgencyId {
    AgencyId::parse(&format!("000.00.{number:02}.H47")).unwrap()
}

/// A task, on its own chain, given on 1 July 2021, due on Friday 30 July.
fn task(world: &World) -> Obligation {
    world.clock.set(at("2021-07-01T08:00"));
    world
        .write(|tx| {
            let source = json!({ "document": "4516/UBND" });
            let (kind, holder, due_on) = ("directive.task", &agency(31), date(2021, 7, 30));
            let subject = &format!("task:{}", tx.new_id::<ObligationId>());
            open_until(tx, &OpenUntil { kind, subject, holder, due_on, actor: "system", source })
        })
        .unwrap()
}

fn fire_at(world: &World, when: &str) -> Vec<Fired> {
    world.clock.set(at(when));
    world.write(|tx| fire(tx, 100)).unwrap()
}

fn marks(world: &World, when: &str) -> Vec<i64> {
    fire_at(world, when).iter().map(|fired| fired.rung.mark).collect()
}

fn then(
    world: &World,
    when: &str,
    id: &ObligationId,
    change: impl Fn(&mut Tx<'_>, &ObligationId) -> Result<Obligation> + Send + 'static,
) -> Obligation {
    world.clock.set(at(when));
    let id = id.clone();
    world.write(move |tx| change(tx, &id)).unwrap()
}

fn nothing_found(world: &World) {
    assert_eq!(world.read(verify).unwrap(), Vec::new());
}

both_engines!(a_task_climbs_from_ten_days_before_to_thirty_after, world, |world| {
    let o = task(&world);
    assert_eq!(vietnam_time(o.first_promise), "17:00 ngày 30/07/2021", "the end of work of the day that was given");
    assert_eq!(o.limit, Limit::working_days(21));
    let mut seen = Vec::new();
    let mut when = at("2021-07-01T08:00");
    while when < at("2021-09-30T08:00") {
        when = when.plus_minutes(30);
        world.clock.set(when);
        for fired in world.write(|tx| fire(tx, 100)).unwrap() {
            seen.push((fired.rung.mark, when.vietnam().to_string(), fired.rung.act));
        }
    }
    let expected = [
        (1, "2021-07-16T07:00:00", RungAct::Remind),
        (2, "2021-07-23T07:00:00", RungAct::Remind),
        (3, "2021-07-29T07:00:00", RungAct::Remind),
        (4, "2021-08-02T07:00:00", RungAct::Letter),
        (5, "2021-08-06T07:00:00", RungAct::List),
        (6, "2021-08-13T07:00:00", RungAct::Publish),
        (7, "2021-09-14T07:00:00", RungAct::Rate),
    ];
    assert_eq!(seen, expected.map(|(mark, at, act)| (mark, at.to_owned(), act)));
    nothing_found(&world);
});

both_engines!(a_clock_that_jumped_leaves_out_what_was_overtaken_and_climbs_the_rest_in_order, world, |world| {
    task(&world);
    assert_eq!(marks(&world, "2021-08-06T08:00"), [1], "the earliest that was due");
    assert_eq!(marks(&world, "2021-08-06T08:00"), [4], "reminders ahead of the due are pointless now");
    assert_eq!(marks(&world, "2021-08-06T08:00"), [5]);
    assert_eq!(marks(&world, "2021-08-06T08:00"), Vec::<i64>::new());
    nothing_found(&world);
});

both_engines!(a_transfer_starts_nothing_again_and_an_extension_moves_the_rungs_only, world, |world| {
    let o = task(&world);
    assert_eq!(marks(&world, "2021-07-16T07:00"), [1]);
    let moved = then(&world, "2021-07-20T09:00", &o.id, |tx, id| transfer(tx, id, &agency(32), "system"));
    assert_eq!((moved.reminded, moved.next_mark), (1, Some(2)));
    assert_eq!(moved.holders.len(), 2);
    assert_eq!(marks(&world, "2021-07-23T07:00"), [2]);
    let extended = then(&world, "2021-07-26T09:00", &o.id, |tx, id| {
        let reason = "Chờ dữ liệu của đơn vị phối hợp";
        extend(tx, id, &Extend { new_appointment: at("2021-08-20T17:00"), reason, actor: "system" })
    });
    assert_eq!(vietnam_time(extended.next_action_at.unwrap()), "07:00 ngày 06/08/2021", "ten days before the new day");
    assert_eq!(vietnam_time(extended.legal_due), "17:00 ngày 30/07/2021");
    let fired = fire_at(&world, "2021-08-06T07:00");
    assert_eq!((fired[0].rung.mark, fired[0].round), (1, 1));
    assert!(fired[0].obligation.is_late(at("2021-08-06T07:00")), "the day given first decides");
    nothing_found(&world);
});

both_engines!(what_is_delivered_rests_and_what_is_sent_back_was_never_delivered, world, |world| {
    let o = task(&world);
    let delivered = then(&world, "2021-07-30T16:59", &o.id, |tx, id| deliver(tx, id, "system"));
    assert_eq!((delivered.next_action_at, delivered.is_late(at("2021-09-01T08:00"))), (None, false));
    assert_eq!(marks(&world, "2021-08-02T08:00"), Vec::<i64>::new());
    let back = then(&world, "2021-08-02T09:00", &o.id, |tx, id| send_back(tx, id, "Thiếu minh chứng", "system"));
    assert!(back.is_late(at("2021-08-02T09:00")), "an empty report in time buys nothing");
    assert_eq!(marks(&world, "2021-08-02T09:00"), [4]);
    let again = then(&world, "2021-08-03T09:00", &o.id, |tx, id| deliver(tx, id, "system"));
    let closed = then(&world, "2021-08-20T09:00", &again.id, |tx, id| close(tx, id, Outcome::Done, "system"));
    assert_eq!(
        (closed.result, closed.late_days),
        (Some(ResultClass::Late), 2),
        "late until the report, not until its reading"
    );
    let other = task(&world);
    then(&world, "2021-07-30T10:00", &other.id, |tx, id| deliver(tx, id, "system"));
    let closed = then(&world, "2021-08-20T09:00", &other.id, |tx, id| close(tx, id, Outcome::Done, "system"));
    assert_eq!(closed.result, Some(ResultClass::OnTime), "who confirms late makes nobody late");
    nothing_found(&world);
});

both_engines!(a_ladder_published_later_is_for_what_is_opened_later, world, |world| {
    let before = task(&world);
    let rungs = vec![Rung { mark: 9, when: When::Before { days: 2 }, to: vec![Level::Chairman], act: RungAct::List }];
    let own = Ladder { kind: "directive.task".to_owned(), source: "Quy chế của tỉnh".to_owned(), rungs };
    let id = world.write(move |tx| ladders::publish(tx, date(2021, 7, 1), &own, "officer:off_1")).unwrap();
    let after = task(&world);
    assert_eq!(after.ladder.as_ref(), Some(&id));
    assert_ne!(before.ladder, after.ladder);
    let key = before.id;
    assert_eq!(world.read(move |tx| get(tx, &key)).unwrap().unwrap().next_mark, Some(1));
    assert_eq!(marks(&world, "2021-07-28T07:00"), [1, 9]);
    nothing_found(&world);
    world.write(|tx| tx.execute(sql!("UPDATE ladders SET kind = 'other' WHERE home = $1"), &params![])).unwrap();
    let found = world.read(verify).unwrap();
    assert!(found.iter().all(|f| f.table == "ladders") && !found.is_empty(), "{found:?}");
});

both_engines!(the_next_rung_of_a_hundred_thousand_is_found_by_the_index, world, |world| {
    let row = task(&world);
    let copies = if world.db.engine() == Engine::Sqlite { 100_000 } else { 20_000 };
    world.write(move |tx| copy(tx, &row.id, copies)).unwrap();
    let begun = std::time::Instant::now();
    assert_eq!(world.read(next_action).unwrap(), Some(at("2021-07-16T07:00")));
    let fired = fire_at(&world, "2021-07-16T07:00");
    assert_eq!(fired.len(), 1, "the other rows are due years later");
    assert!(begun.elapsed().as_millis() < 1_000, "{:?}", begun.elapsed());
    let plan = world.read(plan).unwrap().join("\n");
    assert!(plan.contains("obligations_next_action"), "{plan}");
    assert!(!plan.contains("Seq Scan") && !plan.contains("SCAN obligations"), "{plan}");
});

/// Rows of the same kind whose rungs are due far in the future.
fn copy(tx: &mut Tx<'_>, id: &ObligationId, copies: i64) -> Result<u64> {
    tx.execute(
        sql!(
            "INSERT INTO obligations
                 (home, id, kind, subject, holder, opened_at, start_at, limit_amount, limit_unit, source, calendar,
                  running_calendar, limit_minutes, first_promise, legal_due, state, late_minutes, late_days, pauses,
                  pauses_near_due, extensions, next_action_at, next_mark, reminded, history, version)
             WITH RECURSIVE n (i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < $3)
             SELECT o.home, 'obl_copy' || n.i, o.kind, 'copy:' || n.i, o.holder, o.opened_at, o.start_at,
                    o.limit_amount, o.limit_unit, o.source, o.calendar, o.running_calendar, o.limit_minutes,
                    o.first_promise, o.legal_due, o.state, 0, 0, 0, 0, 0, '2031-01-01T00:00:00.000Z', 1, 0, o.history, 1
             FROM obligations o, n WHERE o.home = $1 AND o.id = $2"
        ),
        &params![kernel_db::id(id), copies],
    )
}

fn plan(tx: &mut Tx<'_>) -> Result<Vec<String>> {
    let query = sql! {
        sqlite: "EXPLAIN QUERY PLAN
                 SELECT * FROM obligations WHERE home = $1 AND next_action_at IS NOT NULL AND next_action_at <= $2
                 ORDER BY next_action_at, id LIMIT $3",
        postgres: "EXPLAIN SELECT * FROM obligations WHERE home = $1 AND next_action_at IS NOT NULL
                 AND next_action_at <= $2 ORDER BY next_action_at, id LIMIT $3"
    };
    let column = if tx.engine() == Engine::Sqlite { "detail" } else { "QUERY PLAN" };
    let rows = tx.query(query, &params![at("2021-07-16T07:00"), 100_i64])?;
    rows.iter().map(|row| row.get(column)).collect()
}

both_engines!(a_row_that_somebody_changed_holds_up_no_other_and_gains_nothing, world, |world| {
    let all: Vec<Obligation> = (0..4).map(|_| task(&world)).collect();
    // The earliest two can no longer be read; of the third the rung is one that its ladder does not have.
    let broken: Vec<String> = all[..2].iter().map(|o| o.id.to_string()).collect();
    let (third, last) = (all[2].id.clone(), all[3].id.clone());
    let tamper = move |tx: &mut Tx<'_>| {
        for id in &broken {
            tx.execute(
                sql!(
                    "UPDATE obligations SET pauses = pauses + 1, next_action_at = '2021-07-12T00:00:00.000Z'
                     WHERE home = $1 AND id = $2"
                ),
                &params![id.as_str()],
            )?;
        }
        let rung = sql!(
            "UPDATE obligations SET next_mark = 99, next_action_at = '2021-07-13T00:00:00.000Z' WHERE home = $1 AND id = $2"
        );
        tx.execute(rung, &params![kernel_db::id(&third)])
    };
    world.write(tamper).unwrap();
    let named = |world: &World| world.read(verify).unwrap().into_iter().map(|f| f.row).collect::<Vec<_>>();
    assert!(all[..3].iter().all(|o| named(&world).contains(&o.id.to_string())), "{:?}", named(&world));
    // A batch of two meets two of them first.
    world.clock.set(at("2021-07-16T07:00"));
    let fire_two = || world.write(|tx| fire(tx, 2)).unwrap().into_iter().map(|f| f.obligation.id).collect::<Vec<_>>();
    let mut climbed = fire_two();
    climbed.extend(fire_two());
    assert!(climbed.contains(&last), "the one behind them is reached");
    assert!(all[..2].iter().all(|o| climbed.contains(&o.id)), "what cannot be read climbs by its events");
    assert_eq!(climbed.len(), 3, "the unknown rung is passed over");
    assert_eq!(fire_two(), Vec::new());
    assert!(named(&world).contains(&all[2].id.to_string()), "and stays named");
    assert!(world.read(next_action).unwrap() > Some(at("2021-07-16T07:00")), "nobody is woken for what is passed over");
});

both_engines!(a_chain_whose_end_was_moved_into_the_future_holds_up_no_other, world, |world| {
    let first = task(&world);
    let second = world.write(|tx| {
        let (kind, subject, holder, due_on) = ("directive.task", "task:other", &agency(32), date(2021, 7, 30));
        open_until(tx, &OpenUntil { kind, subject, holder, due_on, actor: "system", source: json!({}) })
    });
    let tamper = sql!("UPDATE subjects SET at = '2099-01-01T00:00:00.000Z' WHERE home = $1 AND subject = $2");
    world.write(move |tx| tx.execute(tamper, &params![first.subject.as_str()])).unwrap();
    let fired: Vec<_> = fire_at(&world, "2021-07-16T07:00").into_iter().map(|f| f.obligation.id).collect();
    assert_eq!(fired, [second.unwrap().id]);
});

both_engines!(the_board_counts_a_row_that_cannot_be_read_by_its_events, world, |world| {
    let o = task(&world);
    world.clock.set(at("2021-08-10T08:00"));
    let tamper = sql!("UPDATE obligations SET extensions = 7, state = 'unknown' WHERE home = $1");
    world.write(move |tx| tx.execute(tamper, &params![])).unwrap();
    let then = at("2021-08-03T08:00");
    let past = world.read(move |tx| score::open_at(tx, "directive.task", then)).unwrap();
    assert_eq!(past[&agency(31)].overdue, 1);
    let page = score::Page { skip: 0, most: 9 };
    let span = (at("2021-08-01T00:00"), at("2021-08-10T08:00"));
    let rows = world.read(move |tx| score::rows(tx, "directive.task", None, score::Show::Overdue, span, page)).unwrap();
    assert_eq!((rows.len(), &rows[0].id, rows[0].extensions.len()), (1, &o.id, 0));
    assert_eq!(world.read(verify).unwrap().len(), 1, "and verify names it");
});

both_engines!(percent_rungs_of_dossiers_are_as_before, world, |world| {
    world.clock.set(at("2021-07-26T07:00"));
    world
        .write(|tx| {
            let (start, limit) = (tx.now(), Limit::working_hours(10));
            let (kind, subject, holder, source) = ("dossier.step", "dossier:1", &agency(31), json!({}));
            open(tx, &Open { kind, subject, holder, limit, cutoff: None, start, actor: "system", source })
        })
        .unwrap();
    assert_eq!(marks(&world, "2021-07-26T13:59"), Vec::<i64>::new());
    assert_eq!(marks(&world, "2021-07-26T14:00"), [50]);
    assert_eq!(marks(&world, "2021-07-26T17:00"), [80]);
    assert_eq!(marks(&world, "2021-07-27T09:00"), [100]);
    assert_eq!(marks(&world, "2021-07-28T07:00"), [101]);
    nothing_found(&world);
});
