//! The public page behind the QR code of a receipt: is it ours, and does it still count.

use askama::Template;
use axum::extract::State;
use kernel_base::Kind;
use kernel_web::{Answer, Bucket, Page, Query, Web, html};
use serde::Deserialize;

use crate::flow::{self, CheckedReceipt};

#[derive(Debug, Template)]
#[template(path = "receipt_check.html")]
struct CheckPage {
    page: Page,
    code: String,
    key: String,
    found: Option<CheckedReceipt>,
    unknown: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    code: String,
    key: String,
}

pub(super) async fn page(State(web): State<Web>, page: Page, Query(asked): Query<Asked>) -> Answer {
    let mut found = None;
    let mut unknown = false;
    if !asked.code.is_empty() {
        web.limit(Bucket::LookUp, &page.context().address)?;
        let (code, key) = (asked.code.clone(), asked.key.clone());
        match web.read(move |tx| flow::check_receipt(tx, &code, &key)).await {
            Ok(receipt) => found = Some(receipt),
            Err(error) if error.kind == Kind::NotFound => unknown = true,
            Err(error) => return Err(error.into()),
        }
    }
    let page = page.titled("payments.check.title");
    html(&CheckPage { page, code: asked.code, key: asked.key, found, unknown })
}
