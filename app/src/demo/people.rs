//! Invented people: names that nobody bears, numbers of a form that is never issued twice.

use serde_json::{Map, Value, json};

/// A small deterministic generator, so that the same demonstration is made each time.
#[derive(Debug, Clone)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// SplitMix64.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n.max(1) as u64).unwrap_or(0)
    }

    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }
}

const FAMILY: [&str; 12] =
    ["Trần", "Lê", "Phạm", "Võ", "Đặng", "Bùi", "Hồ", "Ngô", "Đinh", "Huỳnh", "Alăng", "Bh’nướch"];
const MIDDLE: [&str; 6] = ["Thí", "Minh", "Giả", "Ví", "Mẫu", "Tưởng"];
const GIVEN: [&str; 10] = ["Dụ", "Họa", "Định", "Tượng", "Thử", "Nghiệm", "Mường", "Sáng", "Hư", "Cấu"];

/// An invented full name such as "Trần Thí Dụ".
pub(crate) fn name(chance: &mut Chance) -> String {
    let part = |chance: &mut Chance, list: &[&str]| chance.pick(list).copied().unwrap_or("Dụ").to_owned();
    format!("{} {} {}", part(chance, &FAMILY), part(chance, &MIDDLE), part(chance, &GIVEN))
}

/// Puts an invented applicant into a complete valid answer of a form. Days after `today` become three days ago.
pub(crate) fn answers(
    example: &Value,
    applicant: &std::collections::BTreeMap<String, String>,
    (number, name): (u64, &str),
    today: jiff::civil::Date,
) -> Value {
    let mut answers = example.as_object().cloned().unwrap_or_else(Map::new);
    let recent = today.saturating_sub(jiff::Span::new().days(3));
    for value in answers.values_mut() {
        let day: Option<jiff::civil::Date> = value.as_str().filter(|t| t.len() == 10).and_then(|t| t.parse().ok());
        if day.is_some_and(|day| day > today) {
            *value = json!(recent.to_string());
        }
    }
    let mut put = |role: &str, value: Value| {
        if let Some(property) = applicant.get(role)
            && answers.contains_key(property)
        {
            answers.insert(property.clone(), value);
        }
    };
    put("name", json!(name));
    put("identity_number", json!(format!("0490000{number:05}")));
    put("phone", json!(format!("09050{number:05}")));
    Value::Object(answers)
}

/// Contact with which the invented citizen signs in.
pub(crate) fn phone(number: u64) -> String {
    format!("09050{number:05}")
}
