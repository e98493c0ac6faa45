//! The one place that names all systems.

use axum::Router;
use kernel_base::Result;
use kernel_db::{Migration, Ports, Tx};
use kernel_jobs::{Handler, Schedule, Subscriptions};
use kernel_org::{AccountId, Role};
use kernel_web::{Audience, NavItem, Web};
use utoipa::openapi::OpenApi;

use crate::server::Parts;

/// Tables of kernel and systems, in the order in which they are made.
#[must_use]
pub fn migrations() -> Vec<Migration> {
    [
        kernel_ledger::MIGRATIONS,
        kernel_jobs::MIGRATIONS,
        kernel_org::MIGRATIONS,
        kernel_obligations::MIGRATIONS,
        kernel_files::MIGRATIONS,
        kernel_signatures::MIGRATIONS,
        kernel_web::MIGRATIONS,
        kernel_notify::MIGRATIONS,
        system_services::MIGRATIONS,
        system_onestop::MIGRATIONS,
        system_once::MIGRATIONS,
        system_directives::MIGRATIONS,
        system_payments::MIGRATIONS,
    ]
    .concat()
}

/// Tables whose rows the running server may add but never change or remove.
pub const APPEND_ONLY: &[&str] = &["events", "leaves", "tree_nodes", "roots", "daily_roots", "reads"];

/// Who wants to know of what: kind of an event, e.g. of `kernel_contract::DossierMoved`, and the job that is given it.
const SUBSCRIPTIONS: &[(&str, &str)] = &[(kernel_contract::RUNG_CLIMBED, system_directives::RUNG_JOB)];

/// Job that tells the owner of an event of his dossier.
const TELL_OWNER: &str = "onestop.tell_owner";

/// Implementations of the ports of `kernel/contract`.
#[must_use]
pub fn ports(settings: kernel_contract::Settings, notify: kernel_notify::Notify) -> Ports {
    let told = system_onestop::flow::TOLD.iter().map(|kind| (*kind, TELL_OWNER));
    let ports = Ports::new()
        .with::<kernel_contract::Settings>(std::sync::Arc::new(settings))
        .with::<dyn kernel_contract::Notices>(std::sync::Arc::new(notify))
        .with::<Subscriptions>(std::sync::Arc::new(Subscriptions::new(told.chain(SUBSCRIPTIONS.iter().copied()))))
        .with::<dyn kernel_contract::SignOnFacts>(std::sync::Arc::new(kernel_web::accounts::ClaimsOfSignOns))
        .with::<dyn kernel_org::SignIns>(std::sync::Arc::new(kernel_web::accounts::SessionsOfAccounts))
        .with::<dyn kernel_contract::AccountHoldings>(std::sync::Arc::new(Holdings));
    let ports = system_onestop::ports(system_services::ports(ports));
    let people = [
        kernel_notify::personal_data(),
        system_services::personal_data(),
        system_payments::personal_data(),
        system_onestop::personal_data(),
    ]
    .concat();
    crate::figures::ports(system_payments::ports(system_directives::ports(system_once::ports(ports, people))))
}

/// What belongs to an account in all systems.
#[derive(Debug)]
struct Holdings;

impl kernel_contract::AccountHoldings for Holdings {
    fn hand_over(&self, tx: &mut Tx<'_>, from: &AccountId, to: &AccountId) -> Result<()> {
        system_services::hand_over_drafts(tx, from, to)?;
        system_once::hand_over(tx, from, to)?;
        kernel_notify::hand_over(tx, from, to)?;
        system_payments::flow::hand_over_payments(tx, from, to)?;
        system_onestop::flow::hand_over_dossiers(tx, from, to)
    }
}

/// Routes of every system.
pub fn routes() -> Router<Web> {
    kernel_web::routes()
        .merge(kernel_notify::routes())
        .merge(system_services::routes())
        .merge(system_onestop::routes())
        .merge(system_once::routes())
        .merge(system_directives::routes())
        .merge(system_payments::routes())
}

/// The OpenAPI document of every system.
#[must_use]
pub fn openapi() -> OpenApi {
    use utoipa::OpenApi as _;
    let mut doc = crate::openapi::Base::openapi();
    doc.merge(kernel_web::TokensApi::openapi());
    doc.merge(kernel_notify::Doc::openapi());
    doc.merge(system_services::Doc::openapi());
    doc.merge(system_onestop::Doc::openapi());
    doc.merge(system_once::Doc::openapi());
    doc.merge(system_directives::Doc::openapi());
    doc.merge(system_directives::scoreboard::openapi());
    doc.merge(system_payments::Doc::openapi());
    doc
}

/// The same as text.
#[must_use]
pub fn openapi_json() -> String {
    openapi().to_pretty_json().unwrap_or_default()
}

/// Message files of kernel and systems.
#[must_use]
pub fn messages() -> Vec<(&'static str, &'static str)> {
    vec![
        kernel_web::MESSAGES,
        kernel_notify::MESSAGES,
        system_services::MESSAGES,
        system_onestop::MESSAGES,
        system_once::MESSAGES,
        system_directives::MESSAGES,
        system_directives::BOARD_MESSAGES,
        system_payments::MESSAGES,
        (include_str!("../i18n/vi.toml"), include_str!("../i18n/en.toml")),
    ]
}

/// Who works on dossiers, and who on tasks: an administrator does neither, the counter has no tasks.
const DESKS: &[Role] = &[Role::Reception, Role::Specialist, Role::Head, Role::Leader];
const TASKS: &[Role] = &[Role::Specialist, Role::Head, Role::Leader];

/// Links of the header; nobody is shown one that is closed to him.
#[must_use]
pub fn nav() -> Vec<NavItem> {
    let link = |key, href, audience| NavItem { key, href, audience };
    vec![
        link("app.nav.mine", "/my", Audience::Citizens),
        link("app.nav.procedures", "/search", Audience::Public),
        link("app.nav.look_up", "/tra-cuu", Audience::Public),
        link("notify.nav.messages", "/messages", Audience::Citizens),
        link("once.title", "/my/data", Audience::Citizens),
        link("brief.nav.brief", "/staff/brief", Audience::With(Role::Leader)),
        link("app.nav.sign", "/staff/sign", Audience::With(Role::Leader)),
        link("app.nav.inbox", "/staff", Audience::Having(DESKS)),
        link("onestop.nav.today", "/staff/today", Audience::Having(DESKS)),
        link("app.nav.receive", "/staff/receive", Audience::With(Role::Reception)),
        link("directives.nav.tasks", "/staff/tasks", Audience::Having(TASKS)),
        link("directives.nav.letters", "/staff/letters", Audience::With(Role::Leader)),
        link("pipeline.nav.waiting", "/staff/pipeline", Audience::With(Role::Leader)),
        link("app.nav.consultations", "/staff/consultations", Audience::Having(DESKS)),
        link("app.nav.register", "/staff/register", Audience::With(Role::Reception)),
        link("payments.nav.money", "/staff/payments", Audience::With(Role::Leader)),
        link("app.nav.catalogue", "/staff/catalogue", Audience::With(Role::Administrator)),
        link("notify.nav.log", "/staff/deliveries", Audience::With(Role::Administrator)),
        link("notify.nav.messages", "/messages", Audience::Staff),
        link("board.nav.board", "/scoreboard", Audience::Everyone),
        link("demo.accounts.nav", "/demo/accounts", Audience::Demo),
        link("demo.clock.nav", "/demo/clock", Audience::Demo),
    ]
}

/// The jobs that sign; without a signing service they leave what waits.
fn signing_jobs(parts: &Parts) -> Vec<Handler> {
    let services = crate::signing::services(&parts.config, &parts.trust);
    let (own, files) = (services.clone(), parts.files.clone());
    let sign = Handler::blocking(kernel_contract::SIGN_JOB, move |context, body| match &own {
        Some(services) => system_onestop::jobs::sign(context, &files, services, body),
        None => Ok(()),
    });
    let files = parts.files.clone();
    let sweep = Handler::blocking("onestop.sign_waiting", move |context, _| match &services {
        Some(services) => system_onestop::jobs::sign_waiting(context, &files, services),
        None => Ok(()),
    });
    let files = parts.files.clone();
    let print = Handler::blocking("onestop.print_slip", move |context, body| {
        system_onestop::jobs::print_slip(context, &files, body)
    });
    let files = parts.files.clone();
    let letters = Handler::blocking(system_directives::PRINT_JOB, move |context, body| {
        system_directives::jobs::print(context, &files, body)
    });
    vec![sign, sweep.lock_minutes(30), print, letters]
}

/// Background work of kernel and systems.
#[must_use]
pub fn jobs(parts: &Parts) -> (Vec<Handler>, Vec<Schedule>) {
    let signing = std::sync::Arc::clone(&parts.signing);
    let roots = parts.config.roots_dir();
    let files = parts.files.clone();
    let (paying, pay_times) = system_payments::jobs::jobs(&parts.gateways);
    let mut handlers = vec![
        Handler::blocking("ledger.seal", |context, _| {
            kernel_ledger::seal_waiting(&context.db, &context.home).map(|_| ())
        }),
        Handler::blocking("ledger.publish", move |context, _| {
            kernel_ledger::hand_out_daily_root(&context.db, &context.home, &signing, &roots).map(|_| ())
        }),
        Handler::blocking(crate::escalation::JOB, |context, _| crate::escalation::climb(context)),
        Handler::in_tx(system_directives::RUNG_JOB, system_directives::flow::on_rung),
        Handler::in_tx(system_directives::TELL_JOB, system_directives::flow::tell_of),
        Handler::in_tx("onestop.apologies", |tx, _| system_onestop::flow::draft_due_apologies(tx, 200).map(|_| ())),
        Handler::in_tx("services.drafts", |tx, _| {
            system_services::delete_old_batches(tx)?;
            system_services::delete_expired_drafts(tx, 500).map(|_| ())
        }),
        Handler::in_tx("once.erasures", |tx, _| system_once::finish_erasures(tx, 50).map(|_| ())),
        Handler::in_tx(system_once::TELL_LOOKS, |tx, body| system_once::tell_looks(tx, body).map(|_| ())),
        Handler::in_tx("web.clean", |tx, _| {
            let day_before = tx.now().plus_hours(-24);
            kernel_web::accounts::delete_expired(tx, day_before).map(|_| ())
        }),
        Handler::blocking("files.clean", move |context, _| files.sweep(&context.db, &context.home).map(|_| ())),
    ];
    handlers.extend(signing_jobs(parts));
    handlers.extend(kernel_notify::handlers(&parts.notify));
    handlers.extend(notices());
    let mut schedules = vec![
        Schedule::every_minutes("ledger.seal", 1),
        Schedule::daily_at("ledger.publish", 0, 5),
        Schedule::every_minutes(crate::escalation::JOB, 1),
        Schedule::every_minutes("onestop.apologies", 5),
        Schedule::every_minutes("onestop.sign_waiting", 1),
        Schedule::daily_at("services.drafts", 1, 15),
        Schedule::daily_at("once.erasures", 1, 45),
        Schedule::every_minutes("web.clean", 60),
        Schedule::daily_at("files.clean", 2, 30),
        Schedule::daily_at("notify.clean", 2, 45),
        Schedule::daily_at("services.warn", 8, 0),
        Schedule::daily_at(system_once::TELL_LOOKS, 7, 30),
        Schedule::daily_at("onestop.morning", 7, 0),
    ];
    if parts.demonstration {
        handlers.push(Handler::in_tx(crate::demo::LETTER_JOB, |tx, _| crate::demo::letter_arrives(tx)));
        schedules.push(Schedule::every_minutes(crate::demo::LETTER_JOB, 1));
    }
    let (more, when) = crate::figures::jobs(parts);
    for (handler, schedule) in [(paying, pay_times), (more, when)] {
        handlers.extend(handler);
        schedules.extend(schedule);
    }
    (handlers, schedules)
}

/// Who is told of dossiers.
fn notices() -> Vec<Handler> {
    let unreadable = |error: serde_json::Error| kernel_base::Error::internal(format!("job: {error}"));
    vec![
        Handler::in_tx(TELL_OWNER, move |tx, body| {
            let moved = serde_json::from_value(body.clone()).map_err(unreadable)?;
            system_onestop::flow::tell_owner(tx, &moved)
        }),
        Handler::in_tx("services.warn", |tx, _| system_services::warn_of_expiring_drafts(tx, 500).map(|_| ())),
        Handler::in_tx("onestop.morning", |tx, _| system_onestop::flow::plan_summaries(tx).map(|_| ())),
        Handler::in_tx(system_onestop::flow::SUMMARY, move |tx, body| {
            let (agency, day): (kernel_base::AgencyId, String) =
                serde_json::from_value(serde_json::json!([body.get("agency"), body.get("day")])).map_err(unreadable)?;
            system_onestop::flow::summarise(tx, &agency, &day).map(|_| ())
        }),
    ]
}

#[cfg(test)]
mod tests {
    use super::APPEND_ONLY;

    #[test]
    fn what_the_kernel_only_adds_to_the_server_only_adds_to() {
        let all = [kernel_ledger::APPEND_ONLY, kernel_org::reads::APPEND_ONLY].concat();
        assert_eq!(APPEND_ONLY, all);
    }
}
