//! The signing services of the demonstration: a simulator over HTTP on this machine, and trust in its root.

use std::sync::Arc;

use gateway_signing::simulator::Simulator;
use kernel_base::{Clock, Error, Result};

use crate::{clock::DemoClock, config::Config};

/// Starts the simulator and puts its addresses and its root into the settings. It ends when it is dropped.
///
/// # Errors
/// A directory that cannot be written.
pub fn signatures(config: &mut Config, clock: &Arc<DemoClock>) -> Result<Simulator> {
    let broken = |e: std::io::Error| Error::unavailable(format!("signing simulator: {e}"));
    std::fs::create_dir_all(&config.data).map_err(broken)?;
    let keys = config.data.join("signing-simulator.json");
    let simulator = Simulator::start("127.0.0.1:0", Arc::clone(clock) as Arc<dyn Clock>, Some(&keys))?;
    let trust = config.trust_dir();
    std::fs::create_dir_all(&trust).map_err(broken)?;
    std::fs::write(trust.join("test-root.pem"), simulator.authority().root_pem()).map_err(broken)?;
    let lists = simulator.authority().lists(clock.now())?;
    for (name, list) in ["test-issuing.crl", "test-root.crl"].into_iter().zip(lists) {
        std::fs::write(trust.join(name), list).map_err(broken)?;
    }
    config.signing_service = simulator.url();
    config.timestamp_service = simulator.stamp_url();
    Ok(simulator)
}
