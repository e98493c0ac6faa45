//! HTML face of the one-stop-shop.

pub(crate) mod citizen;
mod staff;

use axum::Router;
use kernel_web::Web;

/// Pages.
pub(crate) fn routes() -> Router<Web> {
    staff::routes().merge(citizen::routes())
}
