//! Scoring the procedures for one query.

use super::Hit;
use super::index::{Index, Part, Phrase, phrase};
use super::words::{self, Word};

/// Words of a question that say little about what is asked.
const SMALL_WORDS: &[&str] = &[
    "thu", "tuc", "toi", "muon", "o", "dau", "nhu", "nao", "va", "cua", "la", "gi", "the", "cho", "can", "xin", "lam",
    "duoc", "phai", "khi", "de", "em", "anh", "chi", "ban", "a", "how", "to", "of", "for", "i", "want", "my",
];

/// How surely a word of the index is the word typed.
const SAME: f32 = 1.0;
const OTHER_ACCENTS: f32 = 0.6;
const BEGINNING: f32 = 0.75;
const UNDONE_TYPING: f32 = 0.7;
const SLIP: f32 = 0.5;
/// A procedure must answer this share of what was asked.
const LEAST_COVERED: f32 = 0.45;
/// Candidates whose phrases are compared.
const CANDIDATES: usize = 80;

/// A query word with the words of the index it may mean.
#[derive(Debug)]
struct Asked {
    word: Word,
    weight: f32,
    /// Position in the vocabulary and how surely it is meant.
    means: Vec<(usize, f32)>,
}

pub(super) fn find(index: &Index, query: &str, limit: usize) -> Vec<Hit> {
    let typed = words::split(query);
    if typed.is_empty() || limit == 0 {
        return Vec::new();
    }
    let strict: Vec<Asked> = ask(index, &typed, false);
    let found = score(index, &strict, limit);
    if found.iter().any(|(_, covered, _)| *covered > 0.99) {
        return hits(index, &found);
    }
    let typed: Vec<Word> = typed.into_iter().flat_map(|word| apart(index, word)).collect();
    hits(index, &score(index, &ask(index, &typed, true), limit))
}

fn hits(index: &Index, found: &[(u32, f32, f32)]) -> Vec<Hit> {
    let hit = |(entry, _, score): &(u32, f32, f32)| {
        Some(Hit { code: index.codes.get(*entry as usize)?.clone(), score: *score })
    };
    found.iter().filter_map(hit).collect()
}

/// `khaisinh` → `khai`, `sinh`: a forgotten space, where both halves are words of the index and the whole is not.
fn apart(index: &Index, word: Word) -> Vec<Word> {
    if index.position(&word.folded).is_some() || word.folded.len() < 5 || !word.folded.is_ascii() {
        return vec![word];
    }
    let bare = |part: &str| Word { folded: part.to_owned(), accented: part.to_owned(), marked: false };
    let known = |part: &str| index.position(part).and_then(|at| index.spread.get(at)).copied().unwrap_or(0);
    let best = (2..word.folded.len() - 1)
        .map(|at| word.folded.split_at(at))
        .map(|(a, b)| (known(a).min(known(b)), a, b))
        .max_by_key(|(spread, _, _)| *spread);
    match best {
        Some((spread, a, b)) if spread > 0 => vec![bare(a), bare(b)],
        _ => vec![word],
    }
}

fn ask(index: &Index, typed: &[Word], forgiving: bool) -> Vec<Asked> {
    let ask_one = |(at, word): (usize, &Word)| {
        let last = at + 1 == typed.len();
        let means = meanings(index, word, last, forgiving);
        let spread = means.iter().filter(|(_, sure)| *sure >= SLIP).filter_map(|(at, _)| index.spread.get(*at)).max();
        let rarity = (1.0 + index.codes.len() as f32 / (1.0 + spread.copied().unwrap_or(0) as f32)).ln();
        let small = SMALL_WORDS.contains(&word.folded.as_str());
        Asked { word: word.clone(), weight: if small { rarity * 0.15 } else { rarity.max(0.3) }, means }
    };
    typed.iter().enumerate().map(ask_one).collect()
}

fn meanings(index: &Index, word: &Word, last: bool, forgiving: bool) -> Vec<(usize, f32)> {
    let exact = index.position(&word.folded);
    let mut means: Vec<(usize, f32)> = exact.map(|at| (at, SAME)).into_iter().collect();
    if last && word.folded.len() >= 2 {
        means.extend(index.beginning_with(&word.folded).filter(|at| Some(*at) != exact).map(|at| (at, BEGINNING)));
    }
    if !forgiving {
        return means;
    }
    if let Some(at) = words::undone_typing(&word.folded).and_then(|meant| index.position(&meant)) {
        means.push((at, UNDONE_TYPING));
    }
    if word.folded.len() >= 3 {
        let near = |other: &String| {
            other.len() + 1 >= word.folded.len()
                && other.len() <= word.folded.len() + 1
                && words::one_slip_apart(other, &word.folded)
        };
        let slips = index.vocabulary.iter().enumerate().filter(|(_, other)| near(other));
        means.extend(slips.filter(|(at, _)| Some(*at) != exact).map(|(at, _)| (at, SLIP)));
    }
    means
}

/// Entry, share of the query it answers, score; best first.
fn score(index: &Index, asked: &[Asked], limit: usize) -> Vec<(u32, f32, f32)> {
    let count = index.codes.len();
    let (mut sums, mut covered) = (vec![0.0_f32; count], vec![0.0_f32; count]);
    let whole: f32 = asked.iter().map(|asked| asked.weight).sum();
    for word in asked {
        let best = best_of_each(index, word, count);
        for (entry, (value, sure)) in best.into_iter().enumerate().filter(|(_, (value, _))| *value > 0.0) {
            sums[entry] += value * word.weight;
            covered[entry] += sure * word.weight;
        }
    }
    let share = |entry: usize| covered[entry] / whole.max(f32::EPSILON);
    let mut found: Vec<(u32, f32, f32)> = (0..count)
        .filter(|entry| share(*entry) >= LEAST_COVERED)
        .map(|entry| (entry as u32, share(entry), sums[entry] * share(entry) * share(entry)))
        .collect();
    found.sort_by(|a, b| b.2.total_cmp(&a.2));
    found.truncate(CANDIDATES.max(limit));
    let meant: Vec<Word> = asked.iter().map(|asked| most_likely(index, asked)).collect();
    let query = phrase(Part::Name, &meant);
    for (entry, _, score) in &mut found {
        let phrases = index.phrases.get(*entry as usize).map_or(&[][..], Vec::as_slice);
        *score += whole * Part::Name.weight() * phrases.iter().map(|p| likeness(p, &query)).fold(0.0, f32::max);
    }
    let code = |entry: u32| index.codes.get(entry as usize);
    found.sort_by(|a, b| b.2.total_cmp(&a.2).then_with(|| code(a.0).cmp(&code(b.0))));
    found.truncate(limit);
    found
}

/// For each entry the best value of one query word, and 1 when it is there at all (less for a mere slip).
fn best_of_each(index: &Index, asked: &Asked, count: usize) -> Vec<(f32, f32)> {
    let mut best = vec![(0.0_f32, 0.0_f32); count];
    let same_accents = index.accented.get(&asked.word.accented).copied();
    for (at, sure) in &asked.means {
        for posting in index.postings.get(*at).into_iter().flatten() {
            let accents = match (asked.word.marked, same_accents == Some(posting.accented)) {
                _ if *sure < SAME => 0.9,
                (false, _) | (true, true) => 1.0,
                (true, false) => OTHER_ACCENTS,
            };
            let value = posting.part.weight() * sure * accents;
            if let Some(slot) = best.get_mut(posting.entry as usize)
                && value > slot.0
            {
                *slot = (value, if *sure > SLIP { 1.0 } else { 0.9 });
            }
        }
    }
    best
}

/// The word as typed, or the surest and most frequent one it may mean.
fn most_likely(index: &Index, asked: &Asked) -> Word {
    let spread = |at: usize| index.spread.get(at).copied().unwrap_or(0);
    let best = asked.means.iter().max_by(|a, b| a.1.total_cmp(&b.1).then_with(|| spread(a.0).cmp(&spread(b.0))));
    match best.and_then(|(at, sure)| Some((index.vocabulary.get(*at)?, sure))) {
        Some((word, sure)) if *sure < SAME && *sure != BEGINNING => {
            Word { folded: word.clone(), accented: word.clone(), marked: false }
        }
        _ => asked.word.clone(),
    }
}

/// 0 to 1: how far the query is this phrase.
fn likeness(phrase: &Phrase, query: &Phrase) -> f32 {
    let share = |part: usize, whole: usize| part as f32 / whole.max(1) as f32;
    let plain = if phrase.folded == query.folded {
        0.9
    } else if phrase.folded.contains(&query.folded) {
        0.1 + 0.5 * share(query.words, phrase.words)
    } else if phrase.words >= 2 && query.folded.contains(&phrase.folded) {
        0.1 + 0.6 * share(phrase.words, query.words)
    } else if phrase.folded.trim_end().starts_with(query.folded.trim_end()) {
        // The last word is still being typed.
        0.1 + 0.4 * share(query.words, phrase.words)
    } else {
        return 0.0;
    };
    let accents = phrase.accented.contains(&query.accented) || query.accented.contains(&phrase.accented);
    let part = 1.0 - 0.03 * f32::from(phrase.part as u8);
    (plain + if accents { 0.1 } else { 0.0 }) * part
}
