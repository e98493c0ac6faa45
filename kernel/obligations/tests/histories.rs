//! Random histories: whatever happens, the stored rows are what the events say.
//!
//! `CHUYENDONG_TORTURE_CASES` sets the number of histories (20,000 without it).
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use kernel_base::{AgencyId, Instant, Kind, Result, Words};
use kernel_calendar::{Calendar, Entry, EntryKind};
use kernel_db::{Engine, Tx};
use kernel_obligations::{
    Cutoff, Extend, Limit, MIGRATIONS, Obligation, Open, OpenUntil, Outcome, Pause, PauseReason, ResultClass, State,
    calendars, close, deliver, extend, fire, of_subject, open, open_until, pause, recompute, resume, send_back,
    transfer, verify,
};
use kernel_testkit::World;
use serde_json::json;

/// SplitMix64: a history is reproduced from its printed number.
#[derive(Clone)]
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        i64::try_from((z ^ (z >> 31)) % u64::try_from(n).unwrap()).unwrap()
    }

    fn agency(&mut self) -> AgencyId {
        AgencyId::parse(&format!("000.00.{:02}.H47", 10 + self.below(4))).unwrap()
    }

    fn limit(&mut self) -> Limit {
        match self.below(4) {
            0 => Limit::working_hours(self.below(40)),
            1 => Limit::calendar_days(self.below(30)),
            2 => Limit::months(self.below(4)),
            _ => Limit::working_days(self.below(20)),
        }
    }
}

/// A calendar that knows a few days off more.
fn stormy(chance: &mut Chance, now: Instant) -> Calendar {
    let mut data = Calendar::vietnam().unwrap().data().clone();
    let mut date = now.vietnam().date();
    for _ in 0..=chance.below(4) {
        for _ in 0..=chance.below(5) {
            date = date.tomorrow().unwrap();
        }
        let kind =
            [EntryKind::Off, EntryKind::MakeUpWork, EntryKind::HalfDay][usize::try_from(chance.below(3)).unwrap()];
        if data.entries.iter().all(|e| e.date != date) {
            let name = Words::new("Bão", "Storm");
            data.entries.push(Entry { date, kind, name, source: "test".into(), unverified: true, hours: Vec::new() });
        }
    }
    Calendar::check(data).unwrap()
}

/// One random step; what the state forbids must be refused as a conflict, never as a defect.
fn step(tx: &mut Tx<'_>, chance: &mut Chance, subject: &str) -> Result<()> {
    let all = of_subject(tx, subject)?;
    let what = if all.is_empty() { 0 } else { chance.below(20) };
    let pick = usize::try_from(chance.below(i64::try_from(all.len().max(1)).unwrap())).unwrap();
    let now = tx.now();
    if what == 0 {
        let cutoff = [None, Some(Cutoff::AT_15)][usize::try_from(chance.below(2)).unwrap()];
        let (holder, limit) = (chance.agency(), chance.limit());
        let source = json!({ "n": chance.below(9) });
        let kind = ["dossier.step", "dossier.settlement", "test.plain"][usize::try_from(chance.below(3)).unwrap()];
        if chance.below(3) == 0 {
            let due_on = now.vietnam().date().checked_add(jiff::Span::new().days(chance.below(60) - 5)).unwrap();
            let kind = "directive.task";
            open_until(tx, &OpenUntil { kind, subject, holder: &holder, due_on, actor: "system", source })?;
            return Ok(());
        }
        open(tx, &Open { kind, subject, holder: &holder, limit, cutoff, start: now, actor: "system", source })?;
        return Ok(());
    }
    if what == 1 {
        let agency = (chance.below(2) == 0).then(|| chance.agency());
        let calendar = stormy(chance, now);
        calendars::publish(tx, agency.as_ref(), now.vietnam().date(), &calendar, "system")?;
        return Ok(());
    }
    let o = &all[pick];
    let changed = match what {
        2..=5 if o.state == State::Paused => resume(tx, &o.id, "system"),
        2..=5 => {
            let reason = [PauseReason::Supplement, PauseReason::Payment][usize::try_from(chance.below(2)).unwrap()];
            pause(tx, &o.id, &Pause { reason, legal_basis: "test", actor: "system" })
        }
        6 | 7 => resume(tx, &o.id, "system"),
        8 => {
            let new_appointment = o.target().plus_minutes(chance.below(10_000) - 100);
            extend(tx, &o.id, &Extend { new_appointment, reason: "test", actor: "system" })
        }
        9 | 10 => transfer(tx, &o.id, &chance.agency(), "system"),
        11 | 12 => {
            let most = chance.below(4);
            for fired in fire(tx, most)? {
                assert!(fired.planned <= now && fired.obligation.reminded == fired.rung.mark);
            }
            return Ok(());
        }
        14 | 15 if o.delivered_at.is_some() => send_back(tx, &o.id, "test", "system"),
        14 | 15 => deliver(tx, &o.id, "system"),
        13 => close(tx, &o.id, [Outcome::Done, Outcome::Stopped][usize::try_from(chance.below(2)).unwrap()], "system"),
        _ => return Ok(()),
    };
    match changed {
        Ok(after) => check_change(o, &after, now),
        Err(refused) => assert!(matches!(refused.kind, Kind::Conflict | Kind::Invalid), "{refused}"),
    }
    Ok(())
}

/// What no change may do.
fn check_change(before: &Obligation, after: &Obligation, now: Instant) {
    assert_eq!(after.first_promise, before.first_promise);
    assert!(after.legal_due >= before.legal_due, "a legal due never moves forward in time");
    if before.is_late(now) {
        assert_eq!(after.legal_due, before.legal_due, "what is late stays late");
        assert_eq!(after.responsible, before.responsible, "handing on what is late moves nothing");
    }
    if after.legal_due != before.legal_due {
        assert_eq!(before.state, State::Paused, "only the end of a pause moves the legal due");
    }
    if let Some(closed_at) = after.closed_at {
        assert_eq!(after.result == Some(ResultClass::Late), before.delivered_at.unwrap_or(closed_at) > after.legal_due);
    }
    assert_eq!(after.next_action_at.is_some(), after.next_mark.is_some());
    assert!(after.next_mark.is_none() || (after.state == State::Running && after.delivered_at.is_none()));
}

/// Histories that are written together, so that the disk is waited for once.
const TOGETHER: u64 = 50;

/// Some histories, each on its own subject, then the comparison.
fn histories(world: &World, first: u64) {
    let (db, home) = (world.db.clone(), world.home.clone());
    let subject = |case: u64| format!("dossier:dos_{case:032x}");
    let mut chances: Vec<(u64, Chance)> = (first..first + TOGETHER).map(|case| (case, Chance(case))).collect();
    let mut time = Chance(first);
    // Forward only: what is published for all stands in one chain, in which time does not go back.
    world.clock.advance_millis(time.below(20_000) * 60_000);
    for round in 0..8 {
        let drawn = chances.clone();
        let moved = db.write_blocking(&home, move |tx| {
            let mut chances = drawn.clone();
            for (case, chance) in &mut chances {
                for _ in 0..chance.below(if round == 0 { 3 } else { 2 }) + i64::from(round == 0) {
                    step(tx, chance, &subject(*case))?;
                }
            }
            Ok(chances)
        });
        chances = moved.unwrap();
        world.clock.advance_millis(time.below(4 * 86_400_000));
    }
    let compared = db.read_blocking(&home, move |tx| {
        (first..first + TOGETHER)
            .map(|case| {
                let folded = recompute(tx, &subject(case))?;
                let mut stored = of_subject(tx, &subject(case))?;
                stored.iter_mut().for_each(|o| o.trace.clear());
                let mut recomputed = folded.obligations;
                recomputed.sort_by(|a, b| (a.opened_at, &a.id).cmp(&(b.opened_at, &b.id)));
                Ok((case, folded.faults, stored, recomputed))
            })
            .collect::<Result<Vec<_>>>()
    });
    for (case, faults, stored, recomputed) in compared.unwrap() {
        assert_eq!(faults, Vec::new(), "case {case}");
        assert_eq!(stored, recomputed, "case {case}");
    }
}

#[test]
fn stored_rows_are_what_a_recomputation_of_random_histories_gives() {
    let cases: u64 = std::env::var("CHUYENDONG_TORTURE_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(20_000);
    // Each thread has a world, so that one waits for the disk while another computes. A world is left after some
    // thousand histories: rungs of old subjects would be climbed again and again.
    const THREADS: u64 = 4;
    const WORLD: u64 = 1_000;
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            scope.spawn(move || {
                for begin in (thread * WORLD..cases).step_by((THREADS * WORLD) as usize) {
                    let world = World::new(Engine::Sqlite, &[kernel_ledger::MIGRATIONS, MIGRATIONS]);
                    let end = (begin + WORLD).min(cases);
                    (begin..end).step_by(TOGETHER as usize).for_each(|first| histories(&world, first));
                    assert_eq!(world.read(verify).unwrap(), Vec::new());
                }
            });
        }
    });
}
