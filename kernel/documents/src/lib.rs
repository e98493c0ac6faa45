//! Official documents and slips as PDF, laid out after NĐ 30/2020/NĐ-CP, Appendix I.
//!
//! [`render`] is a pure function: the same facts give the same bytes, nothing is read at run time, and what people
//! wrote reaches the page as data, never as markup. It takes tens of milliseconds: never call it inside a write.

mod compile;
mod facts;
mod kinds;
mod letter;
mod parts;
mod qr;

pub use compile::{Rendered, render};
pub use kinds::{
    Apology, Block, CheckItem, CheckList, ControlSlip, Document, FeeLine, FeeReceipt, HandOver, Outcome, PaperLine,
    Receipt, Refusal, Register, RegisterPlace, RegisterRow, ResultDocument, StopNotice, SupplementItem,
    SupplementRequest, Timeliness,
};
pub use letter::{LetterTable, OfficialLetter};
pub use parts::{Applicant, Authority, Check, Contact, DossierFacts, Field, Form, Head, Right, Signature, Signer};
pub use qr::qr_svg;

/// Licence of the fonts inside the binary and inside every PDF (SIL Open Font License 1.1), for the about page.
pub const FONT_LICENCE: &str = include_str!("../fonts/LICENSE-Liberation");
