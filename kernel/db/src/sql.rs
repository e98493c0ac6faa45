//! Statements: plain SQL texts that know where they stand and are all known to [`crate::Db::prepare_all`].

use crate::Engine;

/// A statement made by [`crate::sql!`].
#[derive(Debug)]
pub struct Sql {
    pub text: &'static str,
    pub file: &'static str,
    pub line: u32,
    /// Another text for PostgreSQL; the escape hatch, counted and capped by a test.
    pub postgres: Option<&'static str>,
    /// Reads a code list of the whole state: binds no home, parameters start at `$1`.
    pub reference: bool,
}

impl Sql {
    #[doc(hidden)]
    #[must_use]
    pub const fn new(text: &'static str, file: &'static str, line: u32) -> Self {
        assert!(contains(text, "home") && contains(text, "$1"), "the statement must mention home and $1");
        Self::checked(text, None, false, file, line)
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn reference(text: &'static str, file: &'static str, line: u32) -> Self {
        Self::checked(text, None, true, file, line)
    }

    #[doc(hidden)]
    #[must_use]
    pub const fn two(sqlite: &'static str, postgres: &'static str, file: &'static str, line: u32) -> Self {
        assert!(contains(sqlite, "home") && contains(sqlite, "$1"), "the SQLite text must mention home and $1");
        assert!(contains(postgres, "home") && contains(postgres, "$1"), "the PostgreSQL text must mention home and $1");
        Self::checked(sqlite, Some(postgres), false, file, line)
    }

    const fn checked(
        text: &'static str,
        postgres: Option<&'static str>,
        reference: bool,
        file: &'static str,
        line: u32,
    ) -> Self {
        // SQLite's REPLACE deletes rows behind the back of the append-only guard.
        assert!(!contains(text, "OR REPLACE") && !contains(text, "REPLACE INTO"), "use ON CONFLICT, not REPLACE");
        Self { text, file, line, postgres, reference }
    }

    /// The text for an engine.
    #[must_use]
    pub fn text_for(&self, engine: Engine) -> &'static str {
        match (engine, self.postgres) {
            (Engine::Postgres, Some(text)) => text,
            _ => self.text,
        }
    }

    /// File and line, for messages.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }

    /// Every statement linked into this program.
    pub fn all() -> impl Iterator<Item = &'static Self> {
        inventory::iter::<Registered>.into_iter().map(|registered| registered.0)
    }
}

/// The entry of a statement in the program-wide list.
#[doc(hidden)]
#[derive(Debug)]
pub struct Registered(pub &'static Sql);

inventory::collect!(Registered);

/// A statement as `&'static Sql`.
///
/// `$1` is always the home and is bound by `Tx`; your parameters start at `$2`. The compiler refuses a text that does
/// not mention `home` and `$1`.
///
/// - `sql!("SELECT ... WHERE home = $1 AND id = $2")`
/// - `sql!(reference "SELECT name FROM nations WHERE code = $1")`: a code list shared by all homes; binds no home.
/// - `sql!(sqlite: "...", postgres: "...")`: two texts; at most ten in the whole product.
#[macro_export]
macro_rules! sql {
    (reference $text:expr) => { $crate::sql!(@register $crate::Sql::reference($text, file!(), line!())) };
    (sqlite: $sqlite:expr, postgres: $postgres:expr $(,)?) => {
        $crate::sql!(@register $crate::Sql::two($sqlite, $postgres, file!(), line!()))
    };
    (@register $sql:expr) => {{
        static SQL: $crate::Sql = $sql;
        $crate::__inventory::submit! { $crate::Registered(&SQL) }
        &SQL
    }};
    ($text:expr) => { $crate::sql!(@register $crate::Sql::new($text, file!(), line!())) };
}

/// Whether `text` holds `part`, letters of ASCII compared without case; usable while compiling.
pub(crate) const fn contains(text: &str, part: &str) -> bool {
    let (text, part) = (text.as_bytes(), part.as_bytes());
    let mut start = 0;
    while start + part.len() <= text.len() {
        let mut matched = 0;
        while matched < part.len() && text[start + matched].eq_ignore_ascii_case(&part[matched]) {
            matched += 1;
        }
        if matched == part.len() {
            return true;
        }
        start += 1;
    }
    false
}
