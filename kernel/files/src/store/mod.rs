//! All SQL of files and uploads.

pub(crate) mod files;
pub(crate) mod uploads;
