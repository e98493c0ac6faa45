//! One error type in the words of the domain. HTTP statuses are mapped once, in `kernel/web`.

use serde::{Deserialize, Serialize};

use crate::{Lang, Words};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What kind of trouble it is; decides the HTTP status and whether a retry can help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Does not exist, or the actor may not know that it exists.
    NotFound,
    /// Nobody is signed in.
    Unauthenticated,
    /// Signed in, but without the right.
    Forbidden,
    /// The input breaks rules; `fields` names each fault.
    Invalid,
    /// The input was right, but the state has moved on; `current` carries the state.
    Conflict,
    /// More bytes than allowed.
    TooLarge,
    /// Too many attempts; the actor should wait.
    TooMany,
    /// Another transaction changed the row first. Retried by `kernel/db`, never shown.
    Stale,
    /// The database or another part is not reachable now; nothing was stored.
    Unavailable,
    /// A defect. The inside message goes to the log only.
    Internal,
}

/// One fault of one field, in words that say what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// Path of the field, dotted: `child_name`, `papers.birth_slip`, `witnesses.0.name`.
    pub field: String,
    /// Stable machine word: `required`, `format`, `too_long`, ...
    pub code: String,
    pub message: Words,
}

impl FieldError {
    pub fn new(field: impl Into<String>, code: impl Into<String>, message: impl Into<Words>) -> Self {
        Self { field: field.into(), code: code.into(), message: message.into() }
    }
}

/// A failure with an outside sentence (what happened and what to do) and an inside message (for the log).
#[derive(Debug, Clone)]
pub struct Error {
    pub kind: Kind,
    /// Stable machine word, e.g. `dossier_moved`.
    pub code: &'static str,
    /// Shown to people.
    pub words: Words,
    pub fields: Vec<FieldError>,
    /// For [`Kind::Conflict`]: the state as it is now.
    pub current: Option<serde_json::Value>,
    /// For the log only; never leaves the server.
    pub inside: Option<String>,
}

impl Error {
    pub fn new(kind: Kind, code: &'static str, words: impl Into<Words>) -> Self {
        Self { kind, code, words: words.into(), fields: Vec::new(), current: None, inside: None }
    }

    pub fn not_found(code: &'static str, words: impl Into<Words>) -> Self {
        Self::new(Kind::NotFound, code, words)
    }

    pub fn forbidden(code: &'static str, words: impl Into<Words>) -> Self {
        Self::new(Kind::Forbidden, code, words)
    }

    pub fn unauthenticated() -> Self {
        Self::new(
            Kind::Unauthenticated,
            "sign_in_needed",
            ("Bạn cần đăng nhập để làm việc này.", "Sign in to do this."),
        )
    }

    /// Input that breaks rules, all faults at once.
    pub fn invalid(fields: Vec<FieldError>) -> Self {
        let n = fields.len();
        Self {
            fields,
            ..Self::new(
                Kind::Invalid,
                "invalid_input",
                Words::new(
                    format!("Có {n} chỗ cần sửa. Hãy xem từng chỗ bên dưới rồi gửi lại; những gì đã nhập vẫn còn."),
                    format!("{n} places need a correction. See each below and send again; what you entered is kept."),
                ),
            )
        }
    }

    /// Input that breaks one rule not tied to a field.
    pub fn refused(code: &'static str, words: impl Into<Words>) -> Self {
        Self::new(Kind::Invalid, code, words)
    }

    pub fn conflict(code: &'static str, words: impl Into<Words>) -> Self {
        Self::new(Kind::Conflict, code, words)
    }

    /// Another transaction won; `kernel/db` runs the use case again.
    pub fn stale(what: &'static str) -> Self {
        Self::new(
            Kind::Stale,
            "changed_meanwhile",
            (
                "Dữ liệu vừa được người khác thay đổi. Hãy tải lại trang rồi làm lại.",
                "Someone else just changed this. Reload the page and try again.",
            ),
        )
        .with_inside(what)
    }

    pub fn internal(inside: impl Into<String>) -> Self {
        Self::new(
            Kind::Internal,
            "internal",
            (
                "Máy chủ gặp sự cố và chưa lưu thao tác này. Hãy thử lại sau ít phút; nếu vẫn không được, hãy báo cho quản trị.",
                "The server failed and did not save this. Try again in a few minutes; if it still fails, tell the administrator.",
            ),
        )
        .with_inside(inside)
    }

    pub fn unavailable(inside: impl Into<String>) -> Self {
        Self::new(
            Kind::Unavailable,
            "unavailable",
            (
                "Hệ thống đang tạm bận. Hãy thử lại sau ít giây; chưa có gì được lưu.",
                "The system is busy. Try again in a few seconds; nothing was stored.",
            ),
        )
        .with_inside(inside)
    }

    #[must_use]
    pub fn with_current(mut self, current: serde_json::Value) -> Self {
        self.current = Some(current);
        self
    }

    #[must_use]
    pub fn with_inside(mut self, inside: impl Into<String>) -> Self {
        self.inside = Some(inside.into());
        self
    }

    pub fn say(&self, lang: Lang) -> &str {
        self.words.say(lang)
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.words.vi)?;
        for fault in &self.fields {
            write!(f, "; {}: {}", fault.field, fault.message.vi)?;
        }
        if let Some(inside) = &self.inside {
            write!(f, " [{inside}]")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
