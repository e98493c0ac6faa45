//! PostgreSQL.

use std::sync::Arc;

use kernel_base::{Error, Home, Result};

use crate::{
    DbOptions, Row, Sql, Value,
    db::Queue,
    tx::{Failure, Shared},
};

pub(crate) struct Connection;

#[derive(Debug)]
pub(crate) struct Server;

impl Server {
    pub(crate) fn prepare_all(&self) -> Result<Vec<String>> {
        Ok(Vec::new())
    }
}

pub(crate) fn start(_o: &DbOptions, _s: &Arc<Shared>, _w: &Queue, _r: &Queue) -> Result<Arc<Server>> {
    Err(Error::unavailable("not yet"))
}

pub(crate) fn execute(_c: &mut Connection, _s: &'static Sql, _h: &Home, _p: &[Value]) -> Result<u64, Failure> {
    Err(Failure::new(Error::unavailable("not yet")))
}

pub(crate) fn query(_c: &mut Connection, _s: &'static Sql, _h: &Home, _p: &[Value]) -> Result<Vec<Row>, Failure> {
    Err(Failure::new(Error::unavailable("not yet")))
}
