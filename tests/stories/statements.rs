//! Every statement of the product is accepted by both engines, and none is written outside the register.

use kernel_db::Sql;
use kernel_testkit::both_engines;

use crate::{arch::sources, harness::Town};

both_engines!(every_statement_is_accepted, Town::open, |town| {
    let problems = town.parts.db.prepare_all().unwrap();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
});

/// Statements in the sources of a crate's program code, tests apart.
fn written() -> Vec<String> {
    let mut found = Vec::new();
    for source in sources() {
        if source.is_test || source.krate == "db" {
            continue;
        }
        for (number, line) in source.program().lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            for _ in code.matches("sql!(") {
                found.push(format!("{}:{}", source.path, number + 1));
            }
        }
    }
    found
}

#[test]
fn every_statement_in_the_sources_is_registered() {
    let registered: Vec<&Sql> = Sql::all().filter(|s| !s.file.starts_with("kernel/db/")).collect();
    let written = written();
    let missing: Vec<&String> =
        written.iter().filter(|place| !registered.iter().any(|s| s.place() == **place)).collect();
    // A statement of several lines is registered where its macro begins; both count the same.
    assert_eq!(written.len(), registered.len(), "written but not registered: {missing:?}");
    assert!(written.len() > 100, "{}", written.len());
}

#[test]
fn at_most_ten_statements_differ_between_the_engines() {
    let different: Vec<String> = Sql::all().filter(|s| s.postgres.is_some()).map(Sql::place).collect();
    assert!(different.len() <= 10, "{different:?}");
}

#[test]
fn every_table_and_unique_index_begins_with_the_home() {
    for migration in chuyendong::systems::migrations() {
        let code: Vec<&str> = migration.sql.lines().map(|l| l.split("--").next().unwrap_or_default()).collect();
        for statement in code.join(" ").split(';') {
            let plain = statement.split_whitespace().collect::<Vec<_>>().join(" ");
            let place = format!("{}/{:03}: {plain}", migration.system, migration.number);
            for key in ["PRIMARY KEY (", "UNIQUE (", "FOREIGN KEY ("] {
                for (at, _) in plain.match_indices(key) {
                    assert!(plain[at + key.len()..].starts_with("home"), "{place}");
                }
            }
            if plain.starts_with("CREATE TABLE") {
                assert!(plain.contains("home TEXT NOT NULL") && plain.contains("PRIMARY KEY (home"), "{place}");
            }
            if plain.starts_with("CREATE UNIQUE INDEX") || plain.starts_with("CREATE INDEX") {
                let columns = plain.split_once('(').map_or("", |(_, c)| c);
                assert!(columns.starts_with("home"), "{place}");
            }
            for forbidden in [
                " SERIAL",
                "TIMESTAMP",
                "JSONB",
                "VARCHAR",
                "CREATE TRIGGER",
                "CREATE SEQUENCE",
                "INTEGER ",
                "ALTER COLUMN",
            ] {
                assert!(!plain.to_uppercase().contains(forbidden), "{place}: {forbidden}");
            }
        }
    }
}
