//! Agencies, officers and delegations as dated rows, on both engines.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

use jiff::civil::{Date, date};
use kernel_base::{AgencyId, Instant, Kind, TypedId};
use kernel_db::{Engine, Tx};
use kernel_org::{
    Actor, Agency, AgencyKind, AgencyTier, NewDelegation, NewOfficer, OrgData, Replacement, Role, Seeded, agencies,
    agencies_below, agency, appoint, change_agency, counters_of, create_agency, delegate, end_term, grant_role,
    head_of, officer_by_account, officer_name, officers_of, replace_agency, responsible_agency, revoke_delegation,
    revoke_role, search_agencies, seed,
};
use kernel_testkit::{World, both_engines};

const OFFICE: &str = "000.00.01.H47";
const CENTRE: &str = "000.00.02.H47";
const TAM_KY: &str = "000.00.31.H47";
const TAN_THANH: &str = "000.01.31.H47";
const PHUOC_HOA: &str = "000.02.31.H47";

fn id(text: &str) -> AgencyId {
    AgencyId::parse(text).unwrap()
}

/// Everything that is needed of the province, without waiting for 1,700 officers.
fn few() -> OrgData {
    let mut data = OrgData::quang_nam_2021().unwrap();
    let known = [OFFICE, CENTRE, TAM_KY, TAN_THANH, PHUOC_HOA, "000.00.00.H47", "000.00.08.H47", "000.00.22.H47"];
    data.agencies.retain(|a| known.contains(&a.id.as_str()));
    data.counters.retain(|c| known.contains(&c.agency.as_str()));
    data.officers.retain(|o| known.contains(&o.agency.as_str()));
    data
}

fn store(world: &World, data: OrgData) -> Seeded {
    let mut total = Seeded::default();
    for chunk in data.chunks() {
        let new = world.write(move |tx| seed(tx, &Actor::System, &chunk)).unwrap();
        total.agencies += new.agencies;
        total.counters += new.counters;
        total.officers += new.officers;
    }
    total
}

fn world(engine: Engine) -> World {
    let world = World::new(engine, &[kernel_ledger::MIGRATIONS, kernel_org::MIGRATIONS]);
    store(&world, few());
    world
}

fn actor(world: &World, account: &'static str) -> Option<Actor> {
    world
        .read(move |tx| {
            let now = tx.now();
            officer_by_account(tx, account, now)
        })
        .unwrap()
        .map(Actor::Officer)
}

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn agency_at(world: &World, name: &'static str, when: &'static str) -> Option<Agency> {
    world.read(move |tx| agency(tx, &id(name), at(when))).unwrap()
}

both_engines!(every_statement_is_accepted, world, |world| {
    world.assert_statements();
});

fn empty(engine: Engine) -> World {
    World::new(engine, &[kernel_ledger::MIGRATIONS, kernel_org::MIGRATIONS])
}

both_engines!(the_whole_province_is_stored_once, empty, |world| {
    let data = OrgData::quang_nam_2021().unwrap();
    let officers = data.officers.len();
    let first = store(&world, data.clone());
    assert_eq!((first.agencies, first.officers), (282, officers));
    assert_eq!(store(&world, data), Seeded::default(), "the same again changes nothing");
    let all = world.read(|tx| agencies(tx, at("2021-07-26T08:00"))).unwrap();
    let of_tier = |tier: AgencyTier| all.iter().filter(|a| a.tier == tier).count();
    assert_eq!((of_tier(AgencyTier::District), of_tier(AgencyTier::Commune)), (18, 241));
    assert_eq!(of_tier(AgencyTier::Province), 22, "committee, office, centre, 19 departments");
    let addressed = |a: &&Agency| matches!(a.kind, AgencyKind::Department | AgencyKind::Office | AgencyKind::District);
    assert!((36..=38).contains(&all.iter().filter(addressed).count()), "units that plans and directives address");
    assert_eq!(all.first().unwrap().name, "Ủy ban nhân dân tỉnh Quảng Nam");
    let names: std::collections::HashSet<&str> = all.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(names.len(), all.len(), "no two agencies share a name");
});

both_engines!(departments_are_received_at_the_centre_and_communes_at_their_own_counter, world, |world| {
    let department = agency_at(&world, "000.00.08.H47", "2021-07-26T08:00").unwrap();
    assert_eq!(department.reception().as_str(), CENTRE);
    let commune = agency_at(&world, TAN_THANH, "2021-07-26T08:00").unwrap();
    assert_eq!(commune.reception().as_str(), TAN_THANH);
    assert_eq!(commune.unit_code.as_deref(), Some("20335"));
    assert!(commune.illustrative);
    let counters = world.read(|tx| counters_of(tx, &id(CENTRE), at("2021-07-26T08:00"))).unwrap();
    assert!(counters.iter().any(|c| c.serves.as_ref().map(AgencyId::as_str) == Some("000.00.08.H47")));
});

both_engines!(agencies_are_found_with_and_without_accents, world, |world| {
    for query in ["Tân Thạnh", "tan thanh", "phuong TAN thanh"] {
        let found = world.read(move |tx| search_agencies(tx, query, at("2021-07-26T08:00"))).unwrap();
        assert_eq!(found.iter().map(|a| a.id.as_str()).collect::<Vec<_>>(), [TAN_THANH], "{query}");
    }
    let below = world.read(|tx| agencies_below(tx, &id(TAM_KY), at("2021-07-26T08:00"))).unwrap();
    assert_eq!(below.len(), 2);
});

both_engines!(an_agency_has_its_facts_of_the_day_asked_for, world, |world| {
    assert!(agency_at(&world, "000.00.08.H47", "2025-02-28T23:59").is_some());
    assert!(agency_at(&world, "000.00.08.H47", "2025-03-01T00:00").is_none());
    assert!(agency_at(&world, "000.00.22.H47", "2025-02-28T23:59").is_none());
    let now = world.read(|tx| responsible_agency(tx, &id("000.00.08.H47"), at("2025-03-01T00:00"))).unwrap();
    assert_eq!(now.unwrap().name, "Sở Nông nghiệp và Môi trường");
});

both_engines!(an_officer_has_the_roles_of_the_day, world, |world| {
    let Some(Actor::Officer(clerk)) = actor(&world, "tiepnhan.20335") else { panic!("no clerk") };
    assert_eq!((clerk.agency.as_str(), clerk.roles.as_slice()), (TAN_THANH, [Role::Reception].as_slice()));
    let (day, next) = (date(2021, 8, 2), date(2021, 8, 9));
    let officer = clerk.officer.clone();
    world
        .write(move |tx| {
            grant_role(tx, &Actor::System, &officer, Role::Specialist, day)?;
            revoke_role(tx, &Actor::System, &officer, Role::Reception, next)
        })
        .unwrap();
    let roles =
        |when: Instant| world.read(move |tx| officer_by_account(tx, "tiepnhan.20335", when)).unwrap().unwrap().roles;
    assert_eq!(roles(at("2021-08-01T23:59")), [Role::Reception]);
    assert_eq!(roles(at("2021-08-02T00:00")), [Role::Reception, Role::Specialist]);
    assert_eq!(roles(at("2021-08-09T00:00")), [Role::Specialist]);
    let name = world.read(move |tx| officer_name(tx, clerk.officer.as_str())).unwrap();
    assert_eq!(name, Some(clerk.name));
});

both_engines!(a_successor_takes_office_and_the_head_signs_by_the_day, world, |world| {
    let Some(Actor::Officer(old)) = actor(&world, "lanhdao.20335") else { panic!("no leader") };
    let new = NewOfficer {
        account: "chutich.20335".to_owned(),
        name: "  Đặng  Thị Làm Mẫu ".to_owned(),
        title: "Chủ tịch".to_owned(),
        agency: id(TAN_THANH),
        rank: 1,
        roles: vec![Role::Leader],
        valid_from: date(2021, 9, 1),
        valid_to: None,
    };
    let appointed = new.clone();
    world
        .write(move |tx| {
            end_term(tx, &Actor::System, &old.officer, date(2021, 9, 1), "QĐ 12/QĐ-UBND")?;
            appoint(tx, &Actor::System, &appointed, "QĐ 13/QĐ-UBND")
        })
        .unwrap();
    let head = |when: Instant| world.read(move |tx| head_of(tx, &id(TAN_THANH), when)).unwrap().unwrap();
    assert_eq!(head(at("2021-08-31T23:59")).account, "lanhdao.20335");
    assert_eq!(head(at("2021-09-01T00:00")).name, "Đặng Thị Làm Mẫu");
    let twice = world.write(move |tx| appoint(tx, &Actor::System, &new, "QĐ 13/QĐ-UBND")).unwrap_err();
    assert_eq!(twice.kind, Kind::Conflict);
});

both_engines!(an_appointment_names_every_fault_at_once, world, |world| {
    let new = NewOfficer {
        account: "Chủ Tịch".to_owned(),
        name: String::new(),
        title: String::new(),
        agency: id(TAN_THANH),
        rank: 1,
        roles: vec![],
        valid_from: date(2021, 9, 1),
        valid_to: None,
    };
    let refused = world.write(move |tx| appoint(tx, &Actor::System, &new, "QĐ 1")).unwrap_err();
    let fields: Vec<&str> = refused.fields.iter().map(|f| f.field.as_str()).collect();
    assert_eq!(fields, ["account", "name", "title", "roles"]);
});

fn lend(
    world: &World,
    who: &Actor,
    roles: &[Role],
    from: &str,
    to: &str,
) -> kernel_base::Result<kernel_org::DelegationId> {
    let of = |account| actor(world, account).unwrap().officer().unwrap().officer.clone();
    let new = NewDelegation {
        from: of("lanhdao.20335"),
        to: of("phutrach.20335"),
        roles: roles.to_vec(),
        valid_from: at(from),
        valid_to: at(to),
        reason: "Đi công tác".to_owned(),
    };
    let who = who.clone();
    world.write(move |tx| delegate(tx, &who, &new))
}

both_engines!(a_delegation_is_honoured_within_its_period_and_until_it_is_revoked, world, |world| {
    let leader = actor(&world, "lanhdao.20335").unwrap();
    let delegation = lend(&world, &leader, &[Role::Leader], "2021-07-27T08:00", "2021-07-30T17:00").unwrap();
    let lent = |when: Instant| {
        let deputy = world.read(move |tx| officer_by_account(tx, "phutrach.20335", when)).unwrap().unwrap();
        deputy.acting_for.iter().map(|d| d.roles.clone()).collect::<Vec<_>>()
    };
    assert_eq!(lent(at("2021-07-27T07:59")), Vec::<Vec<Role>>::new());
    assert_eq!(lent(at("2021-07-27T08:00")), [[Role::Leader]]);
    assert_eq!(lent(at("2021-07-30T16:59")), [[Role::Leader]]);
    assert_eq!(lent(at("2021-07-30T17:00")), Vec::<Vec<Role>>::new());
    world.clock.set(at("2021-07-28T08:00"));
    world.write(move |tx| revoke_delegation(tx, &leader, &delegation, "Về sớm")).unwrap();
    assert_eq!(lent(at("2021-07-28T08:01")), Vec::<Vec<Role>>::new());
    assert_eq!(lent(at("2021-07-27T09:00")), [[Role::Leader]], "what was done before stays covered");
});

both_engines!(nobody_lends_what_is_not_his, world, |world| {
    let leader = actor(&world, "lanhdao.20335").unwrap();
    let (from, to) = ("2021-07-27T08:00", "2021-07-30T17:00");
    assert_eq!(lend(&world, &leader, &[Role::Reception], from, to).unwrap_err().fields[0].field, "roles");
    assert_eq!(lend(&world, &leader, &[Role::Leader], to, from).unwrap_err().fields[0].field, "valid_to");
    let clerk = actor(&world, "tiepnhan.20335").unwrap();
    assert_eq!(lend(&world, &clerk, &[Role::Leader], from, to).unwrap_err().kind, Kind::Forbidden);
    let administrator = actor(&world, "quantri").unwrap();
    lend(&world, &administrator, &[Role::Leader], from, to).unwrap();
});

both_engines!(a_delegation_ends_with_the_term_of_the_lender, world, |world| {
    let leader = actor(&world, "lanhdao.20335").unwrap();
    lend(&world, &leader, &[Role::Leader], "2021-07-27T08:00", "2021-07-30T17:00").unwrap();
    let officer = leader.officer().unwrap().officer.clone();
    world.write(move |tx| end_term(tx, &Actor::System, &officer, date(2021, 7, 28), "QĐ 5")).unwrap();
    let lent = |when: Instant| {
        world.read(move |tx| officer_by_account(tx, "phutrach.20335", when)).unwrap().unwrap().acting_for.len()
    };
    assert_eq!((lent(at("2021-07-27T23:59")), lent(at("2021-07-28T00:00"))), (1, 0));
});

fn merge(tx: &mut Tx<'_>, day: Date) -> kernel_base::Result<kernel_org::Replaced> {
    let change = Replacement {
        old: &id(PHUOC_HOA),
        successor: &id(TAN_THANH),
        day,
        decision: "Nghị quyết sắp xếp đơn vị hành chính",
        move_officers: true,
    };
    replace_agency(tx, &Actor::System, &change)
}

both_engines!(a_merged_agency_names_its_successor_and_moves_its_officers, world, |world| {
    let done = world.write(|tx| merge(tx, date(2021, 10, 1))).unwrap();
    assert_eq!((done.dependents.len(), done.officers), (0, 6));
    assert!(agency_at(&world, PHUOC_HOA, "2021-09-30T23:59").is_some());
    assert!(agency_at(&world, PHUOC_HOA, "2021-10-01T00:00").is_none());
    let heir = world.read(|tx| responsible_agency(tx, &id(PHUOC_HOA), at("2021-10-01T00:00"))).unwrap().unwrap();
    assert_eq!(heir.id.as_str(), TAN_THANH);
    let count = |when: Instant| world.read(move |tx| officers_of(tx, &id(TAN_THANH), when)).unwrap().len();
    assert_eq!((count(at("2021-09-30T23:59")), count(at("2021-10-01T00:00"))), (6, 12));
    let clerk = world.read(|tx| officer_by_account(tx, "tiepnhan.20338", at("2021-10-01T00:00"))).unwrap().unwrap();
    assert_eq!((clerk.agency.as_str(), clerk.roles.as_slice()), (TAN_THANH, [Role::Reception].as_slice()));
    assert_eq!(world.write(|tx| merge(tx, date(2021, 10, 1))).unwrap_err().fields[0].field, "old");
});

both_engines!(agencies_below_a_replaced_one_go_to_its_successor, world, |world| {
    let done = world
        .write(|tx| {
            let change = Replacement {
                old: &id(TAM_KY),
                successor: &id("000.00.00.H47"),
                day: date(2025, 7, 1),
                decision: "Bỏ cấp huyện",
                move_officers: false,
            };
            replace_agency(tx, &Actor::System, &change)
        })
        .unwrap();
    assert_eq!(done.dependents.len(), 2);
    let parent = |when| agency_at(&world, TAN_THANH, when).unwrap().parent.unwrap().to_string();
    assert_eq!(parent("2025-06-30T23:59"), TAM_KY);
    assert_eq!(parent("2025-07-01T00:00"), "000.00.00.H47");
});

both_engines!(an_agency_is_created_and_renamed_by_decision, world, |world| {
    let mut new = agency_at(&world, TAN_THANH, "2021-07-26T08:00").unwrap();
    new.id = id("000.99.31.H47");
    new.name = "Ủy ban nhân dân phường Thí Dụ".to_owned();
    new.valid_from = date(2021, 8, 1);
    let (create, again) = (new.clone(), new.clone());
    assert!(world.write(move |tx| create_agency(tx, &Actor::System, &create, " ")).is_err(), "a decision is needed");
    let create = new.clone();
    world.write(move |tx| create_agency(tx, &Actor::System, &create, "NQ 1")).unwrap();
    assert_eq!(
        world.write(move |tx| create_agency(tx, &Actor::System, &again, "NQ 1")).unwrap_err().kind,
        Kind::Conflict
    );
    new.name = "Ủy ban nhân dân phường Ví Dụ".to_owned();
    world.write(move |tx| change_agency(tx, &Actor::System, &new, date(2021, 9, 1), "NQ 2")).unwrap();
    let name = |when| agency_at(&world, "000.99.31.H47", when).unwrap().name;
    assert_eq!(name("2021-08-31T23:59"), "Ủy ban nhân dân phường Thí Dụ");
    assert_eq!(name("2021-09-01T00:00"), "Ủy ban nhân dân phường Ví Dụ");
});

both_engines!(only_an_administrator_edits_the_organisation, world, |world| {
    let leader = actor(&world, "lanhdao.20335").unwrap();
    let refused = world.write(move |tx| seed(tx, &leader, &OrgData::default())).unwrap_err();
    assert_eq!(refused.kind, Kind::Forbidden);
    let administrator = actor(&world, "quantri").unwrap();
    world.write(move |tx| seed(tx, &administrator, &OrgData::default())).unwrap();
});

both_engines!(every_change_of_the_organisation_is_an_event_without_names, world, |world| {
    world.write(|tx| merge(tx, date(2021, 10, 1))).unwrap();
    let subject = format!("agency:{PHUOC_HOA}");
    let events = world.read(move |tx| kernel_ledger::history(tx, &subject)).unwrap();
    assert_eq!(events.iter().map(|e| e.kind.as_str()).collect::<Vec<_>>(), ["agency.replaced"]);
    let clerk = world.read(|tx| officer_by_account(tx, "tiepnhan.20338", at("2021-10-01T00:00"))).unwrap().unwrap();
    let subject = format!("officer:{}", clerk.officer);
    let moved = world.read(move |tx| kernel_ledger::history(tx, &subject)).unwrap();
    assert_eq!(moved.first().map(|e| e.kind.as_str()), Some("officer.moved"));
    let text = serde_json::to_string(&(events, moved)).unwrap();
    assert!(!text.contains(&clerk.name), "{text}");
    let report = world.read(|tx| kernel_ledger::verify(tx, &[], &[])).unwrap();
    assert!(report.is_clean(), "{:?}", report.findings);
});
