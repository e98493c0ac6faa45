//! Numbers, their ratio to the peer, and the tables that are printed.

use std::{
    io::Write,
    time::{Duration, Instant as Ticks},
};

/// What was measured, line by line.
#[derive(Debug)]
pub(crate) struct Report {
    lines: Vec<String>,
    started: Ticks,
    /// Submissions a second without HTTP on the engine at hand.
    pub(crate) use_case: Option<Rounds>,
}

impl Default for Report {
    fn default() -> Self {
        Self { lines: Vec::new(), started: Ticks::now(), use_case: None }
    }
}

impl Report {
    /// Says what is going on, with the seconds since the start.
    pub(crate) fn note(&self, text: &str) {
        let mut out = std::io::stderr().lock();
        drop(writeln!(out, "[{:6.1} s] {text}", self.started.elapsed().as_secs_f64()));
    }

    /// A line of the table: what, engine, ours, beside what, its figure, ratio.
    pub(crate) fn line(&mut self, cells: [&str; 6]) {
        let line = format!("| {} |", cells.join(" | "));
        self.note(&line);
        self.lines.push(line);
    }

    pub(crate) fn print(&self) {
        let mut out = std::io::stdout().lock();
        let head = "| what | engine | ours | beside | its figure | ours / its |\n|---|---|---|---|---|---|";
        drop(writeln!(out, "{head}\n{}", self.lines.join("\n")));
    }
}

/// Ends the program with a sentence.
pub(crate) fn fail(sentence: &str) -> ! {
    drop(writeln!(std::io::stderr().lock(), "{sentence}"));
    std::process::exit(2)
}

/// Figures of rounds: the middle one, and how far they lie apart.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rounds(pub(crate) Vec<f64>);

impl Rounds {
    pub(crate) fn middle(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
    }

    /// `412 (398 to 430)`.
    pub(crate) fn text(&self) -> String {
        let least = self.0.iter().copied().fold(f64::INFINITY, f64::min);
        let most = self.0.iter().copied().fold(0.0, f64::max);
        format!("{:.0} ({least:.0} to {most:.0})", self.middle())
    }

    /// The middle one of the ratios of each round to the peer's round beside it.
    pub(crate) fn ratio(&self, peer: &Self) -> String {
        let each = self.0.iter().zip(&peer.0).map(|(ours, its)| ours / its).collect();
        format!("{:.2}", Self(each).middle())
    }
}

/// 50th and 99th percentile.
pub(crate) fn percentiles(took: &mut [Duration]) -> (Duration, Duration) {
    took.sort();
    let at = |share: usize| took.get((took.len() * share / 100).min(took.len().saturating_sub(1))).copied();
    (at(50).unwrap_or_default(), at(99).unwrap_or_default())
}

pub(crate) fn millis(took: Duration) -> String {
    format!("{:.2} ms", took.as_secs_f64() * 1_000.0)
}

/// Processor time of this program so far, all threads; it tells the same on a busy machine as on an idle one.
pub(crate) fn processor() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    // utime and stime are the 14th and 15th field; the name was the 2nd. Ticks of 10 ms.
    let ticks: u64 = after_name.split_whitespace().skip(11).take(2).filter_map(|f| f.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}
