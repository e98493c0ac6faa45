//! Changes of the organisation as operations of the product: each is dated, reasoned and an event.

mod agencies;
mod delegation;
mod officers;

use kernel_base::{Error, FieldError, Result, text};

pub use agencies::{Replaced, Replacement, change_agency, create_agency, replace_agency};
pub use delegation::{Delegation, DelegationId, NewDelegation, delegate, delegations_of, revoke_delegation};
pub use officers::{SignIns, appoint, end_term, grant_role, revoke_role};

/// The decision or reason of a change, which must be given.
fn reason(field: &str, given: &str) -> Result<String> {
    let given = text::clean_line(given);
    if given.is_empty() || text::length(&given) > 500 {
        return Err(Error::invalid(vec![FieldError::new(
            field,
            "required",
            (
                "Hãy ghi số quyết định hoặc lý do, không quá 500 chữ cái.",
                "Give the number of the decision or the reason, at most 500 letters.",
            ),
        )]));
    }
    Ok(given)
}

fn no_such_agency(field: &str) -> Error {
    Error::invalid(vec![FieldError::new(
        field,
        "unknown",
        (
            "Không có cơ quan này vào ngày đó. Hãy chọn cơ quan trong danh sách.",
            "There is no such agency on that day. Choose one from the list.",
        ),
    )])
}

fn no_such_officer() -> Error {
    Error::not_found(
        "officer_not_found",
        (
            "Không có cán bộ này hoặc cán bộ đã thôi giữ chức vụ. Hãy tải lại danh sách.",
            "There is no such officer, or the term has ended. Load the list again.",
        ),
    )
}
