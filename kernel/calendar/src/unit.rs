//! Limits and the time of day after which something counts from the next working day.

use kernel_base::Words;
use serde::{Deserialize, Serialize};

/// Unit of a limit (thời hạn).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// giờ làm việc: 60 minutes inside the working hours
    WorkingHour,
    /// ngày làm việc: as many working minutes as the calendar's full day has (8 hours)
    WorkingDay,
    /// ngày: every day counts, the first one not (Bộ luật Dân sự 2015, art. 147)
    CalendarDay,
    /// tháng: to the same day of a later month, or its last day (Bộ luật Dân sự 2015, art. 148)
    Month,
}

/// How much time there is, e.g. 3 working days. The amount 0 means "within the same working day" (trả trong ngày).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Limit {
    pub amount: i64,
    pub unit: Unit,
}

impl Limit {
    pub const fn new(amount: i64, unit: Unit) -> Self {
        Self { amount, unit }
    }

    pub const fn working_hours(amount: i64) -> Self {
        Self::new(amount, Unit::WorkingHour)
    }

    pub const fn working_days(amount: i64) -> Self {
        Self::new(amount, Unit::WorkingDay)
    }

    pub const fn calendar_days(amount: i64) -> Self {
        Self::new(amount, Unit::CalendarDay)
    }

    pub const fn months(amount: i64) -> Self {
        Self::new(amount, Unit::Month)
    }

    /// `3 ngày làm việc` / `3 working days`; `trong ngày làm việc` / `the same working day` for 0.
    pub fn words(self) -> Words {
        let Self { amount, unit } = self;
        let s = if amount == 1 { "" } else { "s" };
        match (amount, unit) {
            (0, _) => Words::new("trong ngày làm việc", "the same working day"),
            (_, Unit::WorkingHour) => Words::new(format!("{amount} giờ làm việc"), format!("{amount} working hour{s}")),
            (_, Unit::WorkingDay) => Words::new(format!("{amount} ngày làm việc"), format!("{amount} working day{s}")),
            (_, Unit::CalendarDay) => Words::new(format!("{amount} ngày"), format!("{amount} day{s}")),
            (_, Unit::Month) => Words::new(format!("{amount} tháng"), format!("{amount} month{s}")),
        }
    }
}

/// Time of day; what is received after it counts from the next working morning. Text form `15:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cutoff(i64);

impl Cutoff {
    /// 15:00, as the published procedures say (e.g. 1.001193, 2.000635).
    pub const AT_15: Self = Self(15 * 60);

    /// Reads `HH:MM`.
    pub fn parse(text: &str) -> Option<Self> {
        parse_minute(text).filter(|minute| *minute < 24 * 60).map(Self)
    }

    /// Minutes since midnight.
    pub fn minute(self) -> i64 {
        self.0
    }
}

impl std::fmt::Display for Cutoff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&minute_text(self.0))
    }
}

impl TryFrom<String> for Cutoff {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("not a time of day: {text}"))
    }
}

impl From<Cutoff> for String {
    fn from(cutoff: Cutoff) -> Self {
        cutoff.to_string()
    }
}

/// Reads `HH:MM` as minutes since midnight; `24:00` is the end of the day.
pub(crate) fn parse_minute(text: &str) -> Option<i64> {
    let (hour, minute) = text.trim().split_once(':')?;
    let number = |t: &str| (t.len() == 2 && t.bytes().all(|b| b.is_ascii_digit())).then(|| t.parse::<i64>().ok())?;
    let (hour, minute) = (number(hour)?, number(minute)?);
    ((hour < 24 && minute < 60) || (hour == 24 && minute == 0)).then_some(hour * 60 + minute)
}

pub(crate) fn minute_text(minute: i64) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cutoff_is_a_time_of_day_and_nothing_else() {
        assert_eq!(Cutoff::parse("15:00"), Some(Cutoff::AT_15));
        assert_eq!(serde_json::to_string(&Cutoff::AT_15).ok().as_deref(), Some("\"15:00\""));
        for wrong in ["", "15", "15:60", "24:00", "25:00", "3:00", "15:00:00", "-1:00", "+5:00"] {
            assert_eq!(Cutoff::parse(wrong), None, "{wrong}");
            assert!(serde_json::from_str::<Cutoff>(&format!("\"{wrong}\"")).is_err(), "{wrong}");
        }
    }

    #[test]
    fn limits_speak_both_languages() {
        assert_eq!(Limit::working_days(3).words(), Words::new("3 ngày làm việc", "3 working days"));
        assert_eq!(Limit::months(1).words().en, "1 month");
        assert_eq!(Limit::calendar_days(0).words().vi, "trong ngày làm việc");
    }
}
