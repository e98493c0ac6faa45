//! Invented officers for the demonstration. Nobody is called Thí Dụ, Minh Họa or Giả Định: no real person is meant.

use kernel_base::AgencyId;
use serde::{Deserialize, Serialize};

use crate::{Agency, AgencyKind, NewOfficer, Role};

const FAMILY: [&str; 14] =
    ["Nguyễn", "Trần", "Lê", "Phạm", "Huỳnh", "Phan", "Vũ", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương"];
const MIDDLE: [&str; 9] = ["Văn", "Thị", "Hữu", "Ngọc", "Đình", "Thanh", "Quang", "Kim", "Xuân"];
const GIVEN: [&str; 5] = ["Thí Dụ", "Minh Họa", "Ví Dụ", "Giả Định", "Làm Mẫu"];

/// The n-th invented name, always the same: `Nguyễn Văn Thí Dụ`.
fn name(n: usize) -> String {
    let pick = |list: &[&'static str], at: usize| list.get(at % list.len()).copied().unwrap_or_default();
    format!("{} {} {}", pick(&FAMILY, n), pick(&MIDDLE, n / FAMILY.len() + n), pick(&GIVEN, n / 3))
}

/// One post: start of the sign-in name, role, title, rank.
type Post = (&'static str, Role, &'static str, i64);

/// The posts that every agency of a kind has.
fn posts(agency: &Agency) -> [Post; 6] {
    let head = match agency.kind {
        AgencyKind::Committee | AgencyKind::District | AgencyKind::Commune => "Chủ tịch",
        AgencyKind::Office => "Chánh Văn phòng",
        AgencyKind::ServiceCentre | AgencyKind::OneStop => "Giám đốc Trung tâm",
        AgencyKind::Department if agency.name.starts_with("Thanh tra") => "Chánh Thanh tra",
        AgencyKind::Department if agency.name.starts_with("Ban") => "Trưởng ban",
        AgencyKind::Department => "Giám đốc",
    };
    let (second, specialists, clerk) = match agency.kind {
        AgencyKind::Commune => (
            "Phó Chủ tịch",
            ["Công chức Tư pháp - Hộ tịch", "Công chức Địa chính - Xây dựng"],
            "Công chức tiếp nhận và trả kết quả",
        ),
        AgencyKind::District => (
            "Trưởng phòng Tư pháp",
            ["Chuyên viên Phòng Tư pháp", "Chuyên viên Phòng Tài chính - Kế hoạch"],
            "Chuyên viên Bộ phận Tiếp nhận và Trả kết quả",
        ),
        AgencyKind::Committee => ("Phó Chủ tịch", ["Chuyên viên", "Chuyên viên"], "Chuyên viên tiếp nhận"),
        AgencyKind::ServiceCentre | AgencyKind::OneStop => {
            ("Trưởng phòng Tiếp nhận", ["Chuyên viên", "Chuyên viên"], "Cán bộ tiếp nhận tại quầy")
        }
        AgencyKind::Office | AgencyKind::Department => {
            ("Trưởng phòng chuyên môn", ["Chuyên viên", "Chuyên viên"], "Chuyên viên tiếp nhận hồ sơ")
        }
    };
    let [first, other] = specialists;
    [
        ("lanhdao", Role::Leader, head, 1),
        ("phutrach", Role::Head, second, 2),
        ("chuyenvien", Role::Specialist, first, 3),
        ("chuyenvien2", Role::Specialist, other, 4),
        ("tiepnhan", Role::Reception, clerk, 5),
        ("tiepnhan2", Role::Reception, clerk, 6),
    ]
}

/// Six officers for every agency and three administrators at the office of the provincial committee.
pub(crate) fn invent(agencies: &[Agency]) -> Vec<NewOfficer> {
    let mut officers = Vec::new();
    for agency in agencies {
        for (start, role, title, rank) in posts(agency) {
            let account = format!("{start}.{}", agency.slug);
            officers.push(officer(agency, account, role, title, rank, officers.len()));
        }
        if agency.kind == AgencyKind::Office {
            for (number, account) in (7..).zip(["quantri", "quantri2", "quantri3"]) {
                let n = officers.len();
                officers.push(officer(agency, account.to_owned(), Role::Administrator, "Quản trị hệ thống", number, n));
            }
        }
    }
    officers
}

fn officer(agency: &Agency, account: String, role: Role, title: &str, rank: i64, n: usize) -> NewOfficer {
    NewOfficer {
        account,
        name: name(n),
        title: title.to_owned(),
        agency: agency.id.clone(),
        rank,
        roles: vec![role],
        valid_from: agency.valid_from,
        valid_to: agency.valid_to,
    }
}

/// A sign-in account of the demonstration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoAccount {
    pub account: String,
    pub name: String,
    pub title: String,
    pub agency: AgencyId,
    pub agency_name: String,
    pub roles: Vec<Role>,
}

/// The sign-in accounts that go with [`crate::OrgData::quang_nam_2021`], in the order of the agencies; those of
/// agencies that do not exist in July 2021 are left out.
///
/// # Errors
/// `Internal` when the file that ships with the product is broken.
pub fn demo_accounts() -> kernel_base::Result<Vec<DemoAccount>> {
    let data = crate::OrgData::quang_nam_2021()?;
    let demonstration = jiff::civil::date(2021, 7, 26);
    let mut accounts = Vec::new();
    let names: std::collections::HashMap<_, _> = data.agencies.iter().map(|a| (&a.id, &a.name)).collect();
    for officer in data.officers.iter().filter(|officer| officer.valid_from <= demonstration) {
        accounts.push(DemoAccount {
            account: officer.account.clone(),
            name: officer.name.clone(),
            title: officer.title.clone(),
            agency: officer.agency.clone(),
            agency_name: names.get(&officer.agency).map(|name| (*name).clone()).unwrap_or_default(),
            roles: officer.roles.clone(),
        });
    }
    Ok(accounts)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::OrgData;

    #[test]
    fn every_agency_has_two_clerks_two_specialists_a_head_and_a_leader() {
        let data = OrgData::quang_nam_2021().unwrap();
        for agency in &data.agencies {
            let of_role =
                |role| data.officers.iter().filter(|o| o.agency == agency.id && o.roles.contains(&role)).count();
            assert_eq!((of_role(Role::Reception), of_role(Role::Specialist)), (2, 2), "{}", agency.id);
            assert_eq!((of_role(Role::Head), of_role(Role::Leader)), (1, 1), "{}", agency.id);
        }
        let accounts: HashSet<&str> = data.officers.iter().map(|o| o.account.as_str()).collect();
        assert_eq!(accounts.len(), data.officers.len(), "sign-in names are unique");
        for account in ["tiepnhan.tamky", "tiepnhan.20335", "chuyenvien.stttt", "lanhdao.ubndtinh", "quantri"] {
            assert!(accounts.contains(account), "{account}");
        }
    }

    #[test]
    fn every_invented_name_says_that_it_is_invented() {
        for officer in OrgData::quang_nam_2021().unwrap().officers {
            assert!(GIVEN.iter().any(|given| officer.name.ends_with(given)), "{}", officer.name);
        }
        assert_eq!(name(0), "Nguyễn Văn Thí Dụ");
    }
}
