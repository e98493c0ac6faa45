//! Stories of drafts, on both engines.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use kernel_base::{Kind, TypedId};
use kernel_contract::{DossierCode, DossierId};
use kernel_db::{Engine, Ports};
use kernel_org::{AccountId, OrgData, PersonId};
use kernel_testkit::{World, WorldOptions, both_engines};

use super::*;
use crate::{flow::publish_seed, model::DraftFile, seed};

/// Counts what is handed in; the one-stop itself is tested elsewhere.
#[derive(Debug, Default)]
struct Counter(AtomicI64);

impl DossierIntake for Counter {
    fn submit(&self, tx: &mut Tx<'_>, _actor: &Actor, submission: &Submission) -> Result<Receipt> {
        let number = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        let now = tx.now();
        Ok(Receipt {
            id: tx.new_id::<DossierId>(),
            code: DossierCode::new(&submission.agency, now.vietnam().date(), number),
            status: "submitted".to_owned(),
            submitted_at: now,
            reception_due: now.plus_hours(9),
            lookup_key: "ABCD2345".to_owned(),
            hash: "0".repeat(64),
        })
    }
}

fn world(engine: Engine) -> World {
    let ports = crate::ports(Ports::new()).with::<dyn DossierIntake>(Arc::new(Counter::default()));
    let migrations = [kernel_ledger::MIGRATIONS, kernel_org::MIGRATIONS, kernel_files::MIGRATIONS, crate::MIGRATIONS];
    let world = World::with(WorldOptions { engine, migrations: &migrations, ports, append_only: &[] });
    let mut org = OrgData::quang_nam_2021().unwrap();
    org.officers.clear();
    world.write(move |tx| kernel_org::seed(tx, &Actor::System, &org)).unwrap();
    let files: Vec<_> = seed::all().unwrap().into_iter().filter(|f| f.code == "1.001193").collect();
    world.write(move |tx| publish_seed(tx, &Actor::System, &files)).unwrap();
    world
}

fn person(digit: &str) -> Actor {
    Actor::Citizen(CitizenActor::own(
        AccountId::from_part(&digit.repeat(32)),
        PersonId::from_part(&digit.repeat(32)),
        String::new(),
    ))
}

/// A draft of a birth registration at the first commune.
fn begun(world: &World) -> String {
    world
        .write(|tx| {
            let agency = look(tx, "1.001193")?.agencies.first().map(|(id, _)| id.to_string()).unwrap_or_default();
            start_draft(tx, &person("a"), "1.001193", "", &agency)
        })
        .unwrap()
        .to_string()
}

fn save(world: &World, id: &str, page: Option<&str>, fields: &[(&str, &str)]) {
    let command = SaveFields {
        posted: fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
        page: page.map(str::to_owned),
        device: "phone".to_owned(),
        seen: None,
    };
    let id = id.to_owned();
    world.write(move |tx| save_fields(tx, &person("a"), &id, &command).map(|_| ())).unwrap();
}

fn file(number: u8) -> DraftFile {
    DraftFile {
        paper: "giay-chung-sinh".to_owned(),
        file: format!("fil_{}", format!("{number:x}").repeat(32)),
        name: "anh.jpg".to_owned(),
        pages: 1,
        size: 1_000,
        warnings: Vec::new(),
        reused: None,
        signature: None,
    }
}

/// Everything answered and the required paper attached.
fn completed(world: &World) -> String {
    let id = begun(world);
    let draft = id.clone();
    world
        .write(move |tx| {
            let mut view = look_draft(tx, &person("a"), &draft)?;
            let example = view.form.example().cloned().unwrap_or_default();
            view.draft.answers = example.as_object().cloned().unwrap_or_default();
            store::save_draft(tx, &view.draft)?;
            add_file(tx, &person("a"), &draft, file(1))
        })
        .unwrap();
    id
}

both_engines!(what_was_typed_is_there_again_and_only_for_its_owner, world, |world| {
    let id = begun(&world);
    save(&world, &id, None, &[("child_name", "Nguyễn Ngọc Ẩn")]);
    let (mine, other) = (id.clone(), id);
    let seen = world.read(move |tx| look_draft(tx, &person("a"), &mine)).unwrap();
    assert_eq!(seen.draft.answers.len(), 1);
    let refused = world.read(move |tx| look_draft(tx, &person("b"), &other).map(|_| ())).unwrap_err();
    assert_eq!(refused.kind, Kind::NotFound);
});

both_engines!(a_second_press_of_the_start_button_opens_the_same_empty_draft, world, |world| {
    let first = begun(&world);
    assert_eq!(begun(&world), first);
    save(&world, &first, None, &[("child_name", "Nguyễn Ngọc Ẩn")]);
    assert_ne!(begun(&world), first, "a draft with answers is not taken for another child");
});

both_engines!(handing_in_twice_gives_the_same_receipt_and_leaves_no_copy_of_the_answers, world, |world| {
    let id = completed(&world);
    let submit = |id: String| world.write(move |tx| submit_draft(tx, &person("a"), &id)).unwrap();
    let (first, second) = (submit(id.clone()), submit(id.clone()));
    assert_eq!(first, second);
    let kept = id.clone();
    let draft = world.read(move |tx| find(tx, &person("a"), &kept)).unwrap();
    assert!(draft.answers.is_empty() && draft.papers.is_empty() && draft.saved.is_empty());
    let changed = world.write(move |tx| add_file(tx, &person("a"), &id, file(2))).unwrap_err();
    assert_eq!((changed.kind, changed.code), (Kind::Conflict, "draft_submitted"));
});

both_engines!(an_unfinished_draft_is_refused_with_every_fault_and_stays, world, |world| {
    let id = begun(&world);
    save(&world, &id, None, &[("child_name", "Nguyễn Ngọc Ẩn")]);
    let wanted = id.clone();
    let refused = world.write(move |tx| submit_draft(tx, &person("a"), &wanted).map(|_| ())).unwrap_err();
    assert!(refused.fields.len() > 3, "{refused}");
    assert!(refused.fields.iter().any(|fault| fault.field == "papers.giay-chung-sinh"), "{refused}");
    let draft = world.read(move |tx| find(tx, &person("a"), &id)).unwrap();
    assert_eq!(draft.answers.len(), 1);
});

both_engines!(a_draft_is_deleted_thirty_days_after_its_last_change_and_not_before, world, |world| {
    let id = begun(&world);
    world.clock.advance_hours(29 * 24);
    save(&world, &id, None, &[("child_name", "Nguyễn Ngọc Ẩn")]);
    world.clock.advance_hours(29 * 24);
    assert_eq!(world.write(|tx| delete_expired_drafts(tx, 10)).unwrap(), 0);
    world.clock.advance_hours(25);
    assert_eq!(world.write(|tx| delete_expired_drafts(tx, 10)).unwrap(), 1);
    let gone = world.read(move |tx| find(tx, &person("a"), &id).map(|_| ())).unwrap_err();
    assert_eq!(gone.kind, Kind::NotFound);
});

both_engines!(a_paper_the_case_does_not_ask_for_is_not_taken, world, |world| {
    let id = begun(&world);
    let wrong = DraftFile { paper: "khac".to_owned(), ..file(1) };
    let refused = world.write(move |tx| add_file(tx, &person("a"), &id, wrong.clone())).unwrap_err();
    assert_eq!(refused.code, "paper_not_found");
});
