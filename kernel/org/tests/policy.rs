//! The policy: the whole matrix as a snapshot, and what it means for actors.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::fmt::Write as _;

use kernel_base::{AgencyId, Instant, Kind, TypedId};
use kernel_org::{
    AccountId, ActingFor, Action, Actor, CitizenActor, DelegationId, OfficerActor, OfficerId, Resource, Role, allow,
    permitted,
    policy::{Who, scopes_of},
};

fn agency(text: &str) -> AgencyId {
    AgencyId::parse(text).unwrap()
}

fn settling() -> AgencyId {
    agency("000.00.12.H47")
}

fn centre() -> AgencyId {
    agency("000.00.02.H47")
}

fn elsewhere() -> AgencyId {
    agency("000.01.31.H47")
}

fn part<I: TypedId>(digit: char) -> I {
    I::from_part(&digit.to_string().repeat(32))
}

fn officer_actor(at: AgencyId, roles: &[Role]) -> OfficerActor {
    OfficerActor {
        officer: part('1'),
        account: "chuyenvien.stttt".to_owned(),
        name: "Lê Văn Ví Dụ".to_owned(),
        title: "Chuyên viên".to_owned(),
        agency: at,
        roles: roles.to_vec(),
        acting_for: Vec::new(),
    }
}

fn officer(at: AgencyId, role: Role) -> Actor {
    Actor::Officer(officer_actor(at, &[role]))
}

fn citizen(digit: char) -> Actor {
    Actor::Citizen(CitizenActor::own(part(digit), part(digit), String::new()))
}

/// A department's dossier, received at the centre, handed in by citizen `a`.
fn dossier() -> Resource {
    Resource::dossier(settling(), centre(), settling(), part::<AccountId>('a').as_str())
}

#[test]
fn the_whole_matrix_is_the_one_that_was_reviewed() {
    let mut matrix = format!("{:<28}", "action");
    for who in Who::ALL {
        write!(matrix, "{:<24}", who.as_str()).unwrap();
    }
    matrix.push('\n');
    for action in Action::ALL {
        write!(matrix, "{:<28}", action.as_str()).unwrap();
        for who in Who::ALL {
            let scopes: Vec<&str> = scopes_of(who, *action).into_iter().map(|scope| scope.as_str()).collect();
            let cell = if scopes.is_empty() { "-".to_owned() } else { scopes.join("+") };
            write!(matrix, "{cell:<24}").unwrap();
        }
        matrix.push('\n');
    }
    let matrix: Vec<&str> = matrix.lines().map(str::trim_end).collect();
    insta::assert_snapshot!(matrix.join("\n"));
}

#[test]
fn an_officer_of_another_agency_is_told_that_the_dossier_does_not_exist() {
    for role in [Role::Reception, Role::Specialist, Role::Head, Role::Leader] {
        for action in Action::ALL {
            if let Err(refused) = allow(&officer(elsewhere(), role), *action, &dossier()) {
                assert_eq!(refused.kind, Kind::NotFound, "{role} {action}");
            } else {
                panic!("{role} at another agency may {action}");
            }
        }
    }
}

#[test]
fn who_may_see_but_not_act_is_told_so() {
    let refused = allow(&officer(settling(), Role::Specialist), Action::DossierApprove, &dossier()).unwrap_err();
    assert_eq!(refused.kind, Kind::Forbidden);
    let refused = allow(&officer(elsewhere(), Role::Leader), Action::CatalogueEdit, &Resource::province()).unwrap_err();
    assert_eq!(refused.kind, Kind::Forbidden, "the catalogue is no secret");
}

#[test]
fn the_centre_receives_for_the_department_but_does_not_settle() {
    let clerk = officer(centre(), Role::Reception);
    for action in [Action::DossierRead, Action::DossierAccept, Action::DossierRefuse, Action::DossierHandover] {
        allow(&clerk, action, &dossier()).unwrap();
    }
    assert!(!permitted(&clerk, Action::DossierDraft, &dossier()));
    assert!(!permitted(&officer(centre(), Role::Leader), Action::DossierApprove, &dossier()));
    assert!(permitted(&officer(settling(), Role::Leader), Action::DossierApprove, &dossier()));
}

#[test]
fn only_the_owner_sees_his_dossier_among_citizens() {
    allow(&citizen('a'), Action::DossierRead, &dossier()).unwrap();
    allow(&citizen('a'), Action::DossierWithdraw, &dossier()).unwrap();
    assert_eq!(allow(&citizen('a'), Action::DossierAccept, &dossier()).unwrap_err().kind, Kind::Forbidden);
    assert_eq!(allow(&citizen('b'), Action::DossierRead, &dossier()).unwrap_err().kind, Kind::NotFound);
    let at_the_counter = Resource::dossier(settling(), centre(), settling(), "");
    assert_eq!(allow(&citizen('a'), Action::DossierRead, &at_the_counter).unwrap_err().kind, Kind::NotFound);
}

#[test]
fn a_consulted_agency_reads_and_answers_and_nothing_else() {
    let asked = dossier().consulted([elsewhere()]);
    let specialist = officer(elsewhere(), Role::Specialist);
    let may: Vec<&str> =
        Action::ALL.iter().filter(|a| permitted(&specialist, **a, &asked)).map(|a| a.as_str()).collect();
    assert_eq!(may, ["dossier.read", "consultation.answer"]);
    assert!(!permitted(&specialist, Action::DossierRead, &dossier()));
}

#[test]
fn the_holder_acts_on_what_was_forwarded_to_it() {
    let forwarded = Resource::dossier(settling(), centre(), elsewhere(), "");
    assert!(permitted(&officer(elsewhere(), Role::Specialist), Action::DossierForward, &forwarded));
    assert!(permitted(&officer(settling(), Role::Specialist), Action::DossierRead, &forwarded));
}

#[test]
fn an_administrator_keeps_the_rules_and_sees_no_dossier() {
    let administrator = officer(agency("000.00.01.H47"), Role::Administrator);
    allow(&administrator, Action::OrgEdit, &Resource::province()).unwrap();
    assert_eq!(allow(&administrator, Action::DossierRead, &dossier()).unwrap_err().kind, Kind::NotFound);
}

#[test]
fn a_delegated_role_counts_at_the_agency_of_the_lender() {
    let mut deputy = officer_actor(elsewhere(), &[Role::Specialist]);
    assert!(!permitted(&Actor::Officer(deputy.clone()), Action::DossierApprove, &dossier()));
    deputy.acting_for.push(ActingFor {
        delegation: part::<DelegationId>('d'),
        officer: part::<OfficerId>('2'),
        name: "Trần Thị Minh Họa".to_owned(),
        agency: settling(),
        roles: vec![Role::Leader],
        until: Instant::parse("2021-08-01T00:00").unwrap(),
    });
    assert!(deputy.delegation_for(&settling(), Role::Leader).is_some());
    let deputy = Actor::Officer(deputy);
    assert!(permitted(&deputy, Action::DossierApprove, &dossier()));
    assert!(!permitted(&deputy, Action::DossierDraft, &dossier()), "the own role counts at the own agency only");
    let at_home = Resource::dossier(elsewhere(), elsewhere(), elsewhere(), "");
    assert!(!permitted(&deputy, Action::DossierApprove, &at_home), "the lent role counts at the lender's agency only");
}

#[test]
fn nobody_is_allowed_what_the_table_does_not_say() {
    let nobody = Actor::Officer(officer_actor(settling(), &[]));
    assert!(Action::ALL.iter().all(|action| !permitted(&nobody, *action, &dossier())));
}
