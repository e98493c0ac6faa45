//! Makes sure that `web/dist` exists, so that the crate builds before the static files do.

use std::{env, fs, path::Path};

fn main() {
    let root = env::var("CARGO_MANIFEST_DIR").unwrap_or_default();
    let dist = Path::new(&root).join("../../web/dist");
    if !dist.join("manifest.json").exists() {
        println!(
            "cargo:warning=web/dist is not built: pages will have no style. Run `npm ci && npm run build` in web/."
        );
        // Without the folder the embedding does not compile; with an empty one it does.
        let _ = fs::create_dir_all(&dist);
    }
    println!("cargo:rerun-if-changed=../../web/dist");
}
