//! `prepare_all` on both engines. Apart from the other stories: it looks at every statement of this program.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use kernel_db::{Engine, Migration, Sql, sql};
use kernel_testkit::{World, both_engines};

const MIGRATIONS: &[Migration] = &[Migration {
    system: "test",
    number: 1,
    name: "notes",
    sql: "CREATE TABLE notes (home TEXT PRIMARY KEY, amount BIGINT NOT NULL)",
}];

static GOOD: &Sql = sql!("SELECT CAST(sum(amount) AS BIGINT) AS amount FROM notes WHERE home = $1");
static BARE: &Sql = sql!("SELECT sum(amount) AS amount FROM notes WHERE home = $1");
static NO_TABLE: &Sql = sql!("SELECT a FROM no_such_table WHERE home = $1");
static TWO: &Sql = sql!(
    sqlite: "SELECT amount FROM notes WHERE home = $1 AND json_valid(home)",
    postgres: "SELECT amount FROM notes WHERE home = $1 AND home = ANY(ARRAY['a'])",
);
static REFERENCE: &Sql = sql!(reference "SELECT amount FROM notes WHERE amount = $1");

fn world(engine: Engine) -> World {
    World::new(engine, &[MIGRATIONS])
}

both_engines!(every_statement_is_prepared_and_the_wrong_ones_are_named, world, |world| {
    let problems = world.db.prepare_all().unwrap();
    let named = |sql: &Sql| problems.iter().filter(|problem| problem.starts_with(&sql.place())).count();
    assert_eq!((named(GOOD), named(TWO), named(REFERENCE)), (0, 0, 0), "{problems:?}");
    // PostgreSQL's sum is a NUMERIC, which no column can be read as.
    let by_the_engine = usize::from(world.engine() == Engine::Postgres);
    assert_eq!((named(BARE), named(NO_TABLE)), (1 + by_the_engine, 1), "{problems:?}");
});

both_engines!(a_statement_finds_its_own_text, world, |world| {
    world.write(|tx| tx.execute(sql!("INSERT INTO notes (home, amount) VALUES ($1, 5)"), &[])).unwrap();
    let found = world.read(|tx| Ok((tx.query(TWO, &[])?.len(), tx.query(REFERENCE, &kernel_db::params![5])?.len())));
    // 'H47' is neither JSON nor the text 'a'; the other engine's text would have been an error.
    assert_eq!(found.unwrap(), (0, 1));
});
