use std::time::Instant;

use unicode_normalization::UnicodeNormalization;

use super::{Entry, Index};
use crate::seed;

fn entries() -> Vec<Entry> {
    let events = seed::life_events().unwrap();
    let entry = |file: seed::ProcedureFile| Entry {
        life_events: events.iter().filter(|e| file.life_events.contains(&e.code)).map(|e| e.name.clone()).collect(),
        text: file.versions.iter().map(|v| v.result.vi.as_str()).collect::<Vec<_>>().join("\n"),
        code: file.code,
        name: file.name,
        plain: file.plain,
        sector: file.sector.name,
        synonyms: file.synonyms,
    };
    seed::all().unwrap().into_iter().map(entry).collect()
}

fn top(index: &Index, query: &str) -> Vec<String> {
    index.find(query, 3).into_iter().map(|hit| hit.code).collect()
}

/// Query → the service that must stand among the first three.
const QUERIES: &[(&str, &str)] = &[
    // By name, with and without accents.
    ("đăng ký khai sinh", "1.001193"),
    ("dang ky khai sinh", "1.001193"),
    ("khai sinh", "1.001193"),
    ("KHAI SINH", "1.001193"),
    ("đăng ký kết hôn", "1.000894"),
    ("ket hon", "1.000894"),
    ("khai tử", "1.000656"),
    ("khai tu", "1.000656"),
    ("tình trạng hôn nhân", "1.004873"),
    ("tinh trang hon nhan", "1.004873"),
    ("trich luc khai sinh", "2.000635"),
    ("chứng thực bản sao", "2.000815"),
    ("cấp giấy phép xây dựng", "1.013225"),
    ("giay phep xay dung nha o rieng le", "1.009994"),
    ("tách thửa đất", "1.012784"),
    ("mức độ khuyết tật", "1.001699"),
    ("lý lịch tư pháp", "2.000488"),
    ("nghĩa vụ quân sự lần đầu", "1.013133"),
    ("nhận con nuôi", "2.001263"),
    ("dan cong hoa tuyen", "1.013170"),
    // As people say it.
    ("làm giấy khai sinh cho con", "1.001193"),
    ("mới sinh con cần làm gì", "1.001193"),
    ("giấy độc thân", "1.004873"),
    ("giay doc than", "1.004873"),
    ("lấy vợ", "1.000894"),
    ("sao y", "2.000815"),
    ("cong chung giay to", "2.000815"),
    ("mở quán", "1.001612"),
    ("mo tiem tap hoa", "1.001612"),
    ("giấy phép kinh doanh", "1.001612"),
    ("làm lại sổ đỏ bị mất", "1.012786"),
    ("doi so do", "1.012783"),
    ("mất sổ đỏ", "1.012786"),
    ("chia đất cho con", "1.012784"),
    ("xây nhà", "1.009994"),
    ("đi bộ đội", "1.013133"),
    ("đổi tên", "1.004859"),
    ("chuyển trường cho con", "2.002481"),
    ("sơ yếu lý lịch", "2.000884"),
    ("không tiền án", "2.000488"),
    ("tiền người già", "1.014027"),
    ("bán gas", "2.001283"),
    ("chia thừa kế", "2.001406"),
    ("lấy chồng nước ngoài", "2.000806"),
    ("hộ nghèo", "1.011606"),
    // Tone styles, normal forms, i and y.
    ("hoà giải tranh chấp đất", "1.012812"),
    ("hòa giải tranh chấp đất", "1.012812"),
    ("lí lịch tư pháp", "2.000488"),
    ("đăng kí kết hôn", "1.000894"),
    // One typing error.
    ("khai sihn", "1.001193"),
    ("khai sinhh", "1.001193"),
    ("dang ky ket hno", "1.000894"),
    ("đăng ký kết hôm", "1.000894"),
    ("chung thuc bam sao", "2.000815"),
    ("giấy phép xây dụng", "1.013225"),
    ("khuyet tạt", "1.001699"),
    ("ly lihc tu phap", "2.000488"),
    ("khaisinh", "1.001193"),
    ("tachs thuwar dat", "1.012784"),
    ("ddoi soo ddo", "1.012783"),
    ("ho kinh doan", "1.001612"),
    ("nghia vu quan su lan dau tien", "1.013133"),
    // While still typing.
    ("khai si", "1.001193"),
    ("hộ kinh do", "1.001612"),
    ("ly lich tu ph", "2.000488"),
    // By code.
    ("1.001193", "1.001193"),
    ("1001193", "1.001193"),
    ("1.0011", "1.001193"),
    ("001193", "1.001193"),
    ("1.001193.000.00.00.H49", "1.001193"),
    ("2.000815", "2.000815"),
    // By life event and in English.
    ("birth certificate", "1.001193"),
    ("marriage registration", "1.000894"),
    ("criminal record", "2.000488"),
    ("building permit", "1.009994"),
];

#[test]
fn queries_of_people_find_the_right_service_in_the_top_three() {
    let index = Index::new(&entries());
    let wrong: Vec<String> = QUERIES
        .iter()
        .filter(|(query, code)| !top(&index, query).iter().any(|found| found == code))
        .map(|(query, code)| format!("{query}: wanted {code}, got {:?}", top(&index, query)))
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), QUERIES.len(), wrong.join("\n"));
}

#[test]
fn decomposed_letters_find_what_composed_letters_find() {
    let index = Index::new(&entries());
    for (query, _) in QUERIES {
        let decomposed: String = query.nfd().collect();
        assert_eq!(top(&index, &decomposed), top(&index, query), "{query}");
    }
}

#[test]
fn the_exact_name_stands_first_and_exact_accents_above_folded_ones() {
    let index = Index::new(&entries());
    for file in seed::all().unwrap() {
        let found = top(&index, &file.name.vi);
        assert_eq!(found.first(), Some(&file.code), "{}", file.name.vi);
    }
    let of = |code: &str, name: &str| Entry { code: code.to_owned(), name: (name, "").into(), ..Entry::default() };
    let index = Index::new(&[of("1", "Xác nhận đất dai"), of("2", "Xác nhận đạt dải"), of("3", "Khác")]);
    assert_eq!(top(&index, "đạt dải"), ["2", "1"]);
    assert_eq!(top(&index, "đất dai"), ["1", "2"]);
}

#[test]
fn a_name_ranks_above_a_synonym_and_a_synonym_above_the_text() {
    let name = Entry { code: "name".into(), name: ("Cấp giấy phép bán rượu", "").into(), ..Entry::default() };
    let synonym =
        Entry { code: "synonym".into(), synonyms: vec!["giấy phép bán rượu".into()], ..Entry::default() };
    let text = Entry { code: "text".into(), text: "có giấy phép bán rượu".into(), ..Entry::default() };
    let index = Index::new(&[text, synonym, name]);
    assert_eq!(top(&index, "bán rượu"), ["name", "synonym", "text"]);
}

#[test]
fn nothing_strange_finds_nothing_or_something_but_never_breaks() {
    let index = Index::new(&entries());
    for query in ["", " ", ".", "...", "'", "’’’", "zzzzqqqq", "😀", "\u{301}", "a", "1", "12", "%_*?()[]", "đ"]
    {
        let _ = index.find(query, 10);
    }
    assert!(index.find("", 3).is_empty() && index.find("zzzzqqqq xxxxwwww", 3).is_empty());
    assert!(index.find(&"khai sinh ".repeat(100_000), 3).len() <= 3);
    assert!(index.find("khai sinh", 0).is_empty());
    assert!(Index::new(&[]).find("khai sinh", 3).is_empty());
}

#[test]
fn six_thousand_procedures_are_searched_in_a_moment() {
    let seed = entries();
    let copies = (0..80).flat_map(|copy| {
        seed.iter().map(move |entry| Entry { code: format!("{}-{copy}", entry.code), ..entry.clone() })
    });
    let index = Index::new(&copies.collect::<Vec<_>>());
    let start = Instant::now();
    let found: usize = QUERIES.iter().map(|(query, _)| index.find(query, 20).len()).sum();
    let each = start.elapsed() / u32::try_from(QUERIES.len()).unwrap();
    let procedures = seed.len() * 80;
    eprintln!("search: {each:?} a query among {procedures} procedures (mean of {})", QUERIES.len());
    assert!(found > QUERIES.len() && each.as_millis() < 100, "{each:?}");
}
