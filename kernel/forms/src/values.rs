//! Reading what people type: dates, telephone numbers, identity numbers, money.

use jiff::civil::Date;
use kernel_base::text;

/// A date as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PartialDate {
    pub(crate) year: i16,
    pub(crate) month: Option<i8>,
    pub(crate) day: Option<i8>,
}

impl PartialDate {
    /// `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
    pub(crate) fn iso(self) -> String {
        let mut out = format!("{:04}", self.year);
        for part in [self.month, self.day].into_iter().flatten() {
            out.push_str(&format!("-{part:02}"));
        }
        out
    }

    /// `1950`, `03/1950` or `26/03/1950`.
    pub(crate) fn shown(self) -> String {
        let mut out = String::new();
        for part in [self.day, self.month].into_iter().flatten() {
            out.push_str(&format!("{part:02}/"));
        }
        out + &format!("{:04}", self.year)
    }

    /// The first day it can mean.
    pub(crate) fn first_day(self) -> Option<Date> {
        Date::new(self.year, self.month.unwrap_or(1), self.day.unwrap_or(1)).ok()
    }
}

/// Why a text is not a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DateFault {
    Unreadable,
    /// Two digits of the year, which could mean two centuries.
    ShortYear,
    NoSuchMonth(i64),
    /// The month has fewer days.
    NoSuchDay {
        month: i8,
        year: i16,
        days: i8,
    },
    /// Day or month is missing.
    Incomplete,
}

/// Reads `26/07/2021`, `26-7-2021`, `26.7.2021`, `26 tháng 7 năm 2021`, `26072021`, `2021-07-26`, and, for a
/// date known in part, `1950`, `3/1950` and `1950-03`. Empty parts (`//1950`, from three boxes) count as unknown.
pub(crate) fn read_date(typed: &str) -> Result<PartialDate, DateFault> {
    let mut plain = text::clean_line(typed).to_lowercase();
    for word in ["ngày", "tháng", "năm"] {
        plain = plain.replace(word, " ");
    }
    let parts: Vec<&str> = plain.split(['/', '-', '.', ' ']).filter(|part| !part.is_empty()).collect();
    if parts.iter().any(|part| !part.bytes().all(|b| b.is_ascii_digit()) || part.len() > 8) {
        return Err(DateFault::Unreadable);
    }
    if let [day, month, year] = plain.split('/').map(str::trim).collect::<Vec<_>>().as_slice() {
        // Three boxes of a page: an empty one is unknown, and only the day, or day and month, may be.
        match (day.is_empty(), month.is_empty(), year.is_empty()) {
            (true, _, false) | (false, false, false) => {}
            _ => return Err(DateFault::Incomplete),
        }
    }
    match parts.as_slice() {
        [whole] if whole.len() == 8 => put_together(Some(&whole[..2]), Some(&whole[2..4]), &whole[4..]),
        [year] => put_together(None, None, year),
        [year, month] if year.len() == 4 => put_together(None, Some(month), year),
        [month, year] => put_together(None, Some(month), year),
        [year, month, day] if year.len() == 4 => put_together(Some(day), Some(month), year),
        [day, month, year] => put_together(Some(day), Some(month), year),
        _ => Err(DateFault::Unreadable),
    }
}

fn put_together(day: Option<&str>, month: Option<&str>, year: &str) -> Result<PartialDate, DateFault> {
    if year.len() != 4 {
        let short = year.len() == 2 && day.is_some();
        return Err(if short { DateFault::ShortYear } else { DateFault::Unreadable });
    }
    let number = |part: &str| part.parse::<i64>().map_err(|_| DateFault::Unreadable);
    let year = i16::try_from(number(year)?).ok().filter(|year| *year >= 1).ok_or(DateFault::Unreadable)?;
    let Some(month) = month else { return Ok(PartialDate { year, month: None, day: None }) };
    let wrong_month = number(month)?;
    let first = i8::try_from(wrong_month).ok().and_then(|month| Date::new(year, month, 1).ok());
    let first = first.ok_or(DateFault::NoSuchMonth(wrong_month))?;
    let month = Some(first.month());
    let Some(day) = day else { return Ok(PartialDate { year, month, day: None }) };
    let days = first.days_in_month();
    let fault = DateFault::NoSuchDay { month: first.month(), year, days };
    let day = i8::try_from(number(day)?).ok().filter(|day| (1..=days).contains(day)).ok_or(fault)?;
    Ok(PartialDate { year, month, day: Some(day) })
}

/// Reads a whole date.
pub(crate) fn read_whole_date(typed: &str) -> Result<Date, DateFault> {
    let date = read_date(typed)?;
    match (date.month, date.day) {
        (Some(_), Some(_)) => date.first_day().ok_or(DateFault::Unreadable),
        _ => Err(DateFault::Incomplete),
    }
}

fn only_digits(typed: &str, ignored: &[char]) -> Option<String> {
    let kept: String = typed.chars().filter(|c| !c.is_whitespace() && !ignored.contains(c)).collect();
    (!kept.is_empty() && kept.bytes().all(|b| b.is_ascii_digit())).then_some(kept)
}

/// `0905 123 456`, `+84 905.123.456` and `84905123456` are one number: `0905123456`.
pub(crate) fn read_phone(typed: &str) -> Option<String> {
    let digits = only_digits(typed.trim().trim_start_matches('+'), &['.', '-', '(', ')', '\u{2013}', '/'])?;
    let international = typed.trim().starts_with('+') || digits.len() >= 11;
    let local = digits.strip_prefix("0084").or_else(|| digits.strip_prefix("84").filter(|_| international));
    match local {
        Some(rest) if rest.starts_with('0') => Some(rest.to_owned()),
        Some(rest) => Some(format!("0{rest}")),
        None if typed.trim().starts_with('+') => None,
        None => Some(digits),
    }
}

/// A mobile number (03, 05, 07, 08, 09 and eight digits) or a fixed line (02 and nine digits).
pub(crate) fn is_phone(number: &str) -> bool {
    let digits = number.bytes().all(|b| b.is_ascii_digit());
    let mut letters = number.bytes();
    let start = (letters.next(), letters.next());
    match start {
        (Some(b'0'), Some(b'3' | b'5' | b'7' | b'8' | b'9')) => digits && number.len() == 10,
        (Some(b'0'), Some(b'2')) => digits && number.len() == 11,
        _ => false,
    }
}

/// Groups of a telephone number: `0905 123 456`, `0235 3852 739`.
pub(crate) fn phone_shown(number: &str) -> String {
    match (is_phone(number), number.len()) {
        (true, 10) => format!("{} {} {}", &number[..4], &number[4..7], &number[7..]),
        (true, _) => format!("{} {} {}", &number[..4], &number[4..8], &number[8..]),
        _ => number.to_owned(),
    }
}

/// Digits of an identity number or a code, without the spaces, dots and dashes people put between them.
pub(crate) fn read_digits(typed: &str) -> Option<String> {
    only_digits(typed, &['.', '-'])
}

/// Enterprise code: ten digits, or ten, a dash and three.
pub(crate) fn read_business_code(typed: &str) -> Option<String> {
    let digits = read_digits(typed)?;
    match digits.len() {
        13 => Some(format!("{}-{}", &digits[..10], &digits[10..])),
        _ => Some(digits),
    }
}

/// `1 234`, `1.234` and `1234` are one number; dots and commas count as separators of thousands only in threes.
pub(crate) fn read_integer(typed: &str) -> Option<i64> {
    let spaceless: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    let (negative, body) = match spaceless.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, spaceless.as_str()),
    };
    let groups: Vec<&str> = body.split(['.', ',']).collect();
    let digits = groups.iter().all(|group| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit()));
    let one_sign = !(body.contains('.') && body.contains(','));
    let in_threes = groups.len() == 1
        || (groups.iter().skip(1).all(|group| group.len() == 3) && groups.first().is_some_and(|g| g.len() <= 3));
    let number: i64 = (digits && one_sign && in_threes).then(|| groups.concat().parse().ok())??;
    Some(if negative { -number } else { number })
}

/// Money in đồng: `50.000`, `50 000 đ`, `50.000 VND`, `50k`, `50 nghìn`, `2 triệu`.
pub(crate) fn read_money(typed: &str) -> Option<i64> {
    let lower = text::clean_line(typed).to_lowercase();
    let units: [(&str, i64); 13] = [
        ("triệu đồng", 1_000_000),
        ("triệu", 1_000_000),
        ("tr", 1_000_000),
        ("nghìn đồng", 1_000),
        ("ngàn đồng", 1_000),
        ("nghìn", 1_000),
        ("ngàn", 1_000),
        ("k", 1_000),
        ("đồng", 1),
        ("vnđ", 1),
        ("vnd", 1),
        ("đ", 1),
        ("₫", 1),
    ];
    let (body, times) = units
        .iter()
        .find_map(|(unit, times)| lower.strip_suffix(unit).map(|body| (body, *times)))
        .unwrap_or((lower.as_str(), 1));
    read_integer(body)?.checked_mul(times)
}

/// An answer to yes or no.
pub(crate) fn read_yes_no(typed: &str) -> Option<bool> {
    match text::fold(typed).as_str() {
        "true" | "yes" | "co" | "on" | "1" | "y" | "dung" => Some(true),
        "false" | "no" | "khong" | "off" | "0" | "n" | "sai" => Some(false),
        _ => None,
    }
}

/// One `@`, something before it, a dotted domain after it, no spaces. Whether it exists only a message can tell.
pub(crate) fn is_email(typed: &str) -> bool {
    let Some((user, domain)) = typed.split_once('@') else { return false };
    let labels: Vec<&str> = domain.split('.').collect();
    let label = |l: &&str| !l.is_empty() && !l.starts_with('-') && !l.ends_with('-') && l.chars().all(is_host_letter);
    let quiet = |c: char| !c.is_whitespace() && !c.is_control() && !"\"(),:;<>[\\]@".contains(c);
    let dots = !user.starts_with('.') && !user.ends_with('.') && !user.contains("..");
    !user.is_empty()
        && user.chars().all(quiet)
        && dots
        && labels.len() >= 2
        && labels.iter().all(label)
        && typed.len() <= 254
}

fn is_host_letter(c: char) -> bool {
    c.is_alphanumeric() || c == '-'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_every_form_people_write_them() {
        for typed in [
            "26/07/2021",
            "26-7-2021",
            "26.7.2021",
            " 26 / 7 / 2021 ",
            "2021-07-26",
            "26072021",
            "ngày 26 tháng 7 năm 2021",
            "2021/7/26",
        ] {
            assert_eq!(read_whole_date(typed).map(|d| d.to_string()), Ok("2021-07-26".to_owned()), "{typed}");
        }
        assert_eq!(read_whole_date("30/02/2020"), Err(DateFault::NoSuchDay { month: 2, year: 2020, days: 29 }));
        assert_eq!(read_whole_date("1/13/2020"), Err(DateFault::NoSuchMonth(13)));
        assert_eq!(read_whole_date("26/7/21"), Err(DateFault::ShortYear));
        for typed in ["7/2021", "31//2021", "31/7/", "/7/2021", "//2021", "31//"] {
            assert_eq!(read_whole_date(typed), Err(DateFault::Incomplete), "{typed}");
        }
        for typed in ["", "hôm qua", "26/7/2021/5", "0/0/0", "1/1/0000", "99999999999999999999"] {
            assert!(read_whole_date(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn a_date_known_in_part_keeps_what_is_known() {
        for (typed, iso) in [
            ("1950", "1950"),
            ("3/1950", "1950-03"),
            ("1950-03", "1950-03"),
            ("//1950", "1950"),
            ("/3/1950", "1950-03"),
            ("tháng 3 năm 1950", "1950-03"),
            ("26/3/1950", "1950-03-26"),
        ] {
            assert_eq!(read_date(typed).map(PartialDate::iso), Ok(iso.to_owned()), "{typed}");
        }
    }

    #[test]
    fn telephone_numbers_lose_their_punctuation_and_country_code() {
        for typed in
            ["0905 123 456", "+84905123456", "84 905 123 456", "0905.123.456", "+84 (0)905-123-456", "0084905123456"]
        {
            assert_eq!(read_phone(typed).as_deref(), Some("0905123456"), "{typed}");
        }
        assert!(is_phone("0905123456") && is_phone("02353852739"));
        for wrong in ["090512345", "0105123456", "905123456", "0235385273", "", "09o5123456"] {
            assert!(!is_phone(wrong), "{wrong}");
        }
        assert_eq!(phone_shown("0905123456"), "0905 123 456");
    }

    #[test]
    fn money_and_numbers_are_read_with_vietnamese_separators() {
        for (typed, dong) in [
            ("50.000", 50_000),
            ("50k", 50_000),
            ("50 000 đ", 50_000),
            ("1.622.000 VND", 1_622_000),
            ("2 triệu", 2_000_000),
            ("50,000", 50_000),
            ("0", 0),
        ] {
            assert_eq!(read_money(typed), Some(dong), "{typed}");
        }
        for typed in ["", "đ", "50.00", "1.5", "năm mươi", "1e5", "9999999999999999999k", "1.000,5"] {
            assert_eq!(read_money(typed), None, "{typed}");
        }
        assert_eq!(read_integer("-1 234"), Some(-1_234));
    }

    #[test]
    fn an_email_address_has_a_name_and_a_dotted_domain() {
        for right in ["an@quangnam.gov.vn", "nguyen.van.a+1@gmail.com"] {
            assert!(is_email(right), "{right}");
        }
        for wrong in [
            "an",
            "an@",
            "@gmail.com",
            "an@gmail",
            "an an@gmail.com",
            "an@@gmail.com",
            "an@gmail..com",
            "a\"b@gmail.com",
            "an@-x.com",
        ] {
            assert!(!is_email(wrong), "{wrong}");
        }
    }
}
