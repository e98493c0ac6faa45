//! Rules of the catalogue. Pure: no I/O, no clock, no SQL.

mod bulk;
mod draft;
mod procedure;

pub(crate) use bulk::{Batch, BatchId, BulkRow, Cell, MOST_ROWS, RowFault, choice_text, fits_rows, read_row};
pub(crate) use draft::{
    Clash, Draft, DraftFile, DraftId, FieldChange, KEPT_DAYS, MOST_FILES, PrefillState, ReusedFrom, Saved,
    SignatureNote,
};
pub(crate) use procedure::Procedure;
