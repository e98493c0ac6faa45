//! Deadlines a clerk can check by hand, on the state's calendar.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use kernel_base::{Instant, Kind, Words, vietnam_time};
use kernel_calendar::{
    Calendar, CalendarData, Cutoff, Entry, EntryKind, Limit, Mark, Unit, add_working_minutes, due,
    next_working_instant, working_minutes_between,
};

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn promised(start: &str, limit: Limit, cutoff: Option<Cutoff>) -> String {
    promised_on(&Calendar::vietnam().unwrap(), start, limit, cutoff)
}

fn promised_on(calendar: &Calendar, start: &str, limit: Limit, cutoff: Option<Cutoff>) -> String {
    vietnam_time(due(at(start), limit.amount, limit.unit, cutoff, calendar).unwrap().at)
}

fn with_entry(date: &str, kind: EntryKind) -> Calendar {
    let mut data = Calendar::vietnam().unwrap().data().clone();
    let name = Words::new("Bão số 5", "Storm no. 5");
    let date = date.parse().unwrap();
    data.entries.push(Entry { date, kind, name, source: "Công điện".into(), unverified: true, hours: Vec::new() });
    Calendar::check(data).unwrap()
}

#[test]
fn working_days_keep_the_time_of_day_and_a_full_day_ends_in_the_evening() {
    // 26 July 2021 is a Monday.
    assert_eq!(promised("2021-07-26T09:30", Limit::working_days(3), None), "09:30 ngày 29/07/2021");
    assert_eq!(promised("2021-07-26T07:00", Limit::working_days(3), None), "17:00 ngày 28/07/2021");
    assert_eq!(promised("2021-07-26T06:00", Limit::working_days(1), None), "17:00 ngày 26/07/2021");
    assert_eq!(promised("2021-07-26T12:15", Limit::working_hours(1), None), "14:30 ngày 26/07/2021");
    assert_eq!(promised("2021-07-23T16:00", Limit::working_hours(8), None), "16:00 ngày 26/07/2021");
    assert_eq!(promised("2021-07-24T10:00", Limit::working_days(1), None), "17:00 ngày 26/07/2021");
    assert_eq!(promised("2021-07-26T09:30:00.001", Limit::working_days(1), None), "09:31 ngày 27/07/2021");
}

#[test]
fn what_comes_after_three_counts_from_the_next_working_morning() {
    let cutoff = Some(Cutoff::AT_15);
    assert_eq!(promised("2021-07-26T15:00", Limit::working_days(1), cutoff), "15:00 ngày 27/07/2021");
    assert_eq!(promised("2021-07-26T15:00:00.001", Limit::working_days(1), cutoff), "17:00 ngày 27/07/2021");
    assert_eq!(promised("2021-07-30T16:00", Limit::working_days(1), cutoff), "17:00 ngày 02/08/2021");
    assert_eq!(promised("2021-07-26T10:00", Limit::working_days(0), cutoff), "17:00 ngày 26/07/2021");
    assert_eq!(promised("2021-07-26T15:10", Limit::working_days(0), cutoff), "17:00 ngày 27/07/2021");
    assert_eq!(promised("2021-07-31T10:00", Limit::working_days(0), cutoff), "17:00 ngày 02/08/2021");
    assert_eq!(promised("2021-07-30T16:00", Limit::calendar_days(1), cutoff), "17:00 ngày 03/08/2021");
}

#[test]
fn day_and_month_limits_leave_the_first_day_out_and_never_end_on_a_day_of_rest() {
    assert_eq!(promised("2021-07-26T09:30", Limit::calendar_days(3), None), "17:00 ngày 29/07/2021");
    assert_eq!(promised("2021-07-26T09:30", Limit::calendar_days(5), None), "17:00 ngày 02/08/2021");
    assert_eq!(promised("2021-07-26T23:59:59", Limit::calendar_days(1), None), "17:00 ngày 27/07/2021");
    assert_eq!(promised("2021-08-02T09:00", Limit::months(1), None), "17:00 ngày 06/09/2021");
    assert_eq!(promised("2021-01-31T09:00", Limit::months(1), None), "17:00 ngày 01/03/2021");
    assert_eq!(promised("2022-12-31T09:00", Limit::months(2), None), "17:00 ngày 28/02/2023");
}

#[test]
fn tet_compensations_swaps_make_up_and_half_days_are_known() {
    assert_eq!(promised("2021-02-09T16:00", Limit::working_days(1), None), "16:00 ngày 17/02/2021");
    assert_eq!(promised("2021-04-29T09:00", Limit::working_days(1), None), "09:00 ngày 04/05/2021");
    assert_eq!(promised("2021-09-01T09:00", Limit::working_days(1), None), "09:00 ngày 06/09/2021");
    assert_eq!(promised("2025-04-25T09:00", Limit::working_days(1), None), "09:00 ngày 26/04/2025");
    assert_eq!(promised("2025-04-29T09:00", Limit::working_days(1), None), "09:00 ngày 05/05/2025");
    assert_eq!(promised("2026-08-21T09:00", Limit::working_days(2), None), "09:00 ngày 24/08/2026");
    assert_eq!(promised("2026-11-23T09:00", Limit::working_days(1), None), "09:00 ngày 25/11/2026");
    let half = with_entry("2021-07-27", EntryKind::HalfDay);
    assert_eq!(promised_on(&half, "2021-07-26T07:00", Limit::working_days(2), None), "10:30 ngày 28/07/2021");
    assert_eq!(promised_on(&half, "2021-07-27T08:00", Limit::working_days(0), None), "11:30 ngày 27/07/2021");
    let storm = with_entry("2021-07-27", EntryKind::Off);
    assert_eq!(promised_on(&storm, "2021-07-26T09:30", Limit::working_days(1), None), "09:30 ngày 28/07/2021");
}

#[test]
fn the_trace_tells_a_citizen_why_the_date_is_that_one() {
    let calendar = Calendar::vietnam().unwrap();
    let due = due(at("2021-04-29T15:20"), 1, Unit::WorkingDay, Some(Cutoff::AT_15), &calendar).unwrap();
    let lines: Vec<_> = due.trace.iter().map(|line| line.words.vi.as_str()).collect();
    assert_eq!(
        lines,
        [
            "Nhận lúc 15:20 ngày 29/04/2021, sau 15:00: tính từ 07:00 ngày 04/05/2021",
            "Thứ Sáu 30/04/2021 (Ngày Chiến thắng 30/4): không tính",
            "Thứ Bảy 01/05/2021 (Ngày Quốc tế lao động 1/5): không tính",
            "Chủ nhật 02/05/2021 (nghỉ cuối tuần): không tính",
            "Thứ Hai 03/05/2021 (Nghỉ bù Ngày Quốc tế lao động 1/5): không tính",
            "Thứ Ba 04/05/2021: tính 8 giờ",
            "Hạn: 17:00 ngày 04/05/2021",
        ]
    );
}

#[test]
fn a_day_limit_shows_every_day_and_the_move_off_the_weekend() {
    let calendar = Calendar::vietnam().unwrap();
    let due = due(at("2021-07-30T09:30"), 1, Unit::CalendarDay, None, &calendar).unwrap();
    let lines: Vec<_> = due.trace.iter().map(|line| line.words.en.as_str()).collect();
    assert_eq!(
        lines,
        [
            "Received at 09:30 on 30/07/2021: the time runs from then",
            "Friday 30/07/2021: first day, not counted",
            "Saturday 31/07/2021 (weekend): 1 day counted",
            "Sunday 01/08/2021 (weekend): not counted",
            "Monday 02/08/2021: first working day after a last day of rest",
            "Due: 17:00 on 02/08/2021",
        ]
    );
}

#[test]
fn a_year_without_a_published_calendar_is_computed_with_a_warning() {
    let calendar = Calendar::vietnam().unwrap();
    let due = due(at("2026-12-31T09:00"), 1, Unit::WorkingDay, None, &calendar).unwrap();
    assert_eq!(vietnam_time(due.at), "09:00 ngày 04/01/2027", "New Year and the weekend do not count");
    let warning = due.trace.iter().find(|line| line.mark == Mark::Warning).unwrap();
    assert!(warning.words.vi.contains("2027 chưa công bố"), "{warning:?}");
    assert_eq!(
        promised("2020-11-23T09:00", Limit::working_days(1), None),
        "09:00 ngày 24/11/2020",
        "a holiday since 2026"
    );
    assert_eq!(promised("2027-11-23T09:00", Limit::working_days(1), None), "09:00 ngày 25/11/2027");
    assert!(promised("2028-06-01T09:00", Limit::working_days(1), None).ends_with("02/06/2028"));
}

#[test]
fn absurd_questions_get_an_error_and_never_an_endless_loop() {
    let calendar = Calendar::vietnam().unwrap();
    let start = at("2021-07-26T09:30");
    for unit in [Unit::WorkingHour, Unit::WorkingDay, Unit::CalendarDay, Unit::Month] {
        for amount in [-1, i64::MIN, i64::MAX, i64::MAX / 60, 1_000_000] {
            let error = due(start, amount, unit, None, &calendar).unwrap_err();
            assert_eq!(error.kind, Kind::Invalid, "{amount} {unit:?}");
        }
        for wild in [Instant::from_millis(i64::MIN), Instant::from_millis(i64::MAX)] {
            assert_eq!(due(wild, 1, unit, Some(Cutoff::AT_15), &calendar).unwrap_err().code, "instant_out_of_range");
        }
    }
    assert!(add_working_minutes(start, -1, &calendar).is_err());
    assert!(add_working_minutes(start, i64::MAX, &calendar).is_err());
    assert!(next_working_instant(Instant::from_millis(i64::MAX), &calendar).is_err());
    let all = working_minutes_between(Instant::from_millis(i64::MIN), Instant::from_millis(i64::MAX), &calendar);
    assert!(all > 0);
}

#[test]
fn a_calendar_with_no_working_day_left_gives_an_error() {
    let mut data = Calendar::vietnam().unwrap().data().clone();
    data.entries.clear();
    data.week = std::array::from_fn(|_| Vec::new());
    assert_eq!(Calendar::check(data.clone()).unwrap_err().fields[0].field, "week");
    // One minute a week, and all of them taken away for eleven years.
    data.week[0] = vec![String::from("07:00-07:01").try_into().unwrap()];
    let mut date = jiff::civil::date(2021, 7, 26);
    while date.year() < 2033 {
        let name = Words::new("Nghỉ", "Off");
        data.entries.push(Entry {
            date,
            kind: EntryKind::Off,
            name,
            source: "t".into(),
            unverified: true,
            hours: vec![],
        });
        date = date.tomorrow().unwrap();
    }
    let calendar = Calendar::check(data).unwrap();
    for amount in [0, 1] {
        let error = due(at("2021-07-26T09:30"), amount, Unit::WorkingDay, None, &calendar).unwrap_err();
        assert_eq!(error.code, "limit_too_long");
    }
}

#[test]
fn a_faulty_calendar_is_refused_with_every_fault_named() {
    let calendar = Calendar::vietnam().unwrap();
    let mut data = calendar.data().clone();
    data.week[2].reverse();
    data.entries[1].source.clear();
    data.entries.push(data.entries[0].clone());
    data.entries[2].hours = data.week[1].clone();
    let fields: Vec<_> = Calendar::check(data).unwrap_err().fields.into_iter().map(|f| f.field).collect();
    assert_eq!(fields, ["week.2", "entries.2021-01-01", "entries.2021-02-10.source", "entries.2021-02-11.hours"]);
    let read: Result<CalendarData, _> = serde_json::from_str(r#"{"week": []}"#);
    assert!(read.is_err());
}

#[test]
fn a_calendar_survives_json_and_every_entry_has_a_source_and_a_name() {
    let calendar = Calendar::vietnam().unwrap();
    let text = serde_json::to_string(&calendar).unwrap();
    assert_eq!(serde_json::from_str::<Calendar>(&text).unwrap(), calendar);
    assert!(
        calendar.data().entries.iter().all(|e| !e.source.is_empty() && !e.name.vi.is_empty() && !e.name.en.is_empty())
    );
    assert_eq!(calendar.full_day_minutes(), 480);
}

#[test]
fn the_longest_limit_stays_fast_and_its_trace_short() {
    let calendar = Calendar::vietnam().unwrap();
    for case in [Limit::working_days(2_400), Limit::calendar_days(3_600), Limit::months(120)] {
        let due = due(at("2021-07-26T09:30"), case.amount, case.unit, None, &calendar).unwrap();
        assert!(due.trace.len() <= 54);
        assert!(due.trace.iter().any(|line| line.mark == Mark::More));
    }
}
