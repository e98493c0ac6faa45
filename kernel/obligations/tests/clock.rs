//! The clock nobody can touch, on both engines.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use kernel_base::{AgencyId, Error, Instant, Result, Words, vietnam_time};
use kernel_calendar::{Calendar, Entry, EntryKind, Mark};
use kernel_db::{Engine, Tx};
use kernel_obligations::{
    Cutoff, Extend, Limit, MIGRATIONS, Obligation, ObligationId, Open, Outcome, Pause, PauseReason, ResultClass, State,
    at_risk, calendars, close, due_actions, explain, extend, get, open, open_counts, pause, remind, resume, transfer,
    verify,
};
use kernel_testkit::{World, both_engines};
use serde_json::json;

const KIND: &str = "dossier.settlement";

fn world(engine: Engine) -> World {
    World::new(engine, &[kernel_ledger::MIGRATIONS, MIGRATIONS])
}

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn agency(number: u32) -> AgencyId {
    AgencyId::parse(&format!("000.00.{number:02}.H47")).unwrap()
}

fn begin(tx: &mut Tx<'_>, limit: Limit, cutoff: Option<Cutoff>) -> Result<Obligation> {
    let start = tx.now();
    let source = json!({ "act": "test" });
    let holder = agency(31);
    // Each on its own chain: the clock goes back between them, and within a chain it may not.
    let subject = &format!("dossier:{}", tx.new_id::<ObligationId>());
    open(tx, &Open { kind: KIND, subject, holder: &holder, limit, cutoff, start, actor: "system", source })
}

fn opened(world: &World, when: &str, limit: Limit) -> Obligation {
    world.clock.set(at(when));
    world.write(move |tx| begin(tx, limit, None)).unwrap()
}

/// One change at an instant.
fn then(
    world: &World,
    when: &str,
    id: &ObligationId,
    change: impl Fn(&mut Tx<'_>, &ObligationId) -> Result<Obligation> + Send + 'static,
) -> Result<Obligation, Error> {
    world.clock.set(at(when));
    let id = id.clone();
    world.write(move |tx| change(tx, &id))
}

fn supplement(tx: &mut Tx<'_>, id: &ObligationId) -> Result<Obligation> {
    let pause_ = Pause { reason: PauseReason::Supplement, legal_basis: "NĐ 61/2018/NĐ-CP", actor: "officer:off_1" };
    pause(tx, id, &pause_)
}

fn run_on(tx: &mut Tx<'_>, id: &ObligationId) -> Result<Obligation> {
    resume(tx, id, "officer:off_1")
}

fn explained(world: &World, o: &Obligation) -> Obligation {
    let o = o.clone();
    world.read(move |tx| explain(tx, o.clone())).unwrap()
}

fn done(tx: &mut Tx<'_>, id: &ObligationId) -> Result<Obligation> {
    close(tx, id, Outcome::Done, "officer:off_1")
}

fn new_date(appointment: &'static str) -> impl Fn(&mut Tx<'_>, &ObligationId) -> Result<Obligation> + Send + 'static {
    move |tx, id| {
        let reason = "Chờ số liệu đo đạc";
        extend(tx, id, &Extend { new_appointment: at(appointment), reason, actor: "officer:off_2" })
    }
}

fn findings(world: &World) -> Vec<String> {
    let found = world.read(verify).unwrap();
    found.into_iter().map(|f| format!("{} {}: {}", f.table, f.row, f.what.en)).collect()
}

both_engines!(a_pause_gives_back_exactly_the_working_minutes_that_were_left, world, |world| {
    let o = opened(&world, "2021-07-26T09:30", Limit::working_days(3));
    assert_eq!(vietnam_time(o.first_promise), "09:30 ngày 29/07/2021");
    // Tuesday 10:00 to Thursday 09:30: two working days but half an hour.
    let o = then(&world, "2021-07-27T10:00", &o.id, supplement).unwrap();
    assert_eq!((o.state, o.pauses[0].left, o.next_action_at), (State::Paused, Some(2 * 480 - 30), None));
    // A weekend and a holiday inside the pause change nothing.
    let o = then(&world, "2021-09-01T16:30", &o.id, run_on).unwrap();
    assert_eq!(vietnam_time(o.legal_due), "16:00 ngày 07/09/2021");
    assert_eq!(vietnam_time(o.first_promise), "09:30 ngày 29/07/2021", "the first promise never changes");
    let lines: Vec<_> =
        explained(&world, &o).trace.into_iter().filter(|l| l.mark == Mark::Pause).map(|l| l.words.vi).collect();
    assert_eq!(
        lines,
        [
            "Tạm dừng từ 10:00 ngày 27/07/2021: chờ bổ sung hồ sơ (NĐ 61/2018/NĐ-CP), còn 15 giờ 30 phút làm việc",
            "Chạy tiếp từ 16:30 ngày 01/09/2021; hạn mới: 16:00 ngày 07/09/2021",
        ]
    );
    let o = then(&world, "2021-09-07T16:00", &o.id, done).unwrap();
    assert_eq!((o.result, o.late_minutes), (Some(ResultClass::OnTime), 0));
    assert_eq!(findings(&world), Vec::<String>::new());
});

both_engines!(a_pause_after_the_legal_due_does_not_make_it_less_late, world, |world| {
    let o = opened(&world, "2021-07-26T09:30", Limit::working_days(1));
    let o = then(&world, "2021-07-27T09:31", &o.id, supplement).unwrap();
    assert_eq!(o.pauses[0].left, None);
    assert!(o.is_late(at("2021-07-27T09:31")));
    let o = then(&world, "2021-08-20T08:00", &o.id, run_on).unwrap();
    assert_eq!(o.legal_due, o.first_promise);
    let o = then(&world, "2021-08-20T09:00", &o.id, done).unwrap();
    assert_eq!((o.result, o.late_days), (Some(ResultClass::Late), 18));
    assert_eq!(findings(&world), Vec::<String>::new());
});

both_engines!(an_extension_moves_reminders_and_the_legal_due_decides, world, |world| {
    let o = opened(&world, "2021-07-26T07:00", Limit::working_days(2));
    let o = then(&world, "2021-07-27T09:00", &o.id, new_date("2021-07-30T17:00")).unwrap();
    assert_eq!(vietnam_time(o.legal_due), "17:00 ngày 27/07/2021");
    assert_eq!(o.next_action_at, Some(at("2021-07-29T08:00")), "half of the 1,800 minutes until the appointment");
    let earlier = then(&world, "2021-07-27T10:00", &o.id, new_date("2021-07-29T17:00"));
    assert_eq!(earlier.unwrap_err().code, "appointment_not_later");
    let o = then(&world, "2021-07-28T09:00", &o.id, done).unwrap();
    assert_eq!((o.result, o.late_minutes, o.late_days), (Some(ResultClass::Late), 120, 1));
    assert_eq!(o.extensions.len(), 1);
    assert_eq!(findings(&world), Vec::<String>::new());
});

both_engines!(early_on_time_and_late_are_told_apart_by_day_and_minute, world, |world| {
    let close_at = |when: &'static str, outcome: Outcome| {
        let o = opened(&world, "2021-07-26T09:30", Limit::working_days(2));
        then(&world, when, &o.id, move |tx, id| close(tx, id, outcome, "system")).unwrap().result
    };
    assert_eq!(close_at("2021-07-27T17:00", Outcome::Done), Some(ResultClass::Early));
    assert_eq!(close_at("2021-07-28T00:00", Outcome::Done), Some(ResultClass::OnTime));
    assert_eq!(close_at("2021-07-28T09:30", Outcome::Refused), Some(ResultClass::OnTime));
    assert_eq!(close_at("2021-07-28T09:30:00.001", Outcome::Done), Some(ResultClass::Late));
    assert_eq!(close_at("2021-07-27T09:00", Outcome::Withdrawn), None);
    assert_eq!(close_at("2021-07-29T09:00", Outcome::Withdrawn), Some(ResultClass::Late), "lateness is not forgotten");
});

both_engines!(a_transfer_changes_the_holder_and_no_instant, world, |world| {
    let o = opened(&world, "2021-07-26T09:30", Limit::working_days(2));
    let to = |number: u32| move |tx: &mut Tx<'_>, id: &ObligationId| transfer(tx, id, &agency(number), "system");
    let after = then(&world, "2021-07-26T15:00", &o.id, to(32)).unwrap();
    assert_eq!((after.legal_due, after.next_action_at), (o.legal_due, o.next_action_at));
    assert_eq!(after.holder, agency(32));
    let spans: Vec<_> = after.holders.iter().map(|h| (h.agency.clone(), h.until)).collect();
    assert_eq!(spans, [(agency(31), Some(at("2021-07-26T15:00"))), (agency(32), None)]);
    assert_eq!(then(&world, "2021-07-26T15:01", &o.id, to(32)).unwrap_err().code, "same_holder");
    assert_eq!(findings(&world), Vec::<String>::new());
});

both_engines!(what_is_closed_or_paused_refuses_what_makes_no_sense, world, |world| {
    let o = opened(&world, "2021-07-26T09:30", Limit::working_days(2));
    let code = |when: &str, change: fn(&mut Tx<'_>, &ObligationId) -> Result<Obligation>| {
        then(&world, when, &o.id, change).unwrap_err().code
    };
    assert_eq!(code("2021-07-26T10:00", run_on), "obligation_running");
    then(&world, "2021-07-26T10:00", &o.id, supplement).unwrap();
    assert_eq!(code("2021-07-26T10:01", supplement), "obligation_paused");
    assert_eq!(
        then(&world, "2021-07-26T10:02", &o.id, new_date("2021-08-30T17:00")).unwrap_err().code,
        "obligation_paused"
    );
    // Closed while paused: measured as if it had been resumed then.
    let closed = then(&world, "2021-08-10T10:00", &o.id, done).unwrap();
    assert_eq!(closed.result, Some(ResultClass::Early));
    for change in [run_on, supplement, done] {
        assert_eq!(code("2021-08-10T10:01", change), "obligation_closed");
    }
    let no_basis = |tx: &mut Tx<'_>, id: &ObligationId| {
        pause(tx, id, &Pause { reason: PauseReason::Payment, legal_basis: "  ", actor: "system" })
    };
    assert_eq!(code("2021-08-10T10:01", no_basis), "legal_basis_needed");
    assert_eq!(findings(&world), Vec::<String>::new());
});

both_engines!(reminders_come_at_half_at_four_fifths_and_at_the_end, world, |world| {
    // 10 hours: 26 July 07:00 to 27 July 09:00.
    let o = opened(&world, "2021-07-26T07:00", Limit::working_hours(10));
    let next = |until: &str| {
        let until = at(until);
        world.read(move |tx| due_actions(tx, until, 10)).unwrap().into_iter().map(|o| o.next_mark).collect::<Vec<_>>()
    };
    assert_eq!(next("2021-07-26T13:59"), Vec::<Option<i64>>::new());
    assert_eq!(next("2021-07-26T14:00"), [Some(50)]);
    let mark = |mark: i64| move |tx: &mut Tx<'_>, id: &ObligationId| remind(tx, id, mark, "system");
    then(&world, "2021-07-26T14:00", &o.id, mark(50)).unwrap();
    assert_eq!(then(&world, "2021-07-26T14:00", &o.id, mark(50)).unwrap_err().code, "already_reminded");
    assert_eq!(next("2021-07-26T17:00"), [Some(80)], "8 of 10 hours");
    then(&world, "2021-07-26T17:00", &o.id, mark(80)).unwrap();
    assert_eq!(next("2021-07-27T08:59"), Vec::<Option<i64>>::new());
    assert_eq!(next("2021-07-27T09:00"), [Some(100)]);
    then(&world, "2021-07-27T09:00", &o.id, mark(100)).unwrap();
    assert_eq!(next("2021-07-28T06:59"), Vec::<Option<i64>>::new());
    assert_eq!(next("2021-07-28T07:00"), [Some(101)], "the working day after, the leader is told");
    for last in [101, 105, 110] {
        then(&world, "2021-09-01T09:00", &o.id, mark(last)).unwrap();
    }
    assert_eq!(next("2099-01-01T00:00"), Vec::<Option<i64>>::new());
    assert_eq!(findings(&world), Vec::<String>::new());
});

both_engines!(lists_show_what_is_open_at_risk_and_overdue, world, |world| {
    opened(&world, "2021-07-26T07:00", Limit::working_days(5));
    let second = opened(&world, "2021-07-26T07:00", Limit::working_days(1));
    let third = opened(&world, "2021-07-26T07:00", Limit::working_days(1));
    then(&world, "2021-07-26T16:00", &third.id, supplement).unwrap();
    let risky = |now: &str| {
        let now = at(now);
        world.read(move |tx| at_risk(tx, KIND, now, 10)).unwrap().into_iter().map(|o| o.id).collect::<Vec<_>>()
    };
    assert_eq!(risky("2021-07-26T15:23"), Vec::<ObligationId>::new());
    assert_eq!(risky("2021-07-26T15:24"), [second.id], "the paused one is not at risk");
    let counts = world.read(|tx| open_counts(tx, KIND, at("2021-07-27T08:00"))).unwrap();
    assert_eq!(counts.len(), 1);
    assert_eq!((counts[0].open, counts[0].paused, counts[0].overdue), (3, 1, 1));
});

both_engines!(a_later_calendar_moves_no_promise_until_the_clock_is_resumed, world, |world| {
    let storm = |date: &str| {
        let mut data = Calendar::vietnam().unwrap().data().clone();
        let (name, source) = (Words::new("Bão", "Storm"), "Công điện".to_owned());
        let date = date.parse().unwrap();
        data.entries.push(Entry { date, kind: EntryKind::Off, name, source, unverified: true, hours: Vec::new() });
        Calendar::check(data).unwrap()
    };
    let publish = |agency: Option<AgencyId>, calendar: Calendar| {
        let from = jiff::civil::date(2021, 7, 1);
        world.write(move |tx| calendars::publish(tx, agency.as_ref(), from, &calendar, "system")).unwrap()
    };
    let before = opened(&world, "2021-07-26T09:30", Limit::working_days(2));
    let stormy = publish(None, storm("2021-07-27"));
    assert_eq!(publish(None, storm("2021-07-27")), stormy, "publishing the same again changes nothing");
    let id = before.id.clone();
    let still = world.read(move |tx| get(tx, &id)).unwrap().unwrap();
    assert_eq!(still.legal_due, before.legal_due);
    let after = opened(&world, "2021-07-26T09:30", Limit::working_days(2));
    assert_eq!(vietnam_time(after.legal_due), "09:30 ngày 29/07/2021");
    assert_eq!(after.calendar_version, stormy);
    // An agency's own calendar goes before the home's.
    let own = publish(Some(agency(31)), storm("2021-07-28"));
    let other = opened(&world, "2021-07-26T09:30", Limit::working_days(1));
    assert_eq!((vietnam_time(other.legal_due).as_str(), &other.calendar_version), ("09:30 ngày 27/07/2021", &own));
    // Where the clock runs again, the calendar in force then counts.
    then(&world, "2021-07-26T10:00", &before.id, supplement).unwrap();
    let resumed = then(&world, "2021-07-26T10:00", &before.id, run_on).unwrap();
    assert_eq!((vietnam_time(resumed.legal_due).as_str(), &resumed.running_calendar), ("09:30 ngày 29/07/2021", &own));
    assert_eq!(resumed.first_promise, before.first_promise);
    assert_eq!(findings(&world), Vec::<String>::new());
});

both_engines!(the_calendar_in_force_is_the_one_of_the_day, world, |world| {
    let nothing = world.read(|tx| calendars::in_force(tx, &agency(31), at("2021-07-26T09:30")));
    assert_eq!(nothing.unwrap_err().code, "no_calendar");
    world.write(|tx| calendars::publish_vietnam(tx, "system")).unwrap();
    let mut data = Calendar::vietnam().unwrap().data().clone();
    data.week[5] = vec!["07:00-11:30".to_owned().try_into().unwrap()];
    let saturdays = Calendar::check(data).unwrap();
    let later = world
        .write(move |tx| calendars::publish(tx, None, jiff::civil::date(2021, 8, 1), &saturdays, "system"))
        .unwrap();
    let in_force = |when: &'static str| world.read(move |tx| calendars::in_force(tx, &agency(31), at(when))).unwrap().0;
    assert_ne!(in_force("2021-07-31T23:59"), later);
    assert_eq!(in_force("2021-08-01T00:00"), later);
});

both_engines!(every_statement_is_accepted, world, |world| {
    world.assert_statements();
});
