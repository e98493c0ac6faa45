//! The queue on both engines.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use kernel_base::{Error, Instant};
use kernel_db::Engine;
use kernel_jobs::{Handler, Job, Runner, Schedule, enqueue, health, retry_dead};
use kernel_testkit::{World, both_engines};
use serde_json::json;

fn world(engine: Engine) -> World {
    World::new(engine, &[kernel_jobs::MIGRATIONS])
}

fn runner(world: &World, handlers: Vec<Handler>, schedules: Vec<Schedule>) -> Runner {
    Runner::new(world.db.clone(), world.home.clone(), handlers, schedules)
}

/// A handler outside a transaction that counts its runs.
fn counting(name: &'static str) -> (Handler, Arc<AtomicUsize>) {
    let runs = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&runs);
    let handler = Handler::blocking(name, move |_, _| {
        count.fetch_add(1, Ordering::SeqCst);
        Ok(())
    });
    (handler, runs)
}

both_engines!(every_statement_is_accepted, world, |world| {
    world.assert_statements();
});

both_engines!(a_job_is_run_once_when_its_fact_is_committed_and_never_when_it_is_not, world, |world| {
    world.write(|tx| enqueue(tx, Job::new("greet", json!({})))).unwrap();
    let lost: Result<(), Error> = world.write(|tx| {
        enqueue(tx, Job::new("greet", json!({})))?;
        Err(Error::internal("the use case fails"))
    });
    assert!(lost.is_err());
    let (handler, runs) = counting("greet");
    let runner = runner(&world, vec![handler], vec![]);
    assert_eq!(runner.run_due().unwrap(), 1);
    assert_eq!(runner.run_due().unwrap(), 0);
    assert_eq!(runs.load(Ordering::SeqCst), 1);
});

both_engines!(a_second_job_with_the_same_key_is_not_added_while_the_first_waits, world, |world| {
    let add = |key: &'static str| world.write(move |tx| enqueue(tx, Job::new("greet", json!({})).key(key))).unwrap();
    assert!(add("a"));
    assert!(!add("a"));
    assert!(add("b"));
    let (handler, runs) = counting("greet");
    let runner = runner(&world, vec![handler], vec![]);
    assert_eq!(runner.run_due().unwrap(), 2);
    assert!(add("a"), "the first one is done, so a new one may come");
    assert_eq!(runner.run_due().unwrap(), 1);
    assert_eq!(runs.load(Ordering::SeqCst), 3);
});

both_engines!(a_job_for_later_waits_for_the_clock, world, |world| {
    let later = world.now().plus_hours(2);
    world.write(move |tx| enqueue(tx, Job::new("greet", json!({})).at(later))).unwrap();
    let (handler, _) = counting("greet");
    let runner = runner(&world, vec![handler], vec![]);
    assert_eq!(runner.run_due().unwrap(), 0);
    world.clock.advance_hours(3);
    assert_eq!(world.read(health).unwrap().oldest_due_seconds, 3_600);
    assert_eq!(runner.run_due().unwrap(), 1);
    assert_eq!(world.read(health).unwrap(), kernel_jobs::Health::default());
});

both_engines!(a_failed_job_is_tried_later_and_later_and_given_up_at_last, world, |world| {
    world.write(|tx| enqueue(tx, Job::new("fail", json!({})))).unwrap();
    let runs = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&runs);
    let handler = Handler::blocking("fail", move |context, _| {
        assert_eq!(context.attempt, 1 + count.fetch_add(1, Ordering::SeqCst) as i64);
        if context.attempt == 2 { panic!("even a panic is only a failed attempt") } else { Err(Error::internal("no")) }
    });
    let runner = runner(&world, vec![handler.attempts(3)], vec![]);
    for expected in 1..=3 {
        runner.run_due().unwrap();
        runner.run_due().unwrap();
        assert_eq!(runs.load(Ordering::SeqCst), expected, "the next attempt waits for its time");
        world.clock.advance_millis(61_000);
    }
    world.clock.advance_hours(24);
    runner.run_due().unwrap();
    assert_eq!(runs.load(Ordering::SeqCst), 3);
    let state = world.read(health).unwrap();
    assert_eq!((state.open, state.dead), (0, 1));
    assert_eq!(world.write(|tx| retry_dead(tx, "fail")).unwrap(), 1);
    assert_eq!(world.read(health).unwrap().open, 1);
});

both_engines!(the_effect_of_a_handler_in_the_transaction_is_undone_with_a_failed_attempt, world, |world| {
    world.write(|tx| enqueue(tx, Job::new("chain", json!({ "first": true })))).unwrap();
    let tries = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&tries);
    let handler = Handler::in_tx("chain", move |tx, body| {
        if body["first"] == true {
            enqueue(tx, Job::new("chain", json!({ "first": false })))?;
            if count.fetch_add(1, Ordering::SeqCst) == 0 {
                panic!("after the effect, before the commit")
            }
        }
        Ok(())
    });
    let runner = runner(&world, vec![handler], vec![]);
    assert_eq!(runner.run_due().unwrap(), 0, "nothing is left of the failed attempt");
    world.clock.advance_millis(15_000);
    assert_eq!(runner.run_due().unwrap(), 2, "the job and the one that it enqueued");
    assert_eq!(world.read(health).unwrap().open, 0);
});

both_engines!(a_job_without_a_handler_is_a_failure_that_shows, world, |world| {
    world.write(|tx| enqueue(tx, Job::new("unknown", json!({})))).unwrap();
    let runner = runner(&world, vec![], vec![]);
    assert_eq!(runner.run_due().unwrap(), 0);
    assert_eq!(world.read(health).unwrap().open, 1);
});

both_engines!(missed_runs_of_a_schedule_collapse_into_one, world, |world| {
    let (minute, minutes) = counting("every-minute");
    let (day, days) = counting("every-day");
    let schedules = vec![Schedule::every_minutes("every-minute", 1), Schedule::daily_at("every-day", 23, 55)];
    let runner = runner(&world, vec![minute, day], schedules);
    runner.run_due().unwrap();
    assert_eq!((minutes.load(Ordering::SeqCst), days.load(Ordering::SeqCst)), (1, 0));
    runner.run_due().unwrap();
    assert_eq!(minutes.load(Ordering::SeqCst), 1, "the minute is not over");
    world.clock.advance_hours(72);
    runner.run_due().unwrap();
    assert_eq!((minutes.load(Ordering::SeqCst), days.load(Ordering::SeqCst)), (2, 1));
    // A clock that went back far does not stop the schedule.
    world.clock.set(Instant::parse("2021-07-01T08:00").unwrap());
    runner.run_due().unwrap();
    world.clock.advance_millis(61_000);
    runner.run_due().unwrap();
    assert_eq!(minutes.load(Ordering::SeqCst), 3);
});

both_engines!(many_workers_run_every_job_exactly_once, world, |world| {
    for n in 0..40 {
        world.write(move |tx| enqueue(tx, Job::new("greet", json!({ "n": n })))).unwrap();
    }
    let (handler, runs) = counting("greet");
    let first = runner(&world, vec![handler.clone()], vec![]).spawn(2).unwrap();
    let second = runner(&world, vec![handler], vec![]).spawn(2).unwrap();
    let started = std::time::Instant::now();
    while world.read(health).unwrap().open > 0 {
        assert!(started.elapsed().as_secs() < 60, "the workers do not get on");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    first.stop();
    second.stop();
    assert_eq!(runs.load(Ordering::SeqCst), 40);
});

both_engines!(a_running_worker_is_woken_by_a_new_job, world, |world| {
    let (handler, runs) = counting("greet");
    let handle = runner(&world, vec![handler], vec![]).spawn(1).unwrap();
    // An idle worker looks once a second; one quick answer of five shows that it did not wait for that.
    let quick = (0..5).any(|round| {
        std::thread::sleep(std::time::Duration::from_millis(600));
        world.write(|tx| enqueue(tx, Job::new("greet", json!({})))).unwrap();
        let committed = std::time::Instant::now();
        while runs.load(Ordering::SeqCst) <= round {
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        committed.elapsed().as_millis() < 150
    });
    assert!(quick, "it waited for the next look");
    handle.stop();
});
