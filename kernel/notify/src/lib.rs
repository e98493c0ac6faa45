//! Messages to people: words in two languages, ways out, preferences, log; each message once for one event.
//!
//! How it holds together stands in the README beside this crate.

mod api;
mod carrier;
mod deliver;
mod flow;
mod http;
mod mail;
mod model;
mod notify;
mod pages;
mod push;
mod sms;
mod sms_text;
mod store;
mod words;

use axum::Router;
use kernel_db::{Migration, Tx};
use kernel_jobs::Handler;
use kernel_web::Web;

pub use api::Doc;
pub use carrier::{Answer, Sms, SmsMessage};
pub use flow::{erase, export, hand_over};
pub use mail::{Mail, MailSettings, MailTls};
pub use model::{Channel, ContactId, DeliveryId, MessageId, State, SubscriptionId};
pub use notify::{Notify, Ways};
pub use push::{PUSH_SERVICES, Push, PushKey};
pub use sms::HttpSms;
pub use sms_text::SmsStyle;
pub use store::deliveries::overdue;
pub use words::{Book, OwnWords};

/// Tables of this crate.
pub const MIGRATIONS: &[Migration] =
    &[Migration { system: "notify", number: 1, name: "notify", sql: include_str!("../migrations/001_notify.sql") }];

/// Texts of the pages, for `kernel_web::Messages::load`.
pub const MESSAGES: (&str, &str) = (include_str!("../i18n/vi.toml"), include_str!("../i18n/en.toml"));

/// What this crate keeps of people.
#[must_use]
pub fn personal_data() -> Vec<std::sync::Arc<dyn kernel_contract::PersonalData>> {
    vec![std::sync::Arc::new(flow::Messages)]
}

/// All routes: JSON and pages. They need [`Notify`] among the extensions of `Web`.
pub fn routes() -> Router<Web> {
    api::routes().merge(pages::routes())
}

/// Background work: sending, and forgetting what is older than 90 days (`notify.clean`, daily).
#[must_use]
pub fn handlers(notify: &Notify) -> Vec<Handler> {
    vec![deliver::handler(notify), Handler::in_tx("notify.clean", |tx, _| clean(tx).map(drop))]
}

fn clean(tx: &mut Tx<'_>) -> kernel_base::Result<u64> {
    let before = tx.now().plus_hours(-24 * 90);
    store::deliveries::forget(tx, before)
}
