//! Failures of the engines in the words of the product.

use kernel_base::{Error, Kind};

const CONSTRAINT: &str = "constraint";

/// A violated rule of the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    Unique,
    Foreign,
    NotNull,
    Check,
}

impl Rule {
    fn word(self) -> &'static str {
        match self {
            Self::Unique => "unique",
            Self::Foreign => "foreign key",
            Self::NotNull => "not null",
            Self::Check => "check",
        }
    }
}

/// `named` is `table.column, table.column` where the engine tells, else the constraint's name.
pub(crate) fn violated(rule: Rule, named: &str) -> Error {
    Error::conflict(
        CONSTRAINT,
        (
            "Dữ liệu này đã có hoặc mâu thuẫn với dữ liệu đang lưu. Hãy tải lại trang, kiểm tra rồi làm lại.",
            "This already exists or contradicts what is stored. Reload the page, check and try again.",
        ),
    )
    .with_inside(format!("{}: {named}", rule.word()))
}

/// What was violated: `dossiers.home, dossiers.code`, or the constraint's name; `None` for any other error.
#[must_use]
pub fn constraint(error: &Error) -> Option<&str> {
    let inside = error.inside.as_deref().filter(|_| error.kind == Kind::Conflict && error.code == CONSTRAINT)?;
    inside.split_once(": ").map(|(_, named)| named)
}

/// Whether the error is that of a row which exists already.
#[must_use]
pub fn is_unique_violation(error: &Error) -> bool {
    constraint(error).is_some() && error.inside.as_deref().is_some_and(|inside| inside.starts_with("unique: "))
}

/// The connection was lost while committing: nobody knows whether it was stored.
pub(crate) fn outcome_unknown(inside: impl Into<String>) -> Error {
    Error::new(
        Kind::Unavailable,
        "outcome_unknown",
        (
            "Mất kết nối đúng lúc đang lưu, nên chưa biết đã lưu hay chưa. Hãy mở lại trang để kiểm tra trước khi làm lại.",
            "The connection was lost while saving, so it may or may not be stored. Open the page again and check before repeating.",
        ),
    )
    .with_inside(inside)
}

/// A change that kept losing against others.
pub(crate) fn kept_losing(mut stale: Error) -> Error {
    stale.kind = Kind::Conflict;
    stale
}
