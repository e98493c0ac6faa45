//! A person's own data as one ZIP: `du-lieu.json` for machines, `index.html` for people, and the files.

use std::io::{Cursor, Write};

use kernel_base::{Error, Lang, Result};
use kernel_forms::escape;
use serde_json::{Map, Value};
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::flow::Part;

/// A stored file with its name in the archive.
pub(crate) type Attached = (String, Vec<u8>);

/// Everything in one archive.
///
/// # Errors
/// `Internal` when it cannot be written.
pub(crate) fn archive(parts: &[Part], files: &[Attached], made: &str, lang: Lang) -> Result<Vec<u8>> {
    let fault = |error: zip::result::ZipError| Error::internal(format!("export: {error}"));
    let broken = |error: std::io::Error| Error::internal(format!("export: {error}"));
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    zip.start_file("du-lieu.json", options).map_err(fault)?;
    zip.write_all(json_of(parts).to_string().as_bytes()).map_err(broken)?;
    zip.start_file("index.html", options).map_err(fault)?;
    zip.write_all(index(parts, files, made, lang).as_bytes()).map_err(broken)?;
    for (name, bytes) in files {
        zip.start_file(name.as_str(), options).map_err(fault)?;
        zip.write_all(bytes).map_err(broken)?;
    }
    Ok(zip.finish().map_err(fault)?.into_inner())
}

/// All parts by their words.
pub(crate) fn json_of(parts: &[Part]) -> Value {
    let parts: Map<String, Value> = parts.iter().map(|part| (part.code.to_owned(), part.own.data.clone())).collect();
    Value::Object(parts)
}

/// A page that opens without this program.
fn index(parts: &[Part], files: &[Attached], made: &str, lang: Lang) -> String {
    let title = match lang {
        Lang::Vi => "Dữ liệu của tôi",
        Lang::En => "My data",
    };
    let language = match lang {
        Lang::Vi => "vi",
        Lang::En => "en",
    };
    let mut out = format!(
        "<!doctype html>\n<html lang=\"{language}\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\n<style>body{{font:1rem/1.6 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}dt{{font-weight:600}}dd{{margin:0 0 .5rem 1rem}}</style>\n<h1>{title}</h1><p>{}</p>\n",
        escape(made)
    );
    for part in parts {
        out.push_str(&format!("<h2>{} ({})</h2>\n", escape(part.name.say(lang)), part.own.count));
        tell(&part.own.data, &mut out);
    }
    out.push_str("<ul>");
    for (name, _) in files {
        out.push_str(&format!("<li><a href=\"{0}\">{0}</a></li>", escape(name)));
    }
    out + "</ul></html>\n"
}

/// A JSON value as nested lists.
fn tell(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push_str("<ol>");
            for item in items {
                out.push_str("<li>");
                tell(item, out);
                out.push_str("</li>\n");
            }
            out.push_str("</ol>");
        }
        Value::Object(fields) => {
            out.push_str("<dl>");
            for (name, value) in fields {
                out.push_str(&format!("<dt>{}</dt><dd>", escape(name)));
                tell(value, out);
                out.push_str("</dd>");
            }
            out.push_str("</dl>");
        }
        Value::String(text) => out.push_str(&escape(text)),
        Value::Null => out.push('–'),
        other => out.push_str(&escape(&other.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use kernel_base::Words;
    use kernel_contract::OwnData;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_archive_opens_and_what_was_typed_never_becomes_markup() {
        let own = OwnData { data: json!([{ "name": "<b>Lê Minh Họa</b>" }]), files: Vec::new(), count: 1 };
        let part = Part { code: "drafts", name: Words::new("Bản nháp", "Drafts"), own };
        let files = [("a/1.pdf".to_owned(), b"%PDF".to_vec())];
        let bytes = archive(&[part], &files, "26/07/2021", Lang::Vi).unwrap();
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut read = |name: &str| std::io::read_to_string(zip.by_name(name).unwrap()).unwrap();
        assert!(read("index.html").contains("&lt;b&gt;Lê Minh Họa&lt;/b&gt;"));
        assert!(read("du-lieu.json").contains("Lê Minh Họa"));
        assert_eq!(read("a/1.pdf"), "%PDF");
    }
}
