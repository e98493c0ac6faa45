//! Where an act was asked from, and so where the officer goes after it.

use axum::http::Uri;
use kernel_web::Fields;

use super::inbox::InboxQuery;

/// The page an act was asked from.
#[derive(Debug, Clone, Default)]
pub(crate) struct Place {
    pub(crate) kind: PlaceKind,
    /// Filters of the inbox as a query, without the dossier.
    pub(crate) query: String,
    /// Dossier that opens next in the inbox.
    pub(crate) next: String,
    /// The officer chose the dossier himself.
    pub(crate) chosen: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum PlaceKind {
    #[default]
    Inbox,
    Page,
    /// The leader's stack.
    Sign,
}

impl Place {
    pub(crate) fn page() -> Self {
        Self { kind: PlaceKind::Page, chosen: true, ..Self::default() }
    }

    pub(crate) fn sign() -> Self {
        Self { kind: PlaceKind::Sign, chosen: true, ..Self::default() }
    }

    /// From the hidden fields `from` and `next` of a form.
    pub(crate) fn of(fields: &Fields) -> Self {
        match fields.get("from").unwrap_or_default() {
            "page" => Self::page(),
            "sign" => Self::sign(),
            from => Self {
                query: from.strip_prefix("inbox?").unwrap_or_default().to_owned(),
                next: fields.get("next").unwrap_or_default().to_owned(),
                chosen: true,
                kind: PlaceKind::Inbox,
            },
        }
    }

    pub(crate) fn is_inbox(&self) -> bool {
        self.kind == PlaceKind::Inbox
    }

    /// Value of the hidden field `from`.
    pub(crate) fn word(&self) -> String {
        match self.kind {
            PlaceKind::Inbox => format!("inbox?{}", self.query),
            PlaceKind::Page => "page".to_owned(),
            PlaceKind::Sign => "sign".to_owned(),
        }
    }

    /// The filters again; what cannot be read filters nothing.
    pub(crate) fn filters(&self) -> InboxQuery {
        let uri: Option<Uri> = format!("/staff?{}", self.query).parse().ok();
        let read = |uri: Uri| axum::extract::Query::<InboxQuery>::try_from_uri(&uri).ok();
        uri.and_then(read).map(|query| query.0).unwrap_or_default()
    }
}
