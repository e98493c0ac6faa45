//! The table of OWASP ASVS 5.0 in docs/security: complete for V6, V7, V9 and V10, and every file, name and test in it exists.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

/// Requirements of each section: chapter → number of requirements by section (ASVS 5.0.0).
const SECTIONS: &[(u32, &[u32])] =
    &[(6, &[3, 12, 8, 6, 8, 4, 2, 4]), (7, &[3, 4, 2, 5, 3, 2]), (9, &[3, 4]), (10, &[2, 3, 5, 16, 5, 2, 3])];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Cells of each row of the tables.
fn rows() -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(root().join("docs/security/asvs.md")).unwrap();
    let lines =
        text.lines().filter(|line| line.starts_with("| ") && line[2..].starts_with(|c: char| c.is_ascii_digit()));
    lines.map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()).collect()
}

/// `6.2.2, 6.2.3` and `10.3.1 to 10.3.5` as numbers.
fn numbers(cell: &str) -> Vec<(u32, u32, u32)> {
    let one = |text: &str| {
        let parts: Vec<u32> = text.trim().split('.').map(|n| n.parse().unwrap_or_else(|_| panic!("{cell}"))).collect();
        (parts[0], parts[1], parts[2])
    };
    let mut all = Vec::new();
    for part in cell.split(',') {
        match part.split_once(" to ") {
            Some((from, to)) => {
                let (from, to) = (one(from), one(to));
                all.extend((from.2..=to.2).map(|n| (from.0, from.1, n)));
            }
            None => all.push(one(part)),
        }
    }
    all
}

#[test]
fn every_requirement_of_the_four_chapters_stands_in_the_table_once() {
    let mut seen: BTreeMap<(u32, u32, u32), usize> = BTreeMap::new();
    for row in rows() {
        for number in numbers(&row[0]) {
            *seen.entry(number).or_default() += 1;
        }
    }
    let mut wanted = BTreeSet::new();
    for (chapter, sections) in SECTIONS {
        for (at, count) in sections.iter().enumerate() {
            wanted.extend((1..=*count).map(|n| (*chapter, u32::try_from(at).unwrap() + 1, n)));
        }
    }
    let known: BTreeSet<_> = seen.keys().copied().collect();
    assert_eq!(known, wanted);
    let twice: Vec<_> = seen.iter().filter(|(_, n)| **n > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    let of = |chapter: u32| wanted.iter().filter(|(c, ..)| *c == chapter).count();
    assert_eq!([of(6), of(7), of(9), of(10)], [47, 19, 7, 36]);
}

/// What stands between backticks.
fn quoted(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

fn found(path: &str) -> Option<PathBuf> {
    let bases = ["", "kernel/web/src", "kernel/web", "kernel/web/src/accounts", "kernel/web/src/accounts/flow"];
    bases.iter().map(|base| root().join(base).join(path)).find(|file| file.exists())
}

/// The short names of the head of the page.
fn file_of(short: &str) -> PathBuf {
    let file = match short {
        "signon" => "tests/stories/sign_on.rs",
        "staff" | "visitor" => return root().join(format!("kernel/web/tests/web/{short}.rs")),
        "totp" => "kernel/web/src/accounts/totp.rs",
        "claims" | "settings" => return root().join(format!("gateways/signon/src/{short}.rs")),
        other => return root().join(format!("tests/stories/{other}.rs")),
    };
    root().join(file)
}

#[test]
fn every_file_and_name_in_the_column_of_code_exists() {
    for row in rows() {
        let mut last: Option<String> = None;
        for word in quoted(&row[3]) {
            if word.contains('/') || word.ends_with(".rs") || word.ends_with(".sql") || word.ends_with(".html") {
                let file = found(word).unwrap_or_else(|| panic!("{}: no file {word}", row[0]));
                last = if file.is_file() { Some(std::fs::read_to_string(file).unwrap()) } else { Some(String::new()) };
            } else {
                let text = last.as_deref().unwrap_or_else(|| panic!("{}: {word} stands behind no file", row[0]));
                assert!(text.contains(word), "{}: {word} is not in the file before it", row[0]);
            }
        }
    }
}

#[test]
fn every_test_in_the_table_exists_and_is_a_test() {
    let mut tests = 0;
    for row in rows() {
        let cell = &row[4];
        let mut rest = cell.as_str();
        while let Some(at) = rest.find('*') {
            let (short, after) = rest[at + 1..].split_once('*').unwrap_or_else(|| panic!("{}: {cell}", row[0]));
            let name = after.trim_start().strip_prefix('`').and_then(|text| text.split_once('`'));
            let (name, after) = name.unwrap_or_else(|| panic!("{}: *{short}* names no test", row[0]));
            let file = file_of(short);
            let text = std::fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {}: {e}", row[0], file.display()));
            let is_test =
                [format!("fn {name}("), format!("both_engines!(async {name},")].iter().any(|sign| text.contains(sign));
            assert!(is_test, "{}: no test {name} in {}", row[0], file.display());
            tests += 1;
            rest = after;
        }
    }
    assert!(tests >= 50, "only {tests} tests are named");
}
