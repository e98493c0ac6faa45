//! The file of agencies that ships with the product, against what is known of the province.

use std::collections::{HashMap, HashSet};

use kernel_org::{AgencyKind, AgencyTier, OrgData, demo_accounts};

/// Districts with their codes and numbers of communes (General Statistics Office, July 2021).
const DISTRICTS: [(&str, &str, usize); 18] = [
    ("502", "Thành phố Tam Kỳ", 13),
    ("503", "Thành phố Hội An", 13),
    ("504", "Huyện Tây Giang", 10),
    ("505", "Huyện Đông Giang", 11),
    ("506", "Huyện Đại Lộc", 18),
    ("507", "Thị xã Điện Bàn", 20),
    ("508", "Huyện Duy Xuyên", 14),
    ("509", "Huyện Quế Sơn", 13),
    ("510", "Huyện Nam Giang", 12),
    ("511", "Huyện Phước Sơn", 12),
    ("512", "Huyện Hiệp Đức", 11),
    ("513", "Huyện Thăng Bình", 22),
    ("514", "Huyện Tiên Phước", 15),
    ("515", "Huyện Bắc Trà My", 13),
    ("516", "Huyện Nam Trà My", 10),
    ("517", "Huyện Núi Thành", 17),
    ("518", "Huyện Phú Ninh", 11),
    ("519", "Huyện Nông Sơn", 6),
];

#[test]
fn every_district_has_its_code_its_name_and_all_its_communes() {
    let data = OrgData::quang_nam_2021().unwrap();
    for (code, name, communes) in DISTRICTS {
        let district = data.agencies.iter().find(|a| a.unit_code.as_deref() == Some(code)).unwrap();
        assert_eq!((district.unit_name.as_str(), district.tier), (name, AgencyTier::District));
        let below = data.agencies.iter().filter(|a| a.parent.as_ref() == Some(&district.id)).count();
        assert_eq!(below, communes, "{name}");
    }
    let code_of = |unit: &str| data.agencies.iter().find(|a| a.unit_name == unit).unwrap().unit_code.clone().unwrap();
    assert_eq!(code_of("Xã Ch'ơm"), "20437");
    assert_eq!(code_of("Thị trấn P Rao"), "20467");
    assert_eq!(code_of("Xã Quế Lâm"), "20692");
}

#[test]
fn identifiers_codes_and_short_words_are_unique_and_every_reference_resolves() {
    let data = OrgData::quang_nam_2021().unwrap();
    let by_id: HashMap<_, _> = data.agencies.iter().map(|a| (&a.id, a)).collect();
    assert_eq!(by_id.len(), data.agencies.len());
    let slugs: HashSet<_> = data.agencies.iter().map(|a| &a.slug).collect();
    assert_eq!(slugs.len(), data.agencies.len());
    let codes: HashSet<_> = data.agencies.iter().filter_map(|a| a.unit_code.as_ref()).collect();
    assert_eq!(codes.len(), 1 + 18 + 241);
    for agency in &data.agencies {
        assert!(agency.illustrative && !agency.source.is_empty(), "{}", agency.id);
        for other in [&agency.parent, &agency.receives_at, &agency.successor].into_iter().flatten() {
            assert!(by_id.contains_key(other), "{} names {other}", agency.id);
        }
        // Groups are read from the right: province, agency below it, unit below that.
        let groups: Vec<&str> = agency.id.as_str().split('.').collect();
        assert_eq!((groups[0], groups[3]), ("000", "H47"));
        assert_eq!(groups[1] != "00", agency.kind == AgencyKind::Commune, "{}", agency.id);
    }
    for counter in &data.counters {
        assert!(by_id.contains_key(&counter.agency) && counter.id.starts_with(counter.agency.as_str()));
    }
}

#[test]
fn names_are_written_in_composed_letters_without_stray_space() {
    for agency in OrgData::quang_nam_2021().unwrap().agencies {
        for name in [&agency.name, &agency.short_name, &agency.unit_name] {
            assert_eq!(*name, kernel_base::text::clean_line(name));
        }
    }
}

#[test]
fn the_demonstration_has_accounts_at_every_agency_of_the_day() {
    let accounts = demo_accounts().unwrap();
    assert_eq!(accounts.len(), 281 * 6 + 3);
    assert!(accounts.iter().all(|a| !a.agency_name.is_empty() && !a.roles.is_empty()));
}
