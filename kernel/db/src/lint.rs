//! What the house rules forbid in a statement, whatever the engine says to it.

use crate::{Sql, sql::contains};

/// At most this many statements may have a text of their own for PostgreSQL.
const ESCAPES: usize = 10;

/// Text that must not stand in a statement, and what to do instead.
const BANNED: &[(&str, &str)] = &[
    ("now()", "bind tx.now()"),
    ("current_timestamp", "bind tx.now()"),
    ("ilike", "search a folded column"),
    ("lower(", "fold in Rust into a column"),
    ("upper(", "fold in Rust into a column"),
    ("any(", "bind a JSON list or run one statement for each"),
    ("skip locked", "claim rows with a version"),
    ("insert or ", "use ON CONFLICT"),
    ("::", "use CAST(.. AS ..)"),
    ("datetime(", "compute in Rust"),
    ("strftime(", "compute in Rust"),
];

/// The problems of every registered statement.
pub(crate) fn all() -> Vec<String> {
    let mut problems: Vec<String> = Sql::all().flat_map(of).collect();
    let escapes = Sql::all().filter(|sql| sql.postgres.is_some()).count();
    if escapes > ESCAPES {
        problems.push(format!("{escapes} statements have two texts; at most {ESCAPES} may"));
    }
    problems.sort();
    problems
}

fn of(sql: &'static Sql) -> Vec<String> {
    let mut problems = Vec::new();
    let text = squeezed(sql.text);
    if sql.postgres.is_none() {
        for (banned, instead) in BANNED {
            if mentions(&text, banned) {
                problems.push(format!("{}: {banned} is not allowed; {instead}", sql.place()));
            }
        }
    }
    if bare_sum(&text) {
        problems.push(format!("{}: write CAST(sum(..) AS BIGINT)", sql.place()));
    }
    let home = contains(&text, "home") && contains(&text, "$1");
    if !sql.reference && !home {
        problems.push(format!("{}: mentions no home or no $1", sql.place()));
    }
    problems
}

/// Lower case, without comments, runs of white space as one space.
fn squeezed(text: &str) -> String {
    let lines = text.lines().map(|line| line.split_once("--").map_or(line, |(code, _)| code));
    let words: Vec<String> = lines.flat_map(str::split_whitespace).map(str::to_ascii_lowercase).collect();
    words.join(" ")
}

/// Whether `banned` stands in the text as a word of its own: `company(` is not `any(`.
fn mentions(text: &str, banned: &str) -> bool {
    text.match_indices(banned).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        banned == "::" || !before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// A `sum(` that is not directly inside a `CAST(`.
fn bare_sum(text: &str) -> bool {
    let text = text.replace("( ", "(");
    text.match_indices("sum(").any(|(at, _)| {
        let before = &text[..at];
        let part_of_a_word = before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        !part_of_a_word && !before.ends_with("cast(") && !before.ends_with("cast(coalesce(")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &'static str) -> Vec<String> {
        of(Box::leak(Box::new(Sql::reference(text, "store.rs", 1))))
    }

    #[test]
    fn constructs_that_differ_between_engines_are_named() {
        for text in [
            "SELECT now()",
            "SELECT a FROM t WHERE lower(a) = $1",
            "SELECT a FROM t WHERE a = ANY($1)",
            "SELECT sum(a) FROM t",
            "SELECT a, sum(b) FROM t",
            "SELECT coalesce(sum(b), 0) FROM t",
            "SELECT a FROM t WHERE a ILIKE $1",
            "SELECT a::text FROM t",
        ] {
            assert_eq!(problems(text).len(), 1, "{text}");
        }
        for text in [
            "SELECT CAST(sum(a) AS BIGINT) FROM t",
            "SELECT CAST( COALESCE( sum(a), 0) AS BIGINT) FROM t",
            "SELECT company(a), checksum(b), flower(c) FROM t",
            "SELECT a FROM t -- now() is forbidden",
        ] {
            assert_eq!(problems(text), Vec::<String>::new(), "{text}");
        }
    }
}
