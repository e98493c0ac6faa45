//! Counters of one-stops.

use jiff::civil::Date;
use kernel_base::{AgencyId, Instant, Result};
use kernel_db::Tx;
use serde::{Deserialize, Serialize};

use crate::{agency::day_of, store};

/// A counter (quầy) where dossiers are received and results handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counter {
    /// The agency's identifier and a number: `000.00.02.H47/03`.
    pub id: String,
    /// Where it stands.
    pub agency: AgencyId,
    /// The agency it receives for; `None` = the one it stands at.
    #[serde(default)]
    pub serves: Option<AgencyId>,
    pub name: String,
    pub valid_from: Date,
    /// Day after the last one in use.
    #[serde(default)]
    pub valid_to: Option<Date>,
}

/// The counters of a one-stop at `at`, by number.
///
/// # Errors
/// Those of the database.
pub fn counters_of(tx: &mut Tx<'_>, agency: &AgencyId, at: Instant) -> Result<Vec<Counter>> {
    store::counters_of(tx, agency, day_of(at))
}
