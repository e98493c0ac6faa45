//! Periods, figures and shares. Pure.

use jiff::civil::Date;
use kernel_base::{AgencyId, Instant, Lang, Words};
use kernel_contract::Span;
use kernel_obligations::score::{OpenThen, Settled};
use serde::{Deserialize, Serialize};

/// Fewer cases than this give no percentage and no rank: one late dossier of two is not "50 %".
pub const LEAST: i64 = 5;

/// What is owed, as people know it, and the kind of obligation that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct System {
    pub code: &'static str,
    pub kind: &'static str,
    vi: &'static str,
    en: &'static str,
}

impl System {
    pub fn words(&self) -> Words {
        Words::new(self.vi, self.en)
    }
}

const fn system(code: &'static str, kind: &'static str, vi: &'static str, en: &'static str) -> System {
    System { code, kind, vi, en }
}

/// Every kind on the board; the first is shown when nothing is chosen.
pub const SYSTEMS: [System; 7] = [
    system("dossiers", "dossier.settlement", "Giải quyết hồ sơ", "Settling dossiers"),
    system("reception", "dossier.reception", "Tiếp nhận hồ sơ", "Receiving dossiers"),
    system("steps", "dossier.step", "Các bước bên trong", "Steps inside"),
    system("consultations", "dossier.consultation", "Trả lời lấy ý kiến", "Answering consultations"),
    system("tasks", "directive.task", "Nhiệm vụ được giao", "Tasks assigned"),
    system("remedies", "directive.remedy", "Khắc phục sau kiểm tra", "Remedies after inspection"),
    system("pipeline", "pipeline.stage", "Đưa dịch vụ lên mức độ 4", "Bringing services to level 4"),
];

/// The system with this code; the first one for an unknown code.
pub fn system_of(code: &str) -> &'static System {
    SYSTEMS.iter().find(|s| s.code == code).unwrap_or(&SYSTEMS[0])
}

/// A month, quarter or year of Vietnam's calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String")]
#[serde(try_from = "String")]
pub enum Period {
    Month(i16, i8),
    Quarter(i16, i8),
    Year(i16),
}

impl From<Period> for String {
    fn from(period: Period) -> Self {
        period.code()
    }
}

impl TryFrom<String> for Period {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("“{text}” is no period"))
    }
}

impl Period {
    /// `2021-07`, `2021-Q3`, `2021`.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, rest) = match text.split_once('-') {
            Some((year, rest)) => (year, Some(rest)),
            None => (text, None),
        };
        let year: i16 = year.parse().ok().filter(|y| (1900..=2999).contains(y))?;
        match rest {
            None => Some(Self::Year(year)),
            Some(rest) => match rest.strip_prefix('Q') {
                Some(q) => q.parse().ok().filter(|q| (1..=4).contains(q)).map(|q| Self::Quarter(year, q)),
                None if rest.len() == 2 => {
                    rest.parse().ok().filter(|m| (1..=12).contains(m)).map(|m| Self::Month(year, m))
                }
                None => None,
            },
        }
    }

    pub fn code(self) -> String {
        match self {
            Self::Month(year, month) => format!("{year}-{month:02}"),
            Self::Quarter(year, quarter) => format!("{year}-Q{quarter}"),
            Self::Year(year) => year.to_string(),
        }
    }

    /// The month an instant falls in.
    pub fn month_of(at: Instant) -> Self {
        let day = at.vietnam().date();
        Self::Month(day.year(), day.month())
    }

    /// Number of a month, 1 to 12; `None` for longer periods.
    pub fn month_number(self) -> Option<i8> {
        if let Self::Month(_, month) = self { Some(month) } else { None }
    }

    fn first(self) -> (i16, i8, i8) {
        match self {
            Self::Month(year, month) => (year, month, 1),
            Self::Quarter(year, quarter) => (year, (quarter - 1) * 3 + 1, 3),
            Self::Year(year) => (year, 1, 12),
        }
    }

    /// From its first instant to the first one after it.
    pub fn span(self) -> Span {
        let (year, month, length) = self.first();
        Span { from: start_of(year, month), until: start_after(year, month, length) }
    }

    pub fn previous(self) -> Self {
        match self {
            Self::Month(year, 1) => Self::Month(year - 1, 12),
            Self::Month(year, month) => Self::Month(year, month - 1),
            Self::Quarter(year, 1) => Self::Quarter(year - 1, 4),
            Self::Quarter(year, quarter) => Self::Quarter(year, quarter - 1),
            Self::Year(year) => Self::Year(year - 1),
        }
    }

    pub fn next(self) -> Self {
        match self {
            Self::Month(year, 12) => Self::Month(year + 1, 1),
            Self::Month(year, month) => Self::Month(year, month + 1),
            Self::Quarter(year, 4) => Self::Quarter(year + 1, 1),
            Self::Quarter(year, quarter) => Self::Quarter(year, quarter + 1),
            Self::Year(year) => Self::Year(year + 1),
        }
    }

    /// The twelve months that end with the last month of this period.
    pub fn trend(self) -> Vec<Self> {
        let (year, month, length) = self.first();
        let mut at = Self::Month(year, month + length - 1);
        let mut months = vec![at];
        for _ in 0..11 {
            at = at.previous();
            months.push(at);
        }
        months.reverse();
        months
    }

    /// `tháng 7/2021`
    pub fn words(self) -> Words {
        match self {
            Self::Month(year, month) => Words::new(format!("tháng {month}/{year}"), format!("{month:02}/{year}")),
            Self::Quarter(year, quarter) => {
                Words::new(format!("quý {quarter}/{year}"), format!("quarter {quarter}/{year}"))
            }
            Self::Year(year) => Words::new(format!("năm {year}"), format!("year {year}")),
        }
    }
}

fn start_of(year: i16, month: i8) -> Instant {
    let day = Date::new(year, month, 1).unwrap_or_default();
    Instant::from_vietnam(day.at(0, 0, 0, 0))
}

fn start_after(year: i16, month: i8, length: i8) -> Instant {
    let next = month + length;
    if next > 12 { start_of(year + 1, next - 12) } else { start_of(year, next) }
}

/// Some of some: a share with its two counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    pub hits: i64,
    pub of: i64,
}

impl Share {
    /// Between 0 and 1; `None` when there is nothing to share, and when the cases are too few to speak in percent.
    pub fn value(self) -> Option<f64> {
        (self.of >= LEAST).then(|| self.hits as f64 / self.of as f64)
    }

    /// `86,4%`, `100%`; a dash without cases, "ít hồ sơ" with too few.
    pub fn text(self, lang: Lang) -> String {
        match (self.of, self.tenths()) {
            (0, _) => "–".to_owned(),
            (_, None) => match lang {
                Lang::Vi => format!("{}/{}", self.hits, self.of),
                Lang::En => format!("{} of {}", self.hits, self.of),
            },
            (_, Some(tenths)) => percent(tenths, lang),
        }
    }

    /// Tenths of a percent, rounded down so that 99,96 % never looks like all; `None` as in [`Share::value`].
    pub fn tenths(self) -> Option<i64> {
        (self.of >= LEAST).then(|| self.hits.saturating_mul(1000) / self.of)
    }
}

fn percent(tenths: i64, lang: Lang) -> String {
    let mark = if lang == Lang::Vi { ',' } else { '.' };
    if tenths % 10 == 0 { format!("{}%", tenths / 10) } else { format!("{}{mark}{}%", tenths / 10, tenths % 10) }
}

/// What one agency, or all together, kept and owes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Figures {
    pub settled: Settled,
    pub now: OpenThen,
}

impl Figures {
    pub fn add(&mut self, other: &Self) {
        let (s, o) = (&mut self.settled, &other.settled);
        s.early += o.early;
        s.on_time += o.on_time;
        s.late += o.late;
        s.ended += o.ended;
        s.extended += o.extended;
        s.paused += o.paused;
        s.paused_near_due += o.paused_near_due;
        self.now.open += other.now.open;
        self.now.overdue += other.now.overdue;
        self.now.paused += other.now.paused;
    }

    pub fn kept(&self) -> i64 {
        self.settled.early + self.settled.on_time
    }

    pub fn answered(&self) -> i64 {
        self.kept() + self.settled.late
    }

    /// Kept of (answered + open and overdue): what is late and not yet done counts as not kept, so that leaving it
    /// lying helps nobody (spec of directives, section 2).
    pub fn on_time(&self) -> Share {
        Share { hits: self.kept(), of: self.answered() + self.now.overdue }
    }

    /// Overdue of (answered + open and overdue).
    pub fn overdue(&self) -> Share {
        Share { hits: self.now.overdue, of: self.answered() + self.now.overdue }
    }

    pub fn extended(&self) -> Share {
        Share { hits: self.settled.extended, of: self.answered() }
    }

    pub fn paused(&self) -> Share {
        Share { hits: self.settled.paused, of: self.answered() }
    }

    pub fn paused_near_due(&self) -> Share {
        Share { hits: self.settled.paused_near_due, of: self.answered() }
    }

    pub fn is_empty(&self) -> bool {
        self.answered() + self.settled.ended + self.now.open == 0
    }
}

/// One agency of the board.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Place in the ranking; `None` with too few cases.
    pub rank: Option<usize>,
    pub agency: AgencyId,
    pub name: String,
    pub figures: Figures,
}

/// Puts agencies in their order: the highest share first, equal shares share a place; then those with too few cases,
/// the most overdue first.
pub fn rank(lines: &mut [Line]) {
    let share = |line: &Line| line.figures.on_time();
    lines.sort_by(|a, b| {
        let (x, y) = (share(a), share(b));
        match (x.value().is_some(), y.value().is_some()) {
            (true, false) => std::cmp::Ordering::Less,
            (false, true) => std::cmp::Ordering::Greater,
            // Cross-multiplied, so that no two different shares look the same.
            (true, true) => (y.hits * x.of).cmp(&(x.hits * y.of)).then(y.of.cmp(&x.of)),
            (false, false) => b.figures.now.overdue.cmp(&a.figures.now.overdue),
        }
        .then_with(|| kernel_base::text::compare(&a.name, &b.name))
    });
    let mut place = 0;
    let mut last: Option<Share> = None;
    for (at, line) in lines.iter_mut().enumerate() {
        let own = line.figures.on_time();
        if own.value().is_none() {
            line.rank = None;
            continue;
        }
        if last.is_none_or(|l| l.hits * own.of != own.hits * l.of) {
            place = at + 1;
        }
        last = Some(own);
        line.rank = Some(place);
    }
}

/// A month of the trend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Month {
    pub period: Period,
    pub kept: i64,
    pub late: i64,
}

impl Month {
    pub fn share(&self) -> Share {
        Share { hits: self.kept, of: self.kept + self.late }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(name: &str, kept: i64, late: i64, overdue: i64) -> Line {
        let settled = Settled { on_time: kept, late, ..Settled::default() };
        let figures = Figures { settled, now: OpenThen { open: overdue, overdue, paused: 0 } };
        Line { rank: None, agency: AgencyId::parse("000.00.31.H47").unwrap(), name: name.to_owned(), figures }
    }

    #[test]
    fn periods_are_read_and_follow_each_other() {
        for code in ["2021-07", "2021-Q3", "2021"] {
            assert_eq!(Period::parse(code).unwrap().code(), code);
        }
        for wrong in ["2021-7", "2021-13", "2021-Q5", "21", "x", "2021-"] {
            assert_eq!(Period::parse(wrong), None, "{wrong}");
        }
        assert_eq!(Period::Month(2021, 1).previous(), Period::Month(2020, 12));
        assert_eq!(Period::Quarter(2021, 4).next(), Period::Quarter(2022, 1));
        assert_eq!(Period::Quarter(2021, 4).span().until, Period::Year(2021).span().until);
        assert_eq!(Period::Month(2021, 7).span().from.to_string(), "2021-06-30T17:00:00.000Z");
        assert_eq!(Period::Quarter(2021, 3).trend().last(), Some(&Period::Month(2021, 9)));
    }

    #[test]
    fn nothing_is_not_nought_and_a_few_are_no_percentage() {
        assert_eq!(Share { hits: 0, of: 0 }.text(Lang::Vi), "–");
        assert_eq!(Share { hits: 1, of: 2 }.text(Lang::Vi), "1/2");
        assert_eq!(Share { hits: 0, of: 8 }.text(Lang::Vi), "0%");
        assert_eq!(Share { hits: 14_068, of: 16_274 }.text(Lang::Vi), "86,4%");
        assert_eq!(Share { hits: 9_999, of: 10_000 }.text(Lang::Vi), "99,9%");
    }

    #[test]
    fn leaving_a_late_one_lying_does_not_help() {
        let mut lines = vec![line("nằm im", 9, 0, 3), line("giải quyết trễ", 9, 3, 0), line("ít việc", 1, 0, 0)];
        rank(&mut lines);
        let ranks: Vec<_> = lines.iter().map(|l| (l.name.as_str(), l.rank)).collect();
        assert_eq!(ranks, [("giải quyết trễ", Some(1)), ("nằm im", Some(1)), ("ít việc", None)]);
    }
}
