//! The real application in this process: its own database on either engine, a clock that the test moves, HTTP without a
//! socket.

mod browser;
mod files;
mod outside;
mod person;
mod provider;
mod seed;
mod town;

pub(crate) use browser::Browser;
pub(crate) use files::{jpeg, paper_pdf, pdf_with};
pub(crate) use outside::{Simulator, World};
pub(crate) use person::{NOBODY, Person, Reply, no_inside};
pub(crate) use provider::{BASE, Provider};
pub(crate) use seed::PROGRAM;
pub(crate) use town::{Receipt, Town, csrf_of, keep_cookies};
