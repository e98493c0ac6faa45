//! How sure it is who somebody is, and for whom he acts.

use kernel_base::{Words, typed_id};
use serde::{Deserialize, Serialize};

use crate::AccountId;

typed_id!(
    /// A permission of one account to act for another: representation, delegation or help.
    MandateId, "man"
);

/// Level of assurance of a sign-in (mức độ bảo đảm, LoA): 0 a code to a contact, 1 to 3 as the provider says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Assurance(u8);

impl Assurance {
    /// Somebody who can read messages of a phone or a mailbox.
    pub const CONTACT: Self = Self(0);

    /// `None` above 3.
    #[must_use]
    pub fn level(level: u8) -> Option<Self> {
        (level <= 3).then_some(Self(level))
    }

    /// Nothing is known but a contact.
    #[must_use]
    pub fn is_contact(&self) -> bool {
        self.0 == 0
    }

    #[must_use]
    pub fn number(self) -> u8 {
        self.0
    }

    #[must_use]
    pub fn words(self) -> Words {
        match self.0 {
            0 => ("chỉ xác nhận số điện thoại hoặc thư điện tử", "a phone number or e-mail address only").into(),
            level => Words::new(format!("danh tính mức {level}"), format!("identity at level {level}")),
        }
    }
}

/// Why an account may act for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MandateKind {
    /// A person acts for a business or another organisation (người đại diện).
    Representation,
    /// A person acts for another person (ủy quyền, Bộ luật Dân sự 2015, art. 562).
    Delegation,
    /// A member of a community digital team types for somebody who sits beside him (tổ công nghệ số cộng đồng).
    Help,
}

impl MandateKind {
    pub const ALL: [Self; 3] = [Self::Representation, Self::Delegation, Self::Help];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Representation => "representation",
            Self::Delegation => "delegation",
            Self::Help => "help",
        }
    }

    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    #[must_use]
    pub fn words(self) -> Words {
        match self {
            Self::Representation => ("đại diện tổ chức", "representation of an organisation"),
            Self::Delegation => ("ủy quyền", "delegation"),
            Self::Help => ("hỗ trợ điền hồ sơ", "help with filling in"),
        }
        .into()
    }
}

/// Who really sits at the screen when a citizen's account acts, and within which bounds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acting {
    pub mandate: MandateId,
    pub kind: MandateKind,
    /// Account of the person who acts.
    pub agent: AccountId,
    /// Personal data.
    pub agent_name: String,
    /// Phone or e-mail of the person who acts. Personal data.
    #[serde(default)]
    pub agent_contact: String,
    /// National codes of the procedures he may act in; empty = all.
    #[serde(default)]
    pub procedures: Vec<String>,
}

impl Acting {
    /// Whether the mandate reaches a procedure.
    #[must_use]
    pub fn covers(&self, procedure: &str) -> bool {
        self.procedures.is_empty() || self.procedures.iter().any(|code| code == procedure)
    }
}
