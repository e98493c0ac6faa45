//! Ladders: who is reminded, urged and told of an obligation, and when. Dated data for each kind. Pure.

use std::sync::LazyLock;

use jiff::civil::Date;
use kernel_base::{Error, Instant, Result};
use kernel_calendar::Calendar;
use serde::{Deserialize, Serialize};

/// Who hears of a rung: of the holding agency, then above it, then everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// The officer who works on it.
    Officer,
    /// The head of the unit inside the holding agency.
    Head,
    /// The leader of the holding agency, the accountable person.
    Leader,
    /// Phó Chủ tịch of the committee it is owed to.
    ViceChairman,
    /// Chủ tịch.
    Chairman,
    /// The public board.
    Public,
}

/// What a rung does beside telling.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RungAct {
    /// nhắc việc
    Remind,
    /// dự thảo công văn đôn đốc
    Letter,
    /// đưa vào danh sách của lãnh đạo
    List,
    /// công khai
    Publish,
    /// đề nghị xem xét khi xếp loại
    Rate,
}

/// When a rung comes, as seen from the due it aims at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "snake_case")]
pub enum When {
    /// When this share of the limit has passed.
    Percent { percent: i64 },
    /// The beginning of work so many working days before the day of the due. Left out when it is over already.
    Before { days: i64 },
    /// The due itself.
    Due,
    /// The beginning of work so many working days after the day of the due.
    After { days: i64 },
}

impl When {
    /// Order in time, whatever the limit.
    fn order(self) -> (i64, i64) {
        match self {
            Self::Percent { percent } => (0, percent),
            Self::Before { days } => (1, -days),
            Self::Due => (2, 0),
            Self::After { days } => (3, days),
        }
    }

    fn is_sane(self) -> bool {
        match self {
            Self::Percent { percent } => (1..100).contains(&percent),
            Self::Before { days } | Self::After { days } => (1..=250).contains(&days),
            Self::Due => true,
        }
    }
}

/// One rung (mốc đôn đốc).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rung {
    /// Number of the rung: positive, growing with time.
    pub mark: i64,
    pub when: When,
    pub to: Vec<Level>,
    pub act: RungAct,
}

/// The rungs of one kind of obligation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ladder {
    pub kind: String,
    /// The act it comes from, or that it is illustrative.
    pub source: String,
    pub rungs: Vec<Rung>,
}

impl Ladder {
    /// A ladder that can be climbed: at least one rung, marks and times growing.
    ///
    /// # Errors
    /// `Invalid` that says what is wrong.
    pub fn check(self) -> Result<Self> {
        let mut pairs = self.rungs.iter().zip(self.rungs.iter().skip(1));
        let growing = pairs.all(|(low, high)| low.mark < high.mark && low.when.order() < high.when.order());
        let first = self.rungs.first().is_some_and(|rung| rung.mark > 0);
        if growing && first && self.rungs.iter().all(|rung| rung.when.is_sane()) && !self.kind.trim().is_empty() {
            return Ok(self);
        }
        let words = (
            "Thang đôn đốc phải có ít nhất một mốc, số và thời điểm của các mốc tăng dần.",
            "A ladder needs at least one rung; numbers and times of its rungs must grow.",
        );
        Err(Error::refused("ladder", words))
    }

    /// Reminders at 50, 80 and 100 percent, for kinds without a ladder of their own.
    pub(crate) fn standard() -> &'static Self {
        static STANDARD: LazyLock<Ladder> = LazyLock::new(|| {
            let rung = |mark, when, to: &[Level]| Rung { mark, when, to: to.to_vec(), act: RungAct::Remind };
            let rungs = vec![
                rung(50, When::Percent { percent: 50 }, &[Level::Officer]),
                rung(80, When::Percent { percent: 80 }, &[Level::Officer, Level::Head]),
                rung(100, When::Due, &[Level::Head, Level::Leader]),
            ];
            Ladder { kind: String::new(), source: String::new(), rungs }
        });
        &STANDARD
    }

    /// The rung with this number.
    pub fn rung(&self, mark: i64) -> Option<&Rung> {
        self.rungs.iter().find(|rung| rung.mark == mark)
    }
}

/// The ladders that ship with the product, for kinds a province has published none for.
pub(crate) fn shipped(kind: &str) -> Result<Option<Ladder>> {
    let all: Vec<Ladder> = serde_json::from_str(include_str!("../fixtures/ladders.json"))
        .map_err(|e| Error::internal(format!("fixtures/ladders.json: {e}")))?;
    all.into_iter().find(|ladder| ladder.kind == kind).map(Ladder::check).transpose()
}

/// More days than any ladder looks ahead.
const FARTHEST: i64 = 2_000;

/// The beginning of work on the n-th working day after `date` (before it when `n` is negative).
pub(crate) fn working_morning(date: Date, n: i64, calendar: &Calendar) -> Result<Instant> {
    let mut day = date;
    let mut left = n.abs();
    for _ in 0..FARTHEST {
        day = if n < 0 { day.yesterday() } else { day.tomorrow() }.map_err(|e| Error::internal(e.to_string()))?;
        let Some(first) = calendar.day(day).hours.first().copied() else { continue };
        left -= 1;
        if left <= 0 {
            return Ok(at_minute(day, first.from));
        }
    }
    Err(Error::internal(format!("no {n}-th working day from {date}")))
}

/// The end of work on a day; of the next working day when it is none (Bộ luật Dân sự 2015, art. 148).
pub(crate) fn end_of_work(date: Date, calendar: &Calendar) -> Result<Instant> {
    let mut day = date;
    for _ in 0..FARTHEST {
        if let Some(last) = calendar.day(day).hours.last() {
            return Ok(at_minute(day, last.to));
        }
        day = day.tomorrow().map_err(|e| Error::internal(e.to_string()))?;
    }
    Err(Error::internal(format!("no working day after {date}")))
}

fn at_minute(day: Date, minute: i64) -> Instant {
    Instant::from_vietnam(day.at(0, 0, 0, 0)).plus_minutes(minute)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn every_shipped_ladder_can_be_climbed() {
        for kind in ["dossier.reception", "dossier.settlement", "dossier.step", "directive.task", "directive.part"] {
            assert!(shipped(kind).unwrap().is_some(), "{kind}");
        }
        assert_eq!(shipped("nothing").unwrap(), None);
        let mut standard = Ladder::standard().clone();
        "any".clone_into(&mut standard.kind);
        standard.check().unwrap();
    }

    #[test]
    fn a_ladder_whose_rungs_go_back_is_refused() {
        let mut ladder = shipped("directive.task").unwrap().unwrap();
        ladder.rungs.swap(0, 1);
        assert_eq!(ladder.check().unwrap_err().code, "ladder");
    }

    #[test]
    fn working_mornings_pass_over_the_weekend() {
        let calendar = Calendar::vietnam().unwrap();
        let morning = |n| working_morning(date(2021, 7, 30), n, &calendar).unwrap().vietnam().to_string();
        assert_eq!(morning(1), "2021-08-02T07:00:00", "from Friday to Monday");
        assert_eq!(morning(-5), "2021-07-23T07:00:00");
        assert_eq!(end_of_work(date(2021, 8, 1), &calendar).unwrap().vietnam().to_string(), "2021-08-02T17:00:00");
    }
}
