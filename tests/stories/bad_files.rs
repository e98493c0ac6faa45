//! Files that cannot be taken (quality.md B3): refused at once, with a Vietnamese sentence that says what to do.

use std::io::Cursor;

use http::{Request, header};
use image::{DynamicImage, GrayImage, ImageFormat};
use kernel_testkit::both_engines;
use lopdf::{Object, dictionary};
use serde_json::Value;

use crate::harness::{Person, Town, jpeg, no_inside, paper_pdf, pdf_with};

/// What is sent under which name.
struct Bad {
    name: &'static str,
    bytes: Vec<u8>,
}

/// A PNG that claims 50,000 × 50,000 pixels in a few bytes.
fn png_bomb() -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    png.extend_from_slice(&50_000_u32.to_be_bytes());
    png.extend_from_slice(&50_000_u32.to_be_bytes());
    png.extend_from_slice(&[8, 0, 0, 0, 0]);
    png.extend_from_slice(&crc(&png[12..]).to_be_bytes());
    png.extend_from_slice(&[0, 0, 0, 0]);
    png.extend_from_slice(b"IEND\xae\x42\x60\x82");
    png
}

/// CRC-32 of PNG.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |c, _| if c & 1 == 1 { 0xEDB8_8320 ^ (c >> 1) } else { c >> 1 })
    })
}

fn javascript() -> Vec<u8> {
    pdf_with(|document, catalog| {
        let action = dictionary! { "S" => "JavaScript", "JS" => Object::string_literal("app.alert('x')") };
        let action = document.add_object(action);
        catalog.set("OpenAction", action);
    })
}

fn encrypted() -> Vec<u8> {
    pdf_with(|document, _| {
        let locked = dictionary! {
            "Filter" => "Standard", "V" => 1, "R" => 2, "P" => -4,
            "O" => Object::string_literal([1_u8; 32].to_vec()), "U" => Object::string_literal([2_u8; 32].to_vec()),
        };
        let locked = document.add_object(locked);
        document.trailer.set("Encrypt", locked);
        document.trailer.set("ID", vec![Object::string_literal("a"), Object::string_literal("a")]);
    })
}

fn tiny() -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    DynamicImage::ImageLuma8(GrayImage::new(40, 40)).write_to(&mut out, ImageFormat::Png).unwrap();
    out.into_inner()
}

fn exe() -> Vec<u8> {
    let mut exe = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0".to_vec();
    exe.resize(4_096, 0);
    exe
}

fn bad() -> Vec<Bad> {
    let half = jpeg().len() / 2;
    vec![
        Bad { name: "rong.pdf", bytes: Vec::new() },
        Bad { name: "chuong-trinh.pdf", bytes: exe() },
        Bad { name: "bom.png", bytes: png_bomb() },
        Bad { name: "ma-lenh.pdf", bytes: javascript() },
        Bad { name: "khoa.pdf", bytes: encrypted() },
        Bad { name: "nho.png", bytes: tiny() },
        Bad { name: "dut.jpg", bytes: jpeg()[..half.min(600)].to_vec() },
        Bad { name: "dut.pdf", bytes: paper_pdf()[..120].to_vec() },
        Bad { name: "trang.html", bytes: b"<html><script>alert(1)</script></html>".to_vec() },
        Bad { name: "nen.zip", bytes: b"PK\x03\x04\x14\0\0\0\x08\0aaaaaaaaaaaaaaaaaaaaaaaa".to_vec() },
        Bad { name: "anh.svg", bytes: b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>".to_vec() },
        Bad {
            name: "eicar.jpg",
            bytes: br"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*".to_vec(),
        },
    ]
}

both_engines!(async a_file_that_cannot_be_used_is_refused_at_once_with_what_to_do, Town::open, |town| {
    let citizen = town.citizen("0905600001").await;
    for Bad { name, bytes } in bad() {
        let reply = town.upload(&citizen, name, &bytes).await;
        let text = reply.text();
        assert_eq!(reply.status, 422, "{name}: {text}");
        no_inside(&text);
        let detail = reply.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("Hãy") || detail.contains("hãy"), "{name}: says nothing to do: {detail}");
    }
    // Nothing of it is kept: no row, and no file.
    assert_eq!(walk(&town.data().join("files")), 0, "a refused file leaves something behind");
    // The good ones pass, also a photograph called something else.
    for (name, bytes) in [("anh.jpg", jpeg()), ("giay.pdf", paper_pdf()), ("anh.pdf", jpeg()), ("khong-duoi", jpeg())] {
        let kept = town.upload(&citizen, name, &bytes).await.ok();
        assert_eq!(kept["pages"], 1, "{name}");
    }
});

/// Number of files of at least one byte below a folder, those that are waiting to be removed apart.
fn walk(dir: &std::path::Path) -> usize {
    let Ok(entries) = std::fs::read_dir(dir) else { return 0 };
    entries
        .flatten()
        .map(|e| {
            if e.path().is_dir() {
                walk(&e.path())
            } else {
                usize::from(!e.path().display().to_string().contains("tmp"))
            }
        })
        .sum()
}

both_engines!(async a_body_that_is_too_large_or_lies_about_its_length_is_refused, Town::open, |town| {
    let citizen = town.citizen("0905600002").await;
    // Said to be 5 GB: refused before it is read.
    let said = citizen.sign(Request::post("/api/v1/files"))
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge")
        .header(header::CONTENT_LENGTH, "5000000000");
    let reply = town.send(said.body(axum::body::Body::from("--edge")).unwrap()).await;
    assert_eq!(reply.status, 413, "{}", reply.text());
    // One file of 26 MB, whatever its header says.
    let large = vec![b'a'; 26_000_000];
    let reply = town.upload(&citizen, "to.pdf", &large).await;
    assert_eq!(reply.status, 413, "{}", reply.text());
    assert!(reply.text().contains("25"), "{}", reply.text());
    // Shorter than it says: the connection ends in the middle of the part.
    let lying = citizen.sign(Request::post("/api/v1/files"))
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=edge")
        .header(header::CONTENT_LENGTH, "9000");
    let cut = b"--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\n\r\nabc".to_vec();
    let reply = town.send(lying.body(axum::body::Body::from(cut)).unwrap()).await;
    assert!(matches!(reply.status.as_u16(), 400 | 422), "{}: {}", reply.status, reply.text());
    no_inside(&reply.text());
    // JSON has its own, much smaller limit.
    let long = format!("{{\"procedure\":\"{}\"}}", "a".repeat(3 << 20));
    let reply = town.post_text(&citizen, "/api/v1/dossiers", long).await;
    assert_eq!(reply.status, 413, "{}", reply.text());
    // Not multipart, no file, a file in another part.
    let reply = town.post_text(&citizen, "/api/v1/files", "{}").await;
    assert!(matches!(reply.status.as_u16(), 400 | 415 | 422), "{}: {}", reply.status, reply.text());
});

/// Names that people and attackers give, and what must not be in the answer or on the disk.
const NAMES: [&str; 8] = [
    "../../../../etc/cron.d/x.jpg",
    "..\\..\\windows\\x.jpg",
    "a\u{202E}gpj.exe.jpg",
    "<script>alert(1)</script>.jpg",
    "x%00.jpg",
    "CON.jpg",
    ".jpg",
    "tên có dấu cách và “ngoặc”.jpg",
];

both_engines!(async names_of_files_lead_nowhere_and_are_kept_short, Town::open, |town| {
    let citizen = town.citizen("0905600003").await;
    let letters = "e\u{0302}\u{0301}".repeat(300) + ".jpg";
    let names: Vec<&str> = NAMES.into_iter().chain([letters.as_str()]).collect();
    for name in names {
        let reply = town.upload(&citizen, name, &jpeg()).await;
        let text = reply.text();
        assert_eq!(reply.status, 201, "{name}: {text}");
        let file = reply.json()["file"].as_str().unwrap().to_owned();
        assert!(file.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'), "{file}");
        assert!(!text.contains("script") && !text.contains('\u{202E}'), "{text}");
        let read = town.get(&citizen, &format!("/api/v1/files/{file}")).await;
        let shown = read.headers.get(header::CONTENT_DISPOSITION).map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
        assert!(!shown.contains("..") && !shown.contains('<'), "{shown}");
        assert!(read.bytes.starts_with(b"%PDF-"));
    }
    let mut found = Vec::new();
    names_below(&town.data().join("files"), &mut found);
    let plain = |name: &String| name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.#".contains(c));
    assert!(found.iter().all(plain), "{found:?}");
    // A name with a NUL cannot even be said in the header of a part.
    let reply = town.upload(&citizen, "a\0b.jpg", &jpeg()).await;
    assert!(!reply.status.is_server_error(), "{}", reply.text());
});

fn names_below(dir: &std::path::Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(dir).unwrap().flatten() {
        found.push(entry.file_name().to_string_lossy().into_owned());
        if entry.path().is_dir() {
            names_below(&entry.path(), found);
        }
    }
}

both_engines!(async a_stored_paper_is_not_readable_on_the_disk, Town::open, |town| {
    let citizen: Person = town.citizen("0905600004").await;
    let kept: Value = town.upload(&citizen, "giay.pdf", &paper_pdf()).await.ok();
    let mut found = Vec::new();
    let mut stack = vec![town.data().join("files")];
    while let Some(dir) = stack.pop() {
        for entry in std::fs::read_dir(dir).unwrap().flatten() {
            if entry.path().is_dir() { stack.push(entry.path()) } else { found.push(entry.path()) }
        }
    }
    assert!(!found.is_empty());
    for path in found {
        let bytes = std::fs::read(&path).unwrap();
        assert!(!bytes.windows(5).any(|w| w == b"%PDF-"), "{} lies open", path.display());
    }
    let back = town.get(&citizen, &format!("/api/v1/files/{}", kept["file"].as_str().unwrap())).await;
    assert_eq!(back.bytes, paper_pdf());
});
