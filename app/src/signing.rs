//! Signatures of an installation: the services from the settings, and whom it trusts.

use std::{path::Path, sync::Arc, time::Duration};

use gateway_signing::{HttpTimeStamp, RemoteSigner};
use kernel_base::{Error, Result, Words};
use kernel_signatures::Trust;
use system_onestop::jobs::Services;

use crate::config::Config;

/// Longest wait for one answer of a service.
const PATIENCE: Duration = Duration::from_secs(15);

/// The services, or `None` when no signing service is set.
#[must_use]
pub fn services(config: &Config, trust: &Arc<Trust>) -> Option<Services> {
    if config.signing_service.is_empty() {
        return None;
    }
    Some(Services {
        signer: Arc::new(RemoteSigner::new(&config.signing_service, PATIENCE)),
        stamps: Arc::new(HttpTimeStamp::new(&config.timestamp_service, PATIENCE)),
        trust: Arc::clone(trust),
        elsewhere: system_directives::flow::signed,
    })
}

/// Reads root certificates (`.pem`, `.crt`, `.cer`, `.der`) and revocation lists (`.crl`) of a directory.
///
/// # Errors
/// `Refused` that names the file that cannot be read; an absent directory trusts nobody.
pub fn trust(dir: &Path) -> Result<Trust> {
    let mut trust = Trust::default();
    let Ok(entries) = std::fs::read_dir(dir) else { return Ok(trust) };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let kind = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_lowercase();
        let add = match kind.as_str() {
            "pem" | "crt" | "cer" | "der" => Trust::add_anchors,
            "crl" => Trust::add_list,
            _ => continue,
        };
        let read = std::fs::read(&path).map_err(|e| e.to_string());
        read.and_then(|bytes| add(&mut trust, &bytes).map_err(|e| e.to_string())).map_err(|e| {
            let sentence = format!(
                "Không đọc được {}: {e}. Hãy đặt chứng thư gốc (.pem, .crt) và danh sách thu hồi (.crl) đúng định dạng.",
                path.display()
            );
            Error::refused("trust", Words::new(sentence, ""))
        })?;
    }
    Ok(trust)
}
