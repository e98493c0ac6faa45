//! The public look-up of a dossier by code and key, beside one select of its row and nginx that serves the same bytes.

use crate::{
    Plan, http,
    nginx::Nginx,
    peer,
    report::{Report, Sample, beside, processor, processor_of},
    submit,
    town::Town,
    wire::Asked,
};

/// Connections of those who ask.
const CALLERS: usize = 16;

pub(crate) fn measure(town: &Town, plan: &Plan, report: &mut Report) {
    let code = submit::one(town);
    let key = town.text(&format!("SELECT lookup_key FROM dossiers WHERE code = '{code}'"));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (base, serving) = runtime.block_on(http::start(town));
    let address = base.trim_start_matches("http://").parse().expect("an address");
    let asked = Asked { address, path: format!("/api/v1/dossiers/{code}?key={key}") };
    let body = asked.body();
    let nginx = Nginx::serving(town.folder.path(), &[("status.json", &body)]);
    let file = nginx.asked("status.json");
    let (ours, its) = beside(
        plan.rounds,
        |_| Sample::timed(processor, || asked.load(CALLERS, plan.round)),
        |_| Sample::timed(|| processor_of(nginx.process()), || file.load(CALLERS, plan.round)),
    );
    let what = format!("status query by code and key, HTTP, {:.1} KB", body.len() as f64 / 1_000.0);
    report.pair(&what, town.engine_name(), ours, "nginx, the same bytes from a file", its);
    let select = [format!("SELECT * FROM dossiers WHERE home = '{}' AND code = '{code}'", town.parts.home)];
    let (ours, its) = beside(
        plan.rounds,
        |_| Sample::timed(processor, || asked.load(CALLERS, plan.round)),
        |_| peer::reads(town, plan, 8, &select),
    );
    serving.abort();
    report.pair(&what, town.engine_name(), ours, &format!("{}, one select of its row", peer::name(town)), its);
}
