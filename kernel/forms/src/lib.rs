//! Electronic forms from JSON Schema (draft 2020-12): one definition gives the question pages, the checks, the
//! check-answers page and the schema that integrators read.
//!
//! A form is an object of flat properties and of arrays of flat objects. Beyond the plain keywords it carries:
//!
//! | keyword | where | meaning |
//! |---|---|---|
//! | `title`, `x-title-en` | property, choice | the question in Vietnamese and English |
//! | `x-hint`, `x-hint-en` | property | one line of help under the question |
//! | `x-type` | property | [`FieldKind`]: `name`, `date`, `partial-date`, `identity-number`, `phone`, `email`, `commune`, `address`, `text`, `long-text`, `choice`, `integer`, `money`, `yes-no`, `business-code` |
//! | `x-past` | date property | the day lies in the past, less than 130 years ago; without it, true for names with `birth` |
//! | `x-when` | property | `{"field", "equals"}`: asked only then; `equals` may be a list |
//! | `x-pages` | form | `[{id, title, title_en, fields, when?}]`, in the order of asking |
//! | `x-order` | items of a group | order of its fields (JSON objects have none) |
//! | `x-declaration`, `x-declaration-en` | form | the sentence the person stands for when submitting |
//! | `x-copies` | form | the property that counts the copies a fee per copy is multiplied by |
//! | `x-applicant` | form | role of the applicant → property, for filling in what is known |
//! | `examples[0]` | form | a complete valid answer |
//!
//! `allOf` with `if`/`then` makes a property required under a condition. The doors are [`Form::parse`] for the
//! definition and [`Form::accept`] for an answer; everything is pure: the day of checking is an argument ([`Facts`]).

mod clean;
mod html;
mod memory;
mod model;
mod outside;
mod parse;
mod places;
mod post;
mod render;
mod say;
mod summary;
mod validate;
mod values;

pub use html::escape;
pub use model::{Choice, Field, FieldKind, Form, Group, Page, PageState, When};
pub use outside::json_schema_for_outside;
pub use places::{Facts, PlaceGroup, Places};
pub use render::{PageView, field_id, render_page};
pub use summary::SummaryRow;

#[cfg(test)]
mod tests;
