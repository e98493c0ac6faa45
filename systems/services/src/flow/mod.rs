//! Use cases of the catalogue: publishing, looking up, what other systems ask of it.

mod administration;
mod asked_twice;
mod bulk;
mod draft;
mod draft_help;
mod figures;
mod hand_over;
mod import;
mod look;
mod personal;
mod places;
mod port;
mod prefill;
mod publish;
mod search;
mod verify;
mod warn;

pub(crate) use administration::{FormLine, Question, form_of, forms};
pub use bulk::delete_old_batches;
pub(crate) use bulk::{BulkForm, Uploaded, bulk_form, check_workbook, find_batch, hand_in_rows, takes_rows};
pub use draft::delete_expired_drafts;
pub(crate) use draft::{
    DraftLine, DraftView, SaveFields, add_file, change_agency, delete_draft, find as find_draft, look_draft, my_drafts,
    open as open_draft, receipt_of, remove_file, replace_files, save_fields, start_draft, submit_draft,
};
pub(crate) use draft_help::online_case;
pub use figures::FormFigures;
pub use hand_over::hand_over_drafts;
pub use import::import_procedures;
pub use look::{ProcedureView, look, procedures_on};
pub(crate) use personal::Drafts;
pub(crate) use port::CataloguePort;
pub(crate) use prefill::{
    TakeOffer, badges, decline_offer, has_offer, known_papers, left_to_ask, offer_words, prefill_offer, take_offer,
    take_paper,
};
pub use publish::{DraftVersion, drafts, publish_draft, publish_seed};
pub use search::search;
pub use verify::verify;
pub use warn::warn_of_expiring_drafts;
