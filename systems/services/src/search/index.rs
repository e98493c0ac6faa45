//! The inverted index.

use std::collections::BTreeMap;

use super::words::{self, Word};
use super::{Entry, Hit, rank};

/// Part of an entry in which a word stands; earlier parts weigh more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Name,
    Plain,
    Synonym,
    LifeEvent,
    Sector,
    Text,
}

impl Part {
    pub(super) fn weight(self) -> f32 {
        match self {
            Self::Name => 10.0,
            Self::Plain => 9.0,
            Self::Synonym => 8.0,
            Self::LifeEvent => 4.0,
            Self::Sector => 3.0,
            Self::Text => 1.0,
        }
    }
}

/// One word in one procedure.
#[derive(Debug, Clone, Copy)]
pub(super) struct Posting {
    pub(super) entry: u32,
    /// Number of the accented form.
    pub(super) accented: u32,
    pub(super) part: Part,
}

/// A text that can be asked for as a whole: a name or a synonym.
#[derive(Debug, Clone)]
pub(super) struct Phrase {
    pub(super) part: Part,
    /// Folded words between single spaces, with a space at both ends.
    pub(super) folded: String,
    pub(super) accented: String,
    pub(super) words: usize,
}

/// All procedures, ready to be searched. Pure and immutable: build a new one when the catalogue changes.
#[derive(Debug, Default)]
pub struct Index {
    pub(super) codes: Vec<String>,
    pub(super) phrases: Vec<Vec<Phrase>>,
    /// Folded words in order, so that those with the same beginning are neighbours.
    pub(super) vocabulary: Vec<String>,
    pub(super) postings: Vec<Vec<Posting>>,
    /// Number of procedures that have the word.
    pub(super) spread: Vec<u32>,
    pub(super) accented: BTreeMap<String, u32>,
}

impl Index {
    pub fn new(entries: &[Entry]) -> Self {
        let mut index = Self::default();
        let mut gathered: BTreeMap<String, BTreeMap<(u32, u32), Part>> = BTreeMap::new();
        for (number, entry) in entries.iter().enumerate() {
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            index.codes.push(entry.code.clone());
            let mut phrases = Vec::new();
            for (part, text) in parts(entry) {
                let words = words::split(text);
                for word in &words {
                    let next = u32::try_from(index.accented.len()).unwrap_or(u32::MAX);
                    let accented = *index.accented.entry(word.accented.clone()).or_insert(next);
                    let places = gathered.entry(word.folded.clone()).or_default();
                    places.entry((number, accented)).and_modify(|best| *best = part.min(*best)).or_insert(part);
                }
                if part <= Part::LifeEvent && !words.is_empty() {
                    phrases.push(phrase(part, &words));
                }
            }
            index.phrases.push(phrases);
        }
        for (word, places) in gathered {
            let list: Vec<Posting> =
                places.into_iter().map(|((entry, accented), part)| Posting { entry, accented, part }).collect();
            let mut owners: Vec<u32> = list.iter().map(|posting| posting.entry).collect();
            owners.dedup();
            index.spread.push(u32::try_from(owners.len()).unwrap_or(u32::MAX));
            index.vocabulary.push(word);
            index.postings.push(list);
        }
        index
    }

    /// The best `limit` procedures for what a person typed, best first; nothing for an empty query.
    pub fn find(&self, query: &str, limit: usize) -> Vec<Hit> {
        // Nobody types more; a pasted page must not cost more.
        let query: String = query.chars().take(200).collect();
        let by_code = self.by_code(&query, limit);
        if by_code.is_empty() { rank::find(self, &query, limit) } else { by_code }
    }

    /// Procedures by code, with or without dots, also its beginning (from three digits) or its six digits alone.
    fn by_code(&self, query: &str, limit: usize) -> Vec<Hit> {
        let start = query.trim();
        let allowed = |c: char| c.is_ascii_digit() || c == '.' || c == ' ';
        // A code as the national portal writes it carries the agency behind: 1.001193.000.00.00.H47.
        let own = start.split(".000.").next().unwrap_or(start);
        let digits: String = own.chars().filter(char::is_ascii_digit).collect();
        if digits.len() < 3 || !own.chars().all(allowed) {
            return Vec::new();
        }
        let score = |code: &str| {
            let bare: String = code.chars().filter(char::is_ascii_digit).collect();
            match () {
                () if bare == digits => Some(4.0),
                () if bare.starts_with(&digits) => Some(3.0),
                () if bare.get(1..) == Some(digits.as_str()) => Some(2.0),
                () if bare.contains(&digits) => Some(1.0),
                () => None,
            }
        };
        let mut hits: Vec<Hit> =
            self.codes.iter().filter_map(|code| Some(Hit { code: code.clone(), score: score(code)? })).collect();
        hits.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.code.cmp(&b.code)));
        hits.truncate(limit);
        hits
    }

    pub(super) fn position(&self, folded: &str) -> Option<usize> {
        self.vocabulary.binary_search_by(|word| word.as_str().cmp(folded)).ok()
    }

    /// Positions of the words that begin with `start`.
    pub(super) fn beginning_with(&self, start: &str) -> std::ops::Range<usize> {
        let from = self.vocabulary.partition_point(|word| word.as_str() < start);
        let count = self.vocabulary[from..].iter().take_while(|word| word.starts_with(start)).count();
        from..from + count
    }
}

fn parts(entry: &Entry) -> Vec<(Part, &str)> {
    let mut parts = vec![
        (Part::Name, official(&entry.name.vi)),
        (Part::Name, entry.name.en.as_str()),
        (Part::Plain, entry.plain.vi.as_str()),
        (Part::Plain, entry.plain.en.as_str()),
        (Part::Sector, entry.sector.vi.as_str()),
        (Part::Sector, entry.sector.en.as_str()),
        (Part::Text, entry.text.as_str()),
    ];
    parts.extend(entry.synonyms.iter().map(|synonym| (Part::Synonym, synonym.as_str())));
    for event in &entry.life_events {
        parts.extend([(Part::LifeEvent, event.vi.as_str()), (Part::LifeEvent, event.en.as_str())]);
    }
    parts
}

/// The name without "Thủ tục", which every procedure could begin with.
fn official(name: &str) -> &str {
    name.strip_prefix("Thủ tục ").unwrap_or(name)
}

pub(super) fn phrase(part: Part, words: &[Word]) -> Phrase {
    let join = |of: fn(&Word) -> &str| format!(" {} ", words.iter().map(of).collect::<Vec<_>>().join(" "));
    Phrase { part, folded: join(|w| &w.folded), accented: join(|w| &w.accented), words: words.len() }
}
