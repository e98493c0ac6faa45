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

    /// A line of the table: what, engine, ours, beside what, its figure, ratio; then the load of the machine.
    pub(crate) fn line(&mut self, cells: [&str; 6]) {
        let line = format!("| {} | {} |", cells.join(" | "), load());
        self.note(&line);
        self.lines.push(line);
    }

    /// A line of the table from the rounds of both sides.
    pub(crate) fn pair(&mut self, what: &str, engine: &str, mut ours: Side, beside: &str, mut its: Side) {
        let ratio = ours.rates.ratio(&its.rates);
        self.line([what, engine, &ours.text(), beside, &its.text(), &ratio]);
    }

    pub(crate) fn print(&self) {
        let mut out = std::io::stdout().lock();
        let head = "| what | engine | ours | beside | its figure | ours / its | load |\n|---|---|---|---|---|---|---|";
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

    /// The middle one of the ratios of each round to the peer's round beside it, the least and the most.
    pub(crate) fn ratio(&self, peer: &Self) -> String {
        let each: Vec<f64> = self.0.iter().zip(&peer.0).map(|(ours, its)| ours / its).collect();
        let least = each.iter().copied().fold(f64::INFINITY, f64::min);
        let most = each.iter().copied().fold(0.0, f64::max);
        format!("{:.2} ({least:.2} to {most:.2})", Self(each).middle())
    }
}

/// One round of one side.
#[derive(Debug, Default)]
pub(crate) struct Sample {
    pub(crate) rate: f64,
    pub(crate) took: Vec<Duration>,
    /// Processor time of the side's processes, where they can be told from others.
    pub(crate) work: Duration,
}

impl Sample {
    pub(crate) fn of(took: Vec<Duration>, length: Duration) -> Self {
        Self { rate: took.len() as f64 / length.as_secs_f64().max(1e-9), took, work: Duration::ZERO }
    }

    /// As measured by `act`, with the processor time that `clock` counts meanwhile.
    pub(crate) fn timed(clock: impl Fn() -> Duration, act: impl FnOnce() -> Self) -> Self {
        let before = clock();
        let sample = act();
        Self { work: clock() - before, ..sample }
    }
}

/// All rounds of one side.
#[derive(Debug, Default)]
pub(crate) struct Side {
    pub(crate) rates: Rounds,
    took: Vec<Duration>,
    work: Duration,
}

impl Side {
    fn add(&mut self, sample: Sample) {
        self.rates.0.push(sample.rate);
        self.took.extend(sample.took);
        self.work += sample.work;
    }

    /// `1,234 (1,200 to 1,300)/s, p50 .., p99 .., processor ..`
    pub(crate) fn text(&mut self) -> String {
        let (p50, p99) = percentiles(&mut self.took);
        let mut text = format!("{}/s", self.rates.text());
        if !self.took.is_empty() {
            text.push_str(&format!(", p50 {}, p99 {}", millis(p50), millis(p99)));
        }
        if self.work > Duration::ZERO && !self.took.is_empty() {
            let each = self.work / u32::try_from(self.took.len()).unwrap_or(u32::MAX);
            text.push_str(&format!(", processor {}", millis(each)));
        }
        text
    }
}

/// Product and peer in turn, A B B A, after a round of each that does not count.
pub(crate) fn beside(
    rounds: usize,
    mut ours: impl FnMut(usize) -> Sample,
    mut its: impl FnMut(usize) -> Sample,
) -> (Side, Side) {
    let (mut us, mut peer) = (Side::default(), Side::default());
    ours(0);
    its(0);
    for round in 1..=rounds {
        if round % 2 == 1 {
            us.add(ours(round));
            peer.add(its(round));
        } else {
            peer.add(its(round));
            us.add(ours(round));
        }
    }
    (us, peer)
}

/// Load of the machine over the last minute.
fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
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
    stat("self").0
}

/// Processor time of a process, and the number of its parent.
fn stat(process: &str) -> (Duration, u32) {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let field = |at: usize| after_name.split_whitespace().nth(at).and_then(|f| f.parse::<u64>().ok()).unwrap_or(0);
    // utime and stime are the 14th and 15th field, the parent the 4th; the name was the 2nd. Ticks of 10 ms.
    (Duration::from_millis((field(11) + field(12)) * 10), u32::try_from(field(1)).unwrap_or(0))
}

/// Processor time of another program and of its children.
pub(crate) fn processor_of(process: u32) -> Duration {
    let mut sum = stat(&process.to_string()).0;
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.bytes().all(|b| b.is_ascii_digit()) {
            let (spent, parent) = stat(&name);
            sum += if parent == process { spent } else { Duration::ZERO };
        }
    }
    sum
}
