//! The rows that one submission writes, read back and turned into statements that a peer can run again and again.

use kernel_db::Engine;
use rusqlite::{Connection, types::ValueRef};

use crate::town::Town;

/// Statements of one submission, in the order of the product, without its reads. `:k` is a new key each time, `:a` the
/// number of an agency, `:f` the number of a recorded paper; both pgbench and SQLite bind them by these names.
#[derive(Debug, Clone)]
pub(crate) struct Script(pub(crate) Vec<String>);

/// Papers recorded for the peer.
pub(crate) const PEER_FILES: usize = 20_000;

impl Script {
    /// Hands in one dossier on SQLite and reads what it wrote; compares with the number of rows that all tables gained.
    pub(crate) fn learn(town: &Town) -> Self {
        assert_eq!(town.engine(), Engine::Sqlite);
        town.record_files(&town.citizen.label());
        let connection = town.sqlite();
        // The first dossier of a home and of an agency's day makes rows that later ones only change.
        crate::submit::one(town);
        let before = row_counts(&connection);
        let code = crate::submit::one(town);
        let gained: i64 = row_counts(&connection) - before;
        let (script, inserted) = read(&connection, &code);
        assert_eq!(gained, inserted, "the peer would not write the same rows");
        script
    }

    /// Papers for the peer to take: the update of the product moves one to its dossier.
    pub(crate) fn files_for_peer() -> String {
        format!(
            "INSERT INTO files (home, id, kind, owner, name, media_type, sha256, size, pages, object, key, original_of,
                                position, created_at, erased_at, version)
             WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < {PEER_FILES})
             SELECT 'peer', 'fil_' || CAST(i AS TEXT), 'paper', 'citizen:acc', 'anh.pdf', 'application/pdf', 'aa', 200000,
                    1, 'peer/' || CAST(i AS TEXT), 'aa', NULL, 0, '2021-07-26T02:00:00.000Z', NULL, 1
             FROM c"
        )
    }
}

fn row_counts(connection: &Connection) -> i64 {
    let mut names = connection.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").unwrap();
    let tables: Vec<String> = names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let count = |table: &String| -> i64 {
        connection.query_row(&format!("SELECT count(*) FROM \"{table}\""), [], |row| row.get(0)).unwrap()
    };
    tables.iter().map(count).sum()
}

fn read(connection: &Connection, code: &str) -> (Script, i64) {
    let text = |sql: &str| -> String { connection.query_row(sql, [code], |row| row.get(0)).unwrap() };
    let id = text("SELECT id FROM dossiers WHERE code = ?1");
    let personal = text("SELECT personal FROM dossiers WHERE code = ?1");
    let obligation = text("SELECT reception_obligation FROM dossiers WHERE code = ?1");
    let agency = text("SELECT agency FROM dossiers WHERE code = ?1");
    let keys = [id.as_str(), &personal, &obligation, code];
    let subject = format!("subject = 'dossier:{id}'");
    let rows = |table: &str, condition: &str| inserts(connection, table, condition, &keys);
    let mut all = vec![counter("dossier_numbers", "agency, day, last", "'2021-07-26', 1", "agency, day", "last")];
    let mut inserted = 0;
    let mut add = |all: &mut Vec<String>, made: Vec<String>| {
        inserted += i64::try_from(made.len()).unwrap();
        all.extend(made);
    };
    add(&mut all, rows("personal_data", &subject));
    add(&mut all, rows("obligations", &subject));
    let mut events = rows("events", &subject).into_iter().zip(rows("unsealed", &subject));
    let (event, unsealed) = events.next().expect("the first event");
    add(&mut all, rows("subjects", &subject));
    add(&mut all, vec![event, unsealed]);
    add(&mut all, rows("dossiers", &format!("id = '{id}'")));
    all.push(counter("dossier_counts", "holder, status, n", "'submitted', 1", "holder, status", "n"));
    add(&mut all, rows("dossier_papers", &format!("dossier = '{id}'")));
    let papers = all.iter().filter(|s| s.starts_with("INSERT INTO dossier_papers")).count();
    for _ in 0..papers {
        all.push(
            "UPDATE files SET owner = 'dossier' || CAST(:k AS TEXT), version = version + 1
             WHERE home = 'peer' AND id = 'fil_' || CAST(:f AS TEXT) AND erased_at IS NULL"
                .replace('\n', " "),
        );
    }
    for (event, unsealed) in events {
        all.push(format!(
            "UPDATE subjects SET seq = 2, hash = '{}', at = '2021-07-26T02:00:00.000Z' WHERE home = 'peer' AND subject = {}",
            "5".repeat(64),
            key("dossier:"),
        ));
        add(&mut all, vec![event, unsealed]);
    }
    add(&mut all, jobs(connection, &id));
    let spread = |s: String| s.replace(&format!("'{agency}'"), "('agency' || CAST(:a AS TEXT))");
    (Script(all.into_iter().map(spread).collect()), inserted)
}

/// What other systems are told of a submission: jobs whose body names the dossier.
fn jobs(connection: &Connection, dossier: &str) -> Vec<String> {
    let condition = format!("body LIKE '%{dossier}%'");
    let sql = format!("SELECT id FROM jobs WHERE {condition} ORDER BY rowid");
    let mut statement = connection.prepare(&sql).unwrap();
    let ids: Vec<String> = statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    let own = |(at, (insert, id)): (usize, (String, &String))| {
        let insert = insert.replace(id.as_str(), &format!("job{at}_' || CAST(:k AS TEXT) || '"));
        insert.replace(dossier, "dos_' || CAST(:k AS TEXT) || '")
    };
    inserts(connection, "jobs", &condition, &[]).into_iter().zip(&ids).enumerate().map(own).collect()
}

/// A counter as the product keeps it: the row is locked until the commit.
fn counter(table: &str, columns: &str, values: &str, unique: &str, counted: &str) -> String {
    format!(
        "INSERT INTO {table} (home, {columns}) VALUES ('peer', 'agency' || CAST(:a AS TEXT), {values}) \
         ON CONFLICT (home, {unique}) DO UPDATE SET {counted} = {table}.{counted} + 1 RETURNING {counted}"
    )
}

fn key(prefix: &str) -> String {
    format!("({} || CAST(:k AS TEXT))", literal(prefix))
}

/// One insert for each row; identifiers become keys, all else stays as it was.
fn inserts(connection: &Connection, table: &str, condition: &str, keys: &[&str]) -> Vec<String> {
    let sql = format!("SELECT * FROM {table} WHERE {condition} ORDER BY rowid");
    let mut statement = connection.prepare(&sql).unwrap();
    let mut described = connection.prepare(&format!("PRAGMA table_info({table})")).unwrap();
    let column = |row: &rusqlite::Row<'_>| Ok((row.get("name")?, row.get::<_, String>("type")? == "BOOLEAN"));
    let columns: Vec<(String, bool)> = described.query_map([], column).unwrap().map(Result::unwrap).collect();
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    let mut rows = statement.query([]).unwrap();
    let mut made = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        let value = |(at, (name, boolean)): (usize, &(String, bool))| match row.get_ref(at).unwrap() {
            _ if name == "home" => "'peer'".to_owned(),
            ValueRef::Null => "NULL".to_owned(),
            ValueRef::Integer(n) if *boolean => if n == 0 { "FALSE" } else { "TRUE" }.to_owned(),
            ValueRef::Integer(n) => n.to_string(),
            ValueRef::Real(n) => n.to_string(),
            other => cell(other.as_str().unwrap(), keys),
        };
        let values: Vec<String> = columns.iter().enumerate().map(value).collect();
        made.push(format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), values.join(", ")));
    }
    made
}

fn cell(text: &str, keys: &[&str]) -> String {
    if keys.contains(&text) {
        return key(text.get(..4).unwrap_or_default());
    }
    if text.strip_prefix("dossier:").is_some_and(|id| keys.contains(&id)) {
        return key("dossier:");
    }
    literal(text)
}

/// A literal in which pgbench finds no variable: `:` before a letter is cut off from it.
fn literal(text: &str) -> String {
    let mut made = String::from("'");
    let mut after_colon = false;
    for letter in text.chars() {
        if after_colon && (letter.is_alphabetic() || letter == '_') {
            made.push_str("' || '");
        }
        after_colon = letter == ':';
        match letter {
            '\'' => made.push_str("''"),
            '\n' => made.push(' '),
            other => made.push(other),
        }
    }
    made.push('\'');
    if made.contains("' || '") { format!("({made})") } else { made }
}
