//! Roles of officers. What each may do stands in `policy`.

use kernel_base::Words;
use serde::{Deserialize, Serialize};

/// A role an officer holds at one agency for a period (vai trò).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// cán bộ tiếp nhận và trả kết quả: receives dossiers and hands results over at the counter.
    Reception,
    /// chuyên viên, công chức chuyên môn: settles dossiers.
    Specialist,
    /// trưởng phòng, phụ trách chuyên môn: checks a draft before it goes to the leader.
    Head,
    /// lãnh đạo cơ quan: approves results, apologies and extensions.
    Leader,
    /// quản trị: keeps the organisation, the catalogue and the calendars; settles nothing.
    Administrator,
}

impl Role {
    pub const ALL: [Self; 5] = [Self::Reception, Self::Specialist, Self::Head, Self::Leader, Self::Administrator];

    /// The word stored in the database and shown in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reception => "reception",
            Self::Specialist => "specialist",
            Self::Head => "head",
            Self::Leader => "leader",
            Self::Administrator => "administrator",
        }
    }

    /// `None` for an unknown word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }

    /// The name shown to people.
    pub fn words(self) -> Words {
        match self {
            Self::Reception => ("Cán bộ một cửa", "One-stop clerk"),
            Self::Specialist => ("Chuyên viên", "Specialist"),
            Self::Head => ("Phụ trách chuyên môn", "Head of unit"),
            Self::Leader => ("Lãnh đạo cơ quan", "Leader"),
            Self::Administrator => ("Quản trị", "Administrator"),
        }
        .into()
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_is_read_back_from_its_word() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
        }
        assert_eq!(Role::parse("king"), None);
    }
}
