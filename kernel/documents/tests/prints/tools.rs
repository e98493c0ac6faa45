//! Reading a PDF back from outside: `pdftotext`, `pdftoppm`, `zbarimg`, `pdffonts` of Debian.

use std::{fs, path::PathBuf, process::Command};

use kernel_documents::{Document, Rendered, render};

/// Renders and keeps the PDF under a name, so that a person can look at it after the test.
pub(crate) fn print(name: &str, document: &Document) -> (Rendered, PathBuf) {
    let rendered = render(document).unwrap();
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.pdf"));
    // Tests run side by side and may print the same document: the finished file appears at once.
    let draft = path.with_extension(format!("{:?}", std::thread::current().id()));
    fs::write(&draft, &rendered.pdf).unwrap();
    fs::rename(&draft, &path).unwrap();
    (rendered, path)
}

pub(crate) fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|e| panic!("{program} is needed (apt: poppler-utils, zbar-tools): {e}"));
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The text as it is copied out of the PDF, white space made single.
pub(crate) fn text_of(path: &std::path::Path) -> String {
    let text = run("pdftotext", &["-raw", path.to_str().unwrap(), "-"]);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A word with its box in points, from the top left of its page (counted from 1).
#[derive(Debug, Clone)]
pub(crate) struct Word {
    pub(crate) page: usize,
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
    pub(crate) text: String,
}

/// All words with their boxes, and the size of the first page.
pub(crate) fn words_of(path: &std::path::Path) -> (Vec<Word>, f64, f64) {
    let html = run("pdftotext", &["-bbox", path.to_str().unwrap(), "-"]);
    let number = |line: &str, name: &str| -> f64 {
        let rest = line.split(&format!("{name}=\"")).nth(1).unwrap();
        rest.split('"').next().unwrap().parse().unwrap()
    };
    let (mut words, mut page, mut width, mut height) = (Vec::new(), 0, 0.0, 0.0);
    for line in html.lines().map(str::trim) {
        if line.starts_with("<page ") {
            page += 1;
            if page == 1 {
                (width, height) = (number(line, "width"), number(line, "height"));
            }
        } else if line.starts_with("<word ") {
            let text = line.split('>').nth(1).unwrap().split("</word").next().unwrap().to_owned();
            words.push(Word {
                page,
                left: number(line, "xMin"),
                top: number(line, "yMin"),
                right: number(line, "xMax"),
                bottom: number(line, "yMax"),
                text,
            });
        }
    }
    (words, width, height)
}

/// What the QR codes on the first page say.
pub(crate) fn qr_of(path: &std::path::Path) -> String {
    let picture = path.with_extension("");
    run("pdftoppm", &["-r", "150", "-png", "-singlefile", path.to_str().unwrap(), picture.to_str().unwrap()]);
    run("zbarimg", &["-q", "--raw", picture.with_extension("png").to_str().unwrap()]).trim().to_owned()
}
