//! What the product is built of: only licences and crates that `deny.toml` allows.

use std::{collections::BTreeSet, process::Command};

use serde_json::Value;

use crate::arch::root;

fn deny() -> toml::Table {
    std::fs::read_to_string(root().join("deny.toml")).unwrap().parse().unwrap()
}

fn words(table: &str, list: &str) -> BTreeSet<String> {
    let deny = deny();
    let list = deny[table][list].as_array().unwrap();
    list.iter().map(|w| w.as_str().unwrap().to_owned()).collect()
}

/// Every package of the lock file that is built for this machine.
fn packages() -> Vec<Value> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut command = Command::new(cargo);
    command.args([
        "metadata",
        "--format-version",
        "1",
        "--offline",
        "--locked",
        "--filter-platform",
        "x86_64-unknown-linux-gnu",
    ]);
    let out = command.current_dir(root()).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let metadata: Value = serde_json::from_slice(&out.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// An SPDX expression with `OR`, `AND`, `WITH`, `/` and parentheses: satisfied when the allowed ones suffice.
fn satisfied(expression: &str, allowed: &BTreeSet<String>) -> bool {
    let text = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let tokens: Vec<&str> = text.split_whitespace().collect();
    let mut at = 0;
    let result = either(&tokens, &mut at, allowed);
    result && at == tokens.len()
}

fn either(tokens: &[&str], at: &mut usize, allowed: &BTreeSet<String>) -> bool {
    let mut ok = both(tokens, at, allowed);
    while tokens.get(*at) == Some(&"OR") {
        *at += 1;
        ok |= both(tokens, at, allowed);
    }
    ok
}

fn both(tokens: &[&str], at: &mut usize, allowed: &BTreeSet<String>) -> bool {
    let mut ok = one(tokens, at, allowed);
    while tokens.get(*at) == Some(&"AND") {
        *at += 1;
        ok &= one(tokens, at, allowed);
    }
    ok
}

fn one(tokens: &[&str], at: &mut usize, allowed: &BTreeSet<String>) -> bool {
    if tokens.get(*at) == Some(&"(") {
        *at += 1;
        let ok = either(tokens, at, allowed);
        *at += 1;
        return ok;
    }
    let mut name = tokens.get(*at).copied().unwrap_or_default().to_owned();
    *at += 1;
    if tokens.get(*at) == Some(&"WITH") {
        name = format!("{name} WITH {}", tokens.get(*at + 1).copied().unwrap_or_default());
        *at += 2;
    }
    allowed.contains(&name)
}

#[test]
fn expressions_of_licences_are_read_as_they_are_meant() {
    let allowed = ["MIT", "Zlib"].map(str::to_owned).into();
    for (expression, ok) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("MIT OR GPL-3.0", true),
        ("GPL-3.0/MIT", true),
        ("MIT AND GPL-3.0", false),
        ("MIT AND (GPL-3.0 OR Zlib)", true),
        ("(MIT OR Zlib) AND GPL-2.0", false),
        ("MIT WITH X", false),
        ("", false),
    ] {
        assert_eq!(satisfied(expression, &allowed), ok, "{expression}");
    }
}

#[test]
fn every_dependency_has_an_allowed_licence_and_none_is_banned() {
    let (allowed, banned) = (words("licenses", "allow"), words("bans", "deny"));
    let packages = packages();
    assert!(packages.len() > 200, "{}", packages.len());
    let mut faults = Vec::new();
    for package in &packages {
        let name = package["name"].as_str().unwrap();
        let licence = package["license"].as_str().unwrap_or_default();
        if !satisfied(licence, &allowed) {
            faults.push(format!("{name} {}: licence “{licence}”", package["version"]));
        }
        if banned.contains(name) {
            faults.push(format!("{name} is banned"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
