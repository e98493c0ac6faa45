//! Whole đồng. There is no smaller unit and no other currency in a fee.

use serde::{Deserialize, Serialize};

/// An amount of money in đồng.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Vnd(i64);

impl Vnd {
    pub const ZERO: Self = Self(0);

    /// A fee is never negative; `None` for a negative number.
    pub fn new(dong: i64) -> Option<Self> {
        (dong >= 0).then_some(Self(dong))
    }

    pub fn dong(self) -> i64 {
        self.0
    }

    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    pub fn checked_mul(self, times: i64) -> Option<Self> {
        self.0.checked_mul(times).and_then(Self::new)
    }
}

impl std::fmt::Display for Vnd {
    /// `50.000 đ`: dots between thousands, the sign after a space that does not break.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\u{a0}đ", crate::text::thousands(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_shown_with_dots_and_the_dong_sign() {
        assert_eq!(Vnd(50_000).to_string(), "50.000\u{a0}đ");
        assert_eq!(Vnd(0).to_string(), "0\u{a0}đ");
        assert_eq!(Vnd(1_622_000).to_string(), "1.622.000\u{a0}đ");
        assert_eq!(Vnd::new(-1), None);
    }
}
