//! Who has rows for figures, who says what anyone may read, and what waits for a signature.

use std::{fs, io::Write as _, sync::Arc};

use kernel_base::{Error, Instant, Result};
use kernel_contract::{MeasureSources, PublicBook, SignatureDesks, TrialRun};
use kernel_db::{Db, Ports};
use kernel_jobs::{Handler, Schedule};
use kernel_ledger::SigningKey;
use system_directives::{
    brief, metrics, pipeline,
    scoreboard::{file, model::Period},
};
use system_onestop::flow as onestop;

use crate::server::Parts;

/// Adds the ports of figures.
pub(crate) fn ports(ports: Ports) -> Ports {
    ports
        .with::<MeasureSources>(Arc::new(MeasureSources(vec![
            Arc::new(onestop::DossierFigures),
            Arc::new(system_services::FormFigures),
        ])))
        .with::<PublicBook>(Arc::new(PublicBook(vec![
            Arc::new(onestop::PublicDossiers),
            Arc::new(system_directives::flow::PublicTasks),
            Arc::new(pipeline::flow::PublicOfferings),
        ])))
        .with::<SignatureDesks>(Arc::new(SignatureDesks(vec![
            Arc::new(onestop::DossierDesk),
            Arc::new(brief::flow::LetterDesk),
            Arc::new(brief::flow::RatingDesk),
            Arc::new(brief::flow::PipelineDesk),
        ])))
        .with::<dyn TrialRun>(Arc::new(onestop::Rehearsal))
}

/// Background work of figures.
pub(crate) fn jobs(parts: &Parts) -> (Vec<Handler>, Vec<Schedule>) {
    let (signing, folder) = (Arc::clone(&parts.signing), parts.config.public_dir());
    let handlers = vec![
        Handler::in_tx(brief::jobs::JOB, |tx, _| brief::jobs::plan(tx).map(|_| ())),
        Handler::in_tx(brief::jobs::TELL, |tx, body| brief::jobs::tell(tx, body).map(|_| ())),
        Handler::in_tx("metrics.keep", |tx, _| metrics::flow::keep_yesterday(tx).map(|_| ())),
        Handler::blocking("scoreboard.publish", move |context, _| {
            let yesterday = context.db.clock().now().plus_hours(-24);
            publish(&context.db, &context.home, &signing, &folder, yesterday)
        }),
    ];
    let schedules = vec![
        Schedule::daily_at("metrics.keep", 0, 20),
        Schedule::daily_at("scoreboard.publish", 0, 30),
        Schedule::daily_at(brief::jobs::JOB, brief::jobs::HOUR, 0),
    ];
    (handlers, schedules)
}

/// Writes the public file of the month an instant falls in; a half-written file is never seen under its name.
pub(crate) fn publish(
    db: &Db,
    home: &kernel_base::Home,
    key: &SigningKey,
    folder: &std::path::Path,
    at: Instant,
) -> Result<()> {
    let period = Period::month_of(at);
    let failed = |e: std::io::Error| Error::unavailable(format!("{}: {e}", folder.display()));
    fs::create_dir_all(folder).map_err(failed)?;
    let name = folder.join(format!("{home}-{}.jsonl", period.code()));
    let unfinished = name.with_extension("unfinished");
    let mut out = std::io::BufWriter::new(fs::File::create(&unfinished).map_err(failed)?);
    file::write_month(db, home, key, period, &mut out)?;
    out.flush().map_err(failed)?;
    out.get_ref().sync_all().map_err(failed)?;
    fs::rename(&unfinished, &name).map_err(failed)
}
