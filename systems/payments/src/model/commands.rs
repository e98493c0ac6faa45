//! What an actor asks for. Bodies of the API and of the forms.

use kernel_contract::PayChannel;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Pay everything that is open; amount, account and procedure are the server's.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// `national` or `vnpay`.
    #[schema(value_type = String)]
    pub channel: PayChannel,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelReceipt {
    /// Why it is wrong; it is issued again with a new number.
    pub reason: String,
}

/// Approve a refund, or decline it with a reason.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Decide {
    pub approved: bool,
    #[serde(default)]
    pub note: String,
    /// Đồng that could still go back when the page was made; a stale value is refused.
    pub available: i64,
}

/// Record that money went back by hand: cash, or a transfer where the gateway cannot.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PayOut {
    /// Number of the transfer or of the signed slip.
    pub evidence: String,
    pub account: String,
    pub bank: String,
    pub holder: String,
}

/// Reconcile a day of the officer's agency.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RunDay {
    /// `2021-07-26`
    #[schema(value_type = String)]
    pub day: jiff::civil::Date,
    #[schema(value_type = String)]
    pub channel: PayChannel,
    /// Lines `reference,amount,paid,transaction` of the gateway's own file; a sweep by QUERY when absent.
    #[serde(default)]
    pub file: Option<String>,
}

/// Explain a difference that stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Except {
    pub reason: String,
}
