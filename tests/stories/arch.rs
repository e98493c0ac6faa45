//! The directions of the design: who may know whom, and where SQL and HTTP may stand.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// A source file of the workspace.
pub(crate) struct Source {
    /// From the root of the repository: `systems/onestop/src/flow/accept.rs`.
    pub(crate) path: String,
    /// Folder of its crate: `onestop`.
    pub(crate) krate: String,
    /// Below `tests/`, or a module of tests only.
    pub(crate) is_test: bool,
    pub(crate) text: String,
}

impl Source {
    /// Its text before the tests at its end.
    pub(crate) fn program(&self) -> &str {
        self.text
            .find("#[cfg(test)]\n")
            .filter(|at| self.text[*at..].contains("mod tests {"))
            .map_or(&self.text, |at| &self.text[..at])
    }
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Folders of the crates: name of the folder (of a gateway `gateway-payments`) and path.
fn crates() -> Vec<(String, PathBuf)> {
    let mut all = vec![("app".to_owned(), root().join("app"))];
    for (group, prefix) in [("kernel", ""), ("systems", ""), ("gateways", "gateway-")] {
        for entry in fs::read_dir(root().join(group)).unwrap().flatten() {
            if entry.path().join("Cargo.toml").exists() {
                all.push((format!("{prefix}{}", entry.file_name().to_string_lossy()), entry.path()));
            }
        }
    }
    all
}

fn gather(dir: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(dir) else { return };
    for path in entries.flatten().map(|e| e.path()) {
        if path.is_dir() {
            gather(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// Every Rust file of kernel, systems and app.
pub(crate) fn sources() -> Vec<Source> {
    let mut all = Vec::new();
    for (krate, folder) in crates() {
        let mut found = Vec::new();
        gather(&folder.join("src"), &mut found);
        gather(&folder.join("tests"), &mut found);
        for file in found {
            let path = file.strip_prefix(root()).unwrap().display().to_string();
            let is_test = path.contains("/tests/") || path.ends_with("tests.rs") || path.ends_with("_test.rs");
            let text = fs::read_to_string(&file).unwrap();
            all.push(Source { path, krate: krate.clone(), is_test, text });
        }
    }
    assert!(all.len() > 150, "only {} files found", all.len());
    all
}

/// Own crates that each crate uses, tests apart: folder name → folder names.
fn uses() -> BTreeMap<String, Vec<String>> {
    let mut all = BTreeMap::new();
    for (krate, folder) in crates() {
        let text = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let manifest: toml::Table = text.parse().unwrap();
        let table = manifest.get("dependencies").and_then(|d| d.as_table()).cloned().unwrap_or_default();
        let own = table.keys().filter_map(|name| {
            let gateway = name.starts_with("gateway-").then_some(name.as_str());
            gateway.or_else(|| name.strip_prefix("kernel-")).or_else(|| name.strip_prefix("system-"))
        });
        all.insert(krate, own.map(str::to_owned).collect());
    }
    all
}

#[test]
fn crates_depend_downwards_only() {
    // Lower to higher; a crate may use those of the lines above its own, and none beside it.
    let order: [&[&str]; 11] = [
        &["base"],
        &["calendar", "forms", "db"],
        &["ledger"],
        &["obligations", "org", "jobs"],
        &["files", "documents", "contract", "signatures"],
        &["web"],
        &["notify"],
        &["testkit"],
        &["gateway-payments", "gateway-signing", "gateway-signon"],
        &["services", "onestop", "payments", "directives", "once"],
        &["app"],
    ];
    let rank = |name: &str| order.iter().position(|line| line.contains(&name));
    // `files` records who owns a file, `documents` renders; neither knows a system. The test kit stands on `db` alone.
    for (krate, used) in uses() {
        let own = rank(&krate).unwrap_or_else(|| panic!("{krate} has no place in the order of the design"));
        for other in used {
            let below = rank(&other).unwrap_or_else(|| panic!("{krate} uses {other}, which has no place"));
            assert!(below < own, "{krate} uses {other}");
        }
    }
}

#[test]
fn a_system_never_depends_on_a_system_and_the_kernel_on_none() {
    let systems: Vec<String> =
        crates().into_iter().filter(|(_, f)| f.parent().unwrap().ends_with("systems")).map(|c| c.0).collect();
    for (krate, used) in uses().into_iter().filter(|(name, _)| name != "app") {
        let wrong: Vec<&String> = used
            .iter()
            .filter(|u| systems.contains(u) || (u.starts_with("gateway-") && systems.contains(&krate)))
            .collect();
        assert!(wrong.is_empty(), "{krate} depends on {wrong:?}");
    }
    for source in sources().iter().filter(|s| s.krate != "app") {
        for system in systems.iter().filter(|s| **s != source.krate) {
            let name = format!("system_{system}::");
            assert!(!source.text.contains(&name), "{} uses {name}", source.path);
        }
    }
}

/// Lines of program code that hold one of the words, as `path: line`.
fn lines_with(wanted: impl Fn(&Source) -> bool, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources().iter().filter(|s| wanted(s)) {
        for line in source.program().lines() {
            let code = line.split("//").next().unwrap_or_default();
            if words.iter().any(|word| code.contains(word)) {
                found.push(format!("{}: {}", source.path, line.trim()));
            }
        }
    }
    found
}

fn is_store(path: &str) -> bool {
    path.ends_with("/store.rs") || path.contains("/store/")
}

#[test]
fn sql_stands_in_the_store_only() {
    // The database layer itself, and the two engines' ways to look at themselves.
    let wanted = |s: &Source| !s.is_test && !is_store(&s.path) && !matches!(s.krate.as_str(), "db" | "testkit");
    let found =
        lines_with(wanted, &["sql!(", "tx.execute(", "tx.query(", "tx.query_opt(", "tx.query_one(", "tx.execute_one("]);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

fn part(path: &str) -> Option<&str> {
    let (_, inside) = path.split_once("/src/")?;
    // Parts of `directives` have their own model, store, flow, api and pages in a folder of their own.
    let parts = ["metrics/", "pipeline/", "scoreboard/", "brief/"];
    let inside = parts.iter().find_map(|part| inside.strip_prefix(part)).unwrap_or(inside);
    Some(inside.split(['/', '.']).next().unwrap_or_default())
}

#[test]
fn use_cases_know_no_http() {
    let wanted = |s: &Source| !s.is_test && s.path.starts_with("systems/") && part(&s.path) == Some("flow");
    let found = lines_with(wanted, &["axum", "http::", "hyper", "kernel_web", "tokio", "async ", "reqwest"]);
    // A fresh one-time code is checked and used up in the transaction of the approval.
    let allowed = ["kernel_web::accounts::verify_fresh_totp"];
    let wrong: Vec<&String> = found.iter().filter(|line| !allowed.iter().any(|a| line.contains(a))).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn pages_and_api_know_no_sql() {
    let wanted = |s: &Source| !s.is_test && matches!(part(&s.path), Some("api" | "pages"));
    let found = lines_with(wanted, &["sql!", "kernel_db::Value", "params!", "SELECT ", "INSERT "]);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn models_are_pure() {
    let pure = ["model", "workflow"];
    let wanted =
        |s: &Source| !s.is_test && part(&s.path).is_some_and(|p| pure.contains(&p)) && s.path.starts_with("systems/");
    let words = [
        "kernel_db",
        "kernel_web",
        "axum",
        "tokio",
        "std::fs",
        "std::net",
        "Tx<",
        "Timestamp::now",
        "SystemTime",
        "rand::",
        "async ",
    ];
    let found = lines_with(wanted, &words);
    assert!(found.is_empty(), "{}", found.join("\n"));
    let base = |s: &Source| !s.is_test && matches!(s.krate.as_str(), "base" | "calendar");
    let found = lines_with(base, &["std::fs", "std::net", "std::env", "tokio", "rusqlite", "Timestamp::now"]);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn time_is_real_in_the_app_only() {
    let wanted = |s: &Source| !s.is_test && s.krate != "app" && s.krate != "testkit";
    let found = lines_with(wanted, &["Timestamp::now(", "Zoned::now(", "SystemTime::now("]);
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn nothing_is_unsafe_and_no_lint_is_silenced_without_a_reason() {
    for source in sources() {
        let path = &source.path;
        assert!(!source.text.contains("unsafe {") && !source.text.contains("unsafe fn"), "{path}");
        for line in source
            .text
            .lines()
            .filter(|l| l.trim_start().starts_with("#[allow(") || l.trim_start().starts_with("#![allow("))
        {
            assert!(line.contains("reason ="), "{path}: {line}");
        }
    }
}

#[test]
fn every_crate_takes_the_lints_of_the_workspace() {
    for (krate, folder) in crates() {
        let manifest: toml::Table = fs::read_to_string(folder.join("Cargo.toml")).unwrap().parse().unwrap();
        let lints = manifest.get("lints").and_then(|l| l.get("workspace")).and_then(toml::Value::as_bool);
        assert_eq!(lints, Some(true), "{krate}");
    }
}

#[test]
fn systems_have_the_same_file_names() {
    let known = [
        "lib",
        "model",
        "store",
        "flow",
        "api",
        "pages",
        "jobs",
        "workflow",
        "prepare",
        "slip_text",
        "seed",
        "import",
        "search",
        "messages",
        "text",
        // Of `once`: where accounts are known, and the archive of a person's own data.
        "account",
        "export",
        // Of the parts of `directives`.
        "mod",
        "chart",
        "file",
    ];
    for source in sources().iter().filter(|s| s.path.starts_with("systems/") && !s.is_test) {
        let name = part(&source.path).unwrap();
        assert!(known.contains(&name), "{}: “{name}” is no file name of a system; see the design", source.path);
    }
}
