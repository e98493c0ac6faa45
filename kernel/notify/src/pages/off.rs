//! The link at the end of an e-mail: switches messages of a group off, without sign-in, after one press of a button
//! (mail programs open links by themselves).

use askama::Template;
use axum::extract::{Path, State};
use kernel_base::TypedId;
use kernel_web::{Answer, Page, Web, html};

use super::mine::not_found;
use crate::{flow, model::DeliveryId, notify::Notify};

#[derive(Template)]
#[template(path = "message_off.html")]
struct Off {
    page: Page,
    id: String,
    channel: &'static str,
    group: String,
    done: bool,
}

impl Off {
    fn say(&self, prefix: &str, word: impl AsRef<str>) -> String {
        super::desk::say(&self.page, prefix, word)
    }
}

pub(super) async fn page(State(web): State<Web>, page: Page, Path(id): Path<String>) -> Answer {
    show(&web, page, &id, false).await
}

pub(super) async fn switch_off(State(web): State<Web>, page: Page, Path(text): Path<String>) -> Answer {
    let (id, notify) = (DeliveryId::parse(&text).ok_or_else(not_found)?, web.extension::<Notify>()?);
    web.write(move |tx| flow::switch_off(tx, &notify, &id)).await?;
    show(&web, page, &text, true).await
}

async fn show(web: &Web, page: Page, text: &str, done: bool) -> Answer {
    let (id, notify) = (DeliveryId::parse(text).ok_or_else(not_found)?, web.extension::<Notify>()?);
    let (channel, group) = web.read(move |tx| flow::unsubscribe_facts(tx, &notify, &id)).await?;
    let page = page.titled("notify.off.title");
    html(&Off { page, id: text.to_owned(), channel: channel.word(), group, done })
}
