//! Finding a procedure: by name, code, synonym and life event, with or without accents, with one typing error a word.
//!
//! The catalogue is small (some thousands of procedures, some thousands of different syllables), so that the whole
//! index is in memory and rebuilt when the catalogue changes. Ranking: exact accents above folded ones, name above
//! synonym above text, the whole phrase above its words.

mod index;
mod rank;
mod words;

#[cfg(test)]
mod tests;

use kernel_base::Words;

pub use index::Index;

/// What is known of one procedure for the search.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    /// National code, `1.001193`.
    pub code: String,
    pub name: Words,
    pub plain: Words,
    pub sector: Words,
    pub synonyms: Vec<String>,
    /// Names of its life events.
    pub life_events: Vec<Words>,
    /// Everything else worth finding: result, papers, published text.
    pub text: String,
}

/// A procedure found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    pub code: String,
    /// Comparable within one answer only.
    pub score: f32,
}
