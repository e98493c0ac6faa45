//! The page where anyone checks a signed file.

use askama::Template;
use axum::extract::{Multipart, State};
use kernel_base::{Kind, vietnam_time};
use kernel_signatures::{Fault, SignatureCheck};
use kernel_web::{Answer, Bucket, Context, Page, Web, html, html_with};

use crate::api::verify::{self, Checked};

/// One signature in words.
#[derive(Debug)]
struct Line {
    signer: String,
    organisation: String,
    issuer: String,
    when: String,
    /// Empty when it is valid.
    reason: String,
    revocation_known: bool,
}

#[derive(Debug)]
struct Found {
    tone: String,
    sentence: String,
    remedy: String,
    title: String,
    sha256: String,
    lines: Vec<Line>,
}

#[derive(Debug, Template)]
#[template(path = "citizen_verify.html")]
struct VerifyPage {
    page: Page,
    found: Option<Found>,
}

pub(super) async fn page(page: Page) -> Answer {
    html(&VerifyPage { page: page.titled("status.verify.title"), found: None })
}

pub(super) async fn check(State(web): State<Web>, page: Page, context: Context, parts: Multipart) -> Answer {
    web.limit(Bucket::LookUp, &context.address)?;
    let page = page.titled("status.verify.title");
    match verify::file_of(parts).await {
        Ok(bytes) => {
            let checked = verify::check(&web, bytes).await?;
            let found = Some(found(&page, &checked));
            html(&VerifyPage { page, found })
        }
        Err(error) if error.kind == Kind::Invalid => {
            let status = kernel_web::status(error.kind);
            html_with(status, &VerifyPage { page: page.with_error(&error), found: None })
        }
        Err(error) => Err(error.into()),
    }
}

fn found(page: &Page, checked: &Checked) -> Found {
    let line = |s: &SignatureCheck| Line {
        signer: s.signer.clone(),
        organisation: s.organisation.clone(),
        issuer: s.issuer.clone(),
        when: s.stamped_at.map(vietnam_time).unwrap_or_default(),
        reason: s.fault.map(Fault::reason).map(|w| w.say(page.lang).to_owned()).unwrap_or_default(),
        revocation_known: s.revocation_known,
    };
    let tone = match (checked.check.is_valid(), checked.ours.is_some()) {
        (true, true) => "ok",
        (true, false) => "info",
        _ => "bad",
    };
    Found {
        tone: tone.to_owned(),
        sentence: checked.sentence().say(page.lang).to_owned(),
        remedy: checked.check.remedy().map(|w| w.say(page.lang).to_owned()).unwrap_or_default(),
        title: checked.ours.as_ref().map(|d| d.title.clone()).unwrap_or_default(),
        sha256: checked.sha256.clone(),
        lines: checked.check.signatures.iter().map(line).collect(),
    }
}
