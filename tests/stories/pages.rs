//! The list of pages that the sweep in the browser opens (`web/test/pages.json`) is the list of the router's pages.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Paths that the router answers on `GET`, read from how it prints itself.
pub(crate) fn gets() -> BTreeSet<String> {
    let router = format!("{:?}", chuyendong::server::routes(chuyendong::demo::routes()));
    let mut gets = BTreeSet::new();
    for part in router.split("RouteId(").skip(1) {
        let Some((id, rest)) = part.split_once(')') else { continue };
        if rest.contains("MethodRouter { get: ") && !rest.contains("MethodRouter { get: None") {
            gets.insert(id.to_owned());
        }
    }
    let mut paths = BTreeMap::new();
    for part in router.split("RouteId(").skip(1) {
        if let Some((id, rest)) = part.split_once("): \"")
            && let Some((path, _)) = rest.split_once('"')
        {
            paths.insert(id.to_owned(), path.to_owned());
        }
    }
    let own = |path: &String| !["/docs/", "/{*__private"].iter().any(|start| path.starts_with(start));
    paths.into_iter().filter(|(id, _)| gets.contains(id)).map(|(_, path)| path).filter(own).collect()
}

#[test]
fn every_page_of_the_router_is_on_the_list_that_is_looked_at() {
    // Not the API, which the matrix walks.
    let routes: BTreeSet<String> = gets().into_iter().filter(|path| !path.starts_with("/api/")).collect();
    assert!(routes.contains("/scoreboard") && routes.contains("/drafts/{id}/check"), "{routes:?}");
    let list: Value = serde_json::from_str(include_str!("../../web/test/pages.json")).unwrap();
    let listed: BTreeSet<String> = list.as_object().unwrap().keys().cloned().collect();
    let unseen: Vec<&String> = routes.difference(&listed).collect();
    assert!(unseen.is_empty(), "pages that web/test/pages.json does not open: {unseen:?}");
    let gone: Vec<&String> = listed.difference(&routes).collect();
    assert!(gone.is_empty(), "pages that are no more: {gone:?}");
    for (path, of) in list.as_object().unwrap() {
        let opened = of.as_array().is_some_and(|visits| !visits.is_empty());
        assert!(opened || of.as_str().is_some_and(|why| why.len() > 8), "{path}: who opens it, or why nobody does");
    }
}
