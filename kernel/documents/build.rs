//! Puts the four faces of Liberation Serif, the metric twin of Times New Roman, beside the compiled crate.
//!
//! They come from a crate that carries them, so that no font stands in this repository and none is looked for on the
//! machine; only these four reach the binary. Libertinus Serif, which typst ships, lacks ơ and ư in bold italic.

use std::{env, fs, io, path::Path};

fn main() -> io::Result<()> {
    let folder = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("OUT_DIR is not set"))?;
    let faces = oxml_layout::bundled_fonts::bundled_font_data();
    let serif = faces.into_iter().filter(|(family, _)| *family == "Liberation Serif");
    let mut count = 0;
    for (number, (_, bytes)) in serif.enumerate() {
        fs::write(Path::new(&folder).join(format!("serif-{number}.ttf")), bytes)?;
        count += 1;
    }
    if count != 4 {
        return Err(io::Error::other(format!("expected four faces of Liberation Serif, found {count}")));
    }
    println!("cargo::rerun-if-changed=build.rs");
    Ok(())
}
