//! Who has rows for figures, who says what anyone may read, and which parts of level 4 really run.

use std::sync::Arc;

use kernel_contract::{MeasureSources, PublicBook};
use kernel_db::Ports;

/// Adds the ports of figures.
pub(crate) fn ports(ports: Ports) -> Ports {
    ports
        .with::<MeasureSources>(Arc::new(MeasureSources(vec![Arc::new(system_onestop::flow::DossierFigures)])))
        .with::<PublicBook>(Arc::new(PublicBook(vec![
        Arc::new(system_onestop::flow::PublicDossiers),
        Arc::new(system_directives::flow::PublicTasks),
    ])))
}
