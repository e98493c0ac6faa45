//! The payment gateways that an installation has, from its settings.

use std::{path::Path, sync::Arc, time::Duration};

use gateway_payments::{Line, National, NationalSettings, Senders, Vnpay, VnpaySettings};
use kernel_base::{Error, Result, Words};
use kernel_contract::{Beneficiary, Gateways, PaymentGateway};

use crate::config::Config;

/// The longest patience: a page waits 30 seconds for its answer, and must still be able to say that the gateway is silent.
const LONGEST_PATIENCE: u64 = 25;

/// After how long a silent gateway is given up.
#[must_use]
pub fn patience(config: &Config) -> Duration {
    Duration::from_secs(config.payments_timeout_seconds.clamp(1, LONGEST_PATIENCE))
}

/// Gateways whose addresses are set; none when fees are collected at the counter only.
///
/// # Errors
/// A file of a secret that cannot be read.
pub fn gateways(config: &Config) -> Result<Gateways> {
    let line = Line::new(patience(config));
    let mut all: Vec<Arc<dyn PaymentGateway>> = Vec::new();
    if !config.payments_national_init_url.is_empty() {
        let settings = NationalSettings {
            init_url: config.payments_national_init_url.clone(),
            query_url: config.payments_national_query_url.clone(),
            bill_url: config.payments_national_bill_url.clone(),
            partner: config.payments_national_partner.clone(),
            secret: secret(&config.payments_national_secret_file)?,
            bearer: match config.payments_national_bearer_file.as_str() {
                "" => String::new(),
                file => secret(file)?,
            },
            beneficiary: beneficiary(config),
            senders: Senders::parse(&config.payments_national_senders)?,
            lookup_token: match config.payments_national_lookup_token_file.as_str() {
                "" => String::new(),
                file => secret(file)?,
            },
        };
        all.push(Arc::new(National::new(settings, line.clone())));
    }
    if !config.payments_vnpay_pay_url.is_empty() {
        let settings = VnpaySettings {
            pay_url: config.payments_vnpay_pay_url.clone(),
            api_url: config.payments_vnpay_api_url.clone(),
            terminal: config.payments_vnpay_terminal.clone(),
            secret: secret(&config.payments_vnpay_secret_file)?.into_bytes(),
            senders: Senders::parse(&config.payments_vnpay_senders)?,
        };
        all.push(Arc::new(Vnpay::new(settings, line)));
    }
    Ok(Gateways::new(all))
}

/// The account that transfers go to.
#[must_use]
pub fn beneficiary(config: &Config) -> Beneficiary {
    Beneficiary {
        bank_bin: config.payments_bank_bin.clone(),
        bank_name: config.payments_bank_name.clone(),
        account: config.payments_bank_account.clone(),
        account_name: config.payments_bank_holder.clone(),
    }
}

/// The first line of a file; what it says is never logged.
pub(crate) fn secret(file: &str) -> Result<String> {
    let text = std::fs::read_to_string(Path::new(file)).map_err(|e| {
        let sentence = format!("Không đọc được tệp khóa của cổng thanh toán “{file}”: {e}.");
        Error::refused("config", Words::new(sentence, ""))
    })?;
    Ok(text.lines().next().unwrap_or_default().trim().to_owned())
}
