//! Words that every crate speaks: instants, identifiers, money, Vietnamese text, errors.
//!
//! Nothing here does I/O, reads a clock or draws a random number: time and chance are arguments.

mod error;
mod id;
mod money;
pub mod text;
mod time;
mod words;

pub use error::{Error, FieldError, Kind, Result};
pub use id::{AgencyId, Home, TypedId, random_id_part};
pub use money::{Vnd, dong_in_words};
pub use time::{Clock, Instant, MockClock, VIETNAM, vietnam_date, vietnam_time};
pub use words::{Lang, Words};

#[doc(hidden)]
pub use serde as __serde;
