//! Pages of the demonstration: the mailbox with one-time codes, and every component with its states.

use askama::Template;
use axum::extract::State;
use kernel_base::FieldError;

use crate::{Answer, Page, Web, accounts, accounts::MailboxItem, html};

#[derive(Debug, Template)]
#[template(path = "demo_mailbox.html")]
struct Mailbox {
    page: Page,
    items: Vec<MailboxItem>,
}

pub(super) async fn mailbox(State(web): State<Web>, page: Page) -> Answer {
    let items = web.read(accounts::mailbox).await?;
    html(&Mailbox { page: page.titled("web.mailbox.title"), items })
}

#[derive(Debug, Template)]
#[template(path = "demo_components.html")]
struct Components {
    page: Page,
}

pub(super) async fn components(page: Page) -> Answer {
    let faults = [
        FieldError::new("child_name", "required", ("Hãy nhập họ và tên của trẻ.", "Enter the child's full name.")),
        FieldError::new(
            "birth_date",
            "format",
            (
                "Ngày sinh phải là ngày có thật, ví dụ 26/07/2021.",
                "The date of birth must be a real date, such as 26/07/2021.",
            ),
        ),
    ];
    html(&Components { page: page.with_title("Thành phần giao diện").with_errors(&faults) })
}

#[derive(Debug, Template)]
#[template(path = "demo_components_staff.html")]
struct StaffComponents {
    page: Page,
}

pub(super) async fn staff_components(page: Page) -> Answer {
    html(&StaffComponents { page: page.with_title("Thành phần trang cán bộ").wide() })
}
