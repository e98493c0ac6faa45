//! What the level-4 pipeline asks of other systems.

use kernel_base::{AgencyId, Result};
use kernel_db::Tx;

/// Plays a service through with an invented person. Implemented by `onestop`; the caller takes the transaction back.
pub trait TrialRun: Send + Sync {
    /// What was done, a sentence for each step.
    ///
    /// # Errors
    /// What stopped it, in the words that a person would have read.
    fn run(&self, tx: &mut Tx<'_>, procedure: &str, agency: &AgencyId) -> Result<Vec<String>>;
}

/// Among the ports when fees are really paid online in this program: the part that takes payments adds it.
#[derive(Debug)]
pub struct OnlinePayment;
