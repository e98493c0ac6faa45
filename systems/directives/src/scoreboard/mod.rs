//! The public scoreboard: what was kept, late, open and overdue, by agency, kind and period, without sign-in.

mod api;
mod chart;
pub mod file;
pub mod flow;
pub mod model;
mod pages;

use std::{future::Future, time::Duration};

use axum::{Router, body::Bytes};
use kernel_base::Result;
use kernel_web::{Kept, Web};

/// Pages and JSON of the board.
pub(crate) fn routes() -> Router<Web> {
    api::routes().merge(pages::routes())
}

/// The part of the OpenAPI document about the board.
#[derive(Debug, utoipa::OpenApi)]
#[openapi(paths(api::board, api::rows, api::monthly))]
struct Doc;

/// What scoreboard, measures, pipeline and brief write into the OpenAPI document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    use utoipa::OpenApi as _;
    let mut doc = Doc::openapi();
    doc.merge(crate::metrics::MeasuresDoc::openapi());
    doc.merge(crate::pipeline::PipelineDoc::openapi());
    doc.merge(crate::brief::BriefDoc::openapi());
    doc
}

/// Where the signed monthly files stand; given to the web state by the app.
#[derive(Debug, Clone)]
pub struct PublicFolder(pub std::path::PathBuf);

/// Bodies of the board that everyone sees alike; given to the web state by the app, else nothing is kept.
#[derive(Debug)]
pub struct Boards(Kept<Bytes>);

impl Boards {
    /// A board is shown for this long before it is counted again.
    #[must_use]
    pub fn kept_for(longest: Duration) -> Self {
        Self(Kept::new(longest))
    }
}

/// A body that everyone sees alike: the kept one, or the one that `make` gives.
pub(crate) async fn kept(
    web: &Web,
    question: &str,
    make: impl Future<Output = Result<String>> + Send,
) -> Result<Bytes> {
    let make = async { make.await.map(Bytes::from) };
    match web.optional::<Boards>() {
        Some(boards) => boards.0.get(question, make).await,
        None => make.await,
    }
}

/// Months whose signed file is there, the newest first.
async fn monthly_files(web: &Web) -> Vec<String> {
    let Ok(folder) = web.extension::<PublicFolder>() else { return Vec::new() };
    let start = format!("{}-", web.home);
    let mut months = Vec::new();
    if let Ok(mut entries) = tokio::fs::read_dir(&folder.0).await {
        while let Ok(Some(entry)) = entries.next_entry().await {
            let name = entry.file_name().to_string_lossy().into_owned();
            let month = name.strip_prefix(&start).and_then(|rest| rest.strip_suffix(".jsonl"));
            months.extend(month.filter(|m| model::Period::parse(m).is_some()).map(str::to_owned));
        }
    }
    months.sort_unstable_by(|a, b| b.cmp(a));
    months
}

/// The address of a page with its query; what is empty was not chosen and is left out. Values are encoded already.
pub(crate) fn address(path: &str, chosen: &[(&str, &str)]) -> String {
    let chosen = chosen.iter().filter(|(_, value)| !value.is_empty());
    let query: Vec<String> = chosen.map(|(name, value)| format!("{name}={value}")).collect();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn what_was_not_chosen_is_left_out() {
        assert_eq!(
            address("/pipeline/rows", &[("show", "live"), ("agency", ""), ("at", "2021-07-26")]),
            "/pipeline/rows?show=live&at=2021-07-26"
        );
        assert_eq!(address("/measures/level4", &[("agency", ""), ("at", "")]), "/measures/level4");
    }
}
