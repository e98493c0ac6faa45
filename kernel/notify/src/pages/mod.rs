//! Pages: messages of a person, how he wants them, the link that switches them off, the administrator's log.

mod desk;
mod mine;
mod off;
mod settings;

use axum::{
    Router,
    routing::{get, post},
};
use kernel_web::Web;

pub(crate) fn routes() -> Router<Web> {
    Router::new()
        .route("/messages", get(mine::page))
        .route("/messages/read", post(mine::read_all))
        .route("/messages/{id}/open", post(mine::open))
        .route("/messages/settings", get(settings::page).post(settings::save))
        .route("/messages/contacts", post(settings::add))
        .route("/messages/contacts/{id}", post(settings::confirm))
        .route("/messages/contacts/{id}/remove", post(settings::remove))
        .route("/messages/browsers/{id}/remove", post(settings::forget))
        .route("/messages/unsubscribe/{id}", get(off::page).post(off::switch_off))
        .route("/staff/deliveries", get(desk::page))
        .route("/staff/deliveries/{id}", get(desk::one).post(desk::retry))
}
