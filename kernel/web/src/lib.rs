//! The web layer that every system shares: sign-in, sessions, forms, errors, layout, components, languages.
//!
//! A system gives a `Router<Web>`; the program merges them and calls [`finish`]. A page is a handler that takes
//! [`Page`] and gives an askama template that extends `base.html`; an API route takes [`Json`] and answers with
//! [`json`]. Both return [`Answer`] and use `?` on every [`kernel_base::Error`].

pub mod accounts;
mod api;
mod assets;
mod config;
mod context;
mod cookies;
mod csrf;
mod extract;
mod flash;
mod headers;
mod heard_out;
mod i18n;
mod idempotency;
mod kept;
mod limits;
mod paced;
mod page;
mod pages;
mod present;
mod problem;
mod serve;
mod state;

pub use accounts::{Contact, verify_fresh_totp};
pub use api::{Empty, Json, json, parse as parse_json, stored_json};
pub use assets::Markup;
pub use config::{PasswordCost, Secrets, WebConfig};
pub use context::{Context, Display, Who};
pub use extract::{CitizenUser, Fields, Form, Query, SignedIn, StaffMember, Visitor};
pub use flash::redirect_saying;
pub use headers::embeddable;
pub use i18n::{Messages, T};
pub use idempotency::{Stored, idempotency_key, idempotent, request_hash};
pub use kept::Kept;
pub use limits::{Bucket, LimitSettings};
pub use page::{Audience, KEPT_PART, NavItem, NavLink, Page, PageError, html, html_around, html_with, redirect};
pub use pages::SignOnDesk;
pub use pages::{TokensApi, demo_routes, routes};
pub use present::finish;
pub use problem::{Answer, Problem, problem_json, status};
pub use serve::{ServeSettings, serve};
pub use state::Web;

use kernel_db::Migration;

/// Migrations of this crate.
pub const MIGRATIONS: &[Migration] = &[
    Migration { system: "web", number: 1, name: "accounts", sql: include_str!("../migrations/001_accounts.sql") },
    Migration { system: "web", number: 2, name: "sign_on", sql: include_str!("../migrations/002_sign_on.sql") },
    Migration { system: "web", number: 3, name: "mandates", sql: include_str!("../migrations/003_mandates.sql") },
    Migration {
        system: "web",
        number: 25,
        name: "known_devices",
        sql: include_str!("../migrations/025_known_devices.sql"),
    },
    Migration {
        system: "web",
        number: 26,
        name: "ended_at_provider",
        sql: include_str!("../migrations/026_ended_at_provider.sql"),
    },
    Migration {
        system: "web",
        number: 27,
        name: "second_pair_of_eyes",
        sql: include_str!("../migrations/027_second_pair_of_eyes.sql"),
    },
];

/// Message files of this crate, for [`Messages::load`].
pub const MESSAGES: (&str, &str) = (include_str!("../i18n/vi.toml"), include_str!("../i18n/en.toml"));
