//! PDF files and files that are no papers at all.

mod common;

use std::time::Duration;

use common::{EICAR, encode, files, inspect, inspector, page, pdf, refusal, scan, try_all};
use image::{ImageFormat, RgbImage};
use kernel_base::Kind;
use kernel_files::{Inspector, SourceType};
use lopdf::{
    Dictionary, Object, Stream, StringFormat, dictionary,
    encryption::{EncryptionState, EncryptionVersion, Permissions},
};

#[tokio::test]
async fn a_pdf_stays_as_it_was_received() {
    let sent = pdf(3, |_, _| {});
    let taken = inspect("don.pdf", sent.clone()).await.unwrap();
    assert_eq!((taken.pages, taken.source_types.as_slice()), (3, &[SourceType::Pdf][..]));
    assert!(taken.as_received && taken.bytes == sent && taken.warnings.is_empty());
    let taken = inspect("don.jpg", sent).await.unwrap();
    assert_eq!(taken.source_types, [SourceType::Pdf]);
}

#[tokio::test]
async fn a_scan_is_taken_with_a_preview_and_a_black_one_refused() {
    let good = encode(page(1654, 2339), ImageFormat::Jpeg);
    let black = encode(RgbImage::new(1654, 2339), ImageFormat::Jpeg);
    let taken = inspect("scan.pdf", scan(&[good.clone(), black.clone()], 1654, 2339)).await.unwrap();
    assert_eq!(taken.pages, 2);
    assert!(taken.preview_jpeg.is_some());
    assert!(taken.warnings.len() == 1 && taken.warnings[0].vi.starts_with("Trang 2:"), "{:?}", taken.warnings);
    assert_eq!(refusal("scan.pdf", scan(&[black], 1654, 2339)).await.code, "picture_black");
}

#[tokio::test]
async fn pdf_files_and_shots_are_joined_but_never_a_signed_one() {
    let (_dir, files) = files();
    let shot = encode(page(1700, 2400), ImageFormat::Jpeg);
    let taken = try_all(&files, &[("a.pdf", pdf(2, |_, _| {})), ("b.jpg", shot.clone()), ("c.pdf", pdf(1, |_, _| {}))])
        .await
        .unwrap();
    assert_eq!(taken.pages, 4);
    let joined = lopdf::Document::load_mem(&taken.bytes).unwrap();
    assert_eq!(joined.get_pages().len(), 4);
    assert!(joined.extract_text(&[1, 2, 4]).unwrap().contains("Don so 1"));
    for (_, page) in joined.get_pages() {
        assert!(joined.get_dictionary(page).unwrap().has(b"MediaBox"), "inherited attributes are kept");
    }
    let signed = pdf(1, |document, catalog| {
        let signature = document.add_object(dictionary! {
            "Type" => "Sig", "ByteRange" => vec![0.into(), 10.into(), 20.into(), 30.into()],
            "Contents" => Object::String(vec![0; 16], StringFormat::Hexadecimal),
        });
        catalog.set(
            "AcroForm",
            dictionary! { "Fields" => vec![Object::from(dictionary! { "FT" => "Sig", "V" => signature })] },
        );
    });
    assert!(inspect("ky.pdf", signed.clone()).await.unwrap().bytes == signed);
    let error = try_all(&files, &[("ky.pdf", signed), ("b.jpg", shot)]).await.unwrap_err();
    assert_eq!(error.code, "pdf_signed_together");
}

#[tokio::test]
async fn a_pdf_with_script_launch_or_attachment_is_refused() {
    let open = |action: Dictionary| pdf(1, |_, catalog| catalog.set("OpenAction", action));
    let script = open(dictionary! { "S" => "JavaScript", "JS" => Object::string_literal("app.alert(1)") });
    assert_eq!(refusal("a.pdf", script).await.code, "pdf_with_script");
    // The same, with the names written in hexadecimal.
    let mut hidden = open(dictionary! { "S" => "JavaScripX", "JX" => Object::string_literal("app.alert(1)") });
    let at = hidden.windows(11).position(|w| w == b"/JavaScripX").unwrap();
    hidden.splice(at..at + 11, b"/J#61vaScript".iter().copied());
    assert_eq!(refusal("a.pdf", hidden).await.code, "pdf_with_script");
    let launch = open(dictionary! { "S" => "Launch", "F" => Object::string_literal("cmd.exe") });
    assert_eq!(refusal("a.pdf", launch).await.code, "pdf_with_launch");
    let form = pdf(1, |_, catalog| catalog.set("AcroForm", dictionary! { "XFA" => Object::string_literal("<x/>") }));
    assert_eq!(refusal("a.pdf", form).await.code, "pdf_with_script");
    let attached = pdf(1, |document, catalog| {
        let file = document.add_object(Stream::new(dictionary! { "Type" => "EmbeddedFile" }, b"MZ".to_vec()));
        let names = vec![Object::string_literal("a.exe"), dictionary! { "Type" => "Filespec", "F" => Object::string_literal("a.exe"), "EF" => dictionary! { "F" => file } }.into()];
        catalog.set("Names", dictionary! { "EmbeddedFiles" => dictionary! { "Names" => names } });
    });
    assert_eq!(refusal("a.pdf", attached).await.code, "pdf_with_attachment");
}

#[tokio::test]
async fn a_locked_an_empty_and_a_broken_pdf_are_refused() {
    for user_password in ["", "bi mat"] {
        let mut document = lopdf::Document::load_mem(&pdf(1, |_, _| {})).unwrap();
        document
            .trailer
            .set("ID", vec![Object::string_literal("0123456789abcdef"), Object::string_literal("0123456789abcdef")]);
        let version = EncryptionVersion::V2 {
            document: &document,
            owner_password: "chu",
            user_password,
            key_length: 128,
            permissions: Permissions::all(),
        };
        let state = EncryptionState::try_from(version).unwrap();
        document.encrypt(&state).unwrap();
        let mut locked = Vec::new();
        document.save_to(&mut locked).unwrap();
        let error = refusal("khoa.pdf", locked).await;
        assert_eq!(error.code, "pdf_encrypted", "{user_password:?}");
        assert!(error.words.vi.contains("mật khẩu"));
    }
    assert_eq!(refusal("a.pdf", pdf(0, |_, _| {})).await.code, "pdf_without_pages");
    let whole = pdf(5, |_, _| {});
    assert_eq!(refusal("a.pdf", whole[..whole.len() * 2 / 3].to_vec()).await.code, "file_truncated");
    assert_eq!(refusal("a.pdf", b"%PDF-1.7\nkhong phai pdf\n%%EOF\n".to_vec()).await.code, "pdf_damaged");
    let blank = scan(&[], 1, 1);
    assert_eq!(refusal("a.pdf", blank).await.code, "pdf_without_pages");
}

#[tokio::test]
async fn a_pdf_that_unpacks_without_end_is_refused_and_the_server_lives() {
    let bomb = pdf(1, |document, _| {
        let mut stream = Stream::new(Dictionary::new(), vec![0; 300 << 20]);
        stream.compress().unwrap();
        document.add_object(stream);
    });
    assert!(bomb.len() < 1 << 20);
    assert_eq!(refusal("bomb.pdf", bomb).await.code, "file_bomb");
}

#[tokio::test]
async fn movies_programs_and_disguised_files_are_refused_whatever_their_name() {
    let mut movie = b"\0\0\0\x14ftypqt  \0\0\0\0qt  ".to_vec();
    movie.extend_from_slice(&[0; 500]);
    let error = refusal("IMG_0001.MOV", movie).await;
    assert_eq!((error.code, error.kind), ("file_is_movie", Kind::Invalid));
    assert!(error.words.vi.contains("ảnh tĩnh"));
    let mut program = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xFF\xFF\0\0".to_vec();
    program.extend_from_slice(&[0; 500]);
    let error = refusal("giay-khai-sinh.pdf", program).await;
    assert_eq!(error.code, "file_type_refused");
    assert!(error.words.vi.contains("chương trình"));
    assert_eq!(refusal("eicar.pdf", EICAR.to_vec()).await.code, "file_malware");
    assert_eq!(refusal("rong.pdf", Vec::new()).await.code, "file_empty");
    let mut late = b"<html>\n".to_vec();
    late.extend(pdf(1, |_, _| {}));
    assert_eq!(refusal("a.pdf", late).await.code, "file_disguised");
    let mut archive = pdf(1, |_, _| {});
    archive.extend_from_slice(b"PK\x03\x04xxxxPK\x05\x06\0\0\0\0\x01\0\x01\0\x10\0\0\0\x20\0\0\0\0\0");
    assert_eq!(refusal("a.pdf", archive).await.code, "file_disguised");
    let mut picture = encode(page(1700, 2400), ImageFormat::Jpeg);
    picture.extend_from_slice(b"PK\x03\x04xxxxPK\x05\x06\0\0\0\0\x01\0\x01\0\x10\0\0\0\x20\0\0\0\0\0");
    assert_eq!(refusal("a.jpg", picture).await.code, "file_disguised");
}

#[tokio::test]
async fn more_than_25_megabytes_are_refused_while_they_arrive() {
    let (dir, files) = files();
    let chunk = bytes::Bytes::from(vec![7; 1 << 20]);
    let sent = std::cell::Cell::new(0_u64);
    // Five gigabytes, if anyone took them.
    let flood = futures_util::stream::iter((0..5000).map(|_| {
        sent.set(sent.get() + 1);
        Ok::<_, std::io::Error>(chunk.clone())
    }));
    let error = files.receive("5gb.jpg", flood).await.unwrap_err();
    assert_eq!((error.kind, error.code), (Kind::TooLarge, "file_too_large"));
    assert!(sent.get() <= 25, "{} MB were read", sent.get());
    assert_eq!(std::fs::read_dir(dir.path().join("incoming")).unwrap().count(), 0, "nothing is left on disk");
    assert_eq!(kernel_files::check_declared(Some(5_000_000_000)).unwrap_err().kind, Kind::TooLarge);
    assert!(kernel_files::check_declared(Some(1000)).is_ok());
}

#[tokio::test]
async fn a_child_that_crashes_or_hangs_is_a_refusal_and_a_missing_one_is_found_out() {
    let received = async |files: &kernel_files::Files| {
        files.receive_bytes("a.jpg", encode(page(600, 800), ImageFormat::Jpeg).into()).await.unwrap()
    };
    let (_dir, files) = files();
    let crash = Inspector::new("/bin/false", [] as [&str; 0]);
    assert_eq!(crash.inspect(vec![received(&files).await]).await.unwrap_err().code, "file_unreadable");
    let hang = Inspector::new("/bin/sleep", ["60"]).with_patience(Duration::from_millis(300));
    assert_eq!(hang.inspect(vec![received(&files).await]).await.unwrap_err().code, "file_too_slow");
    let missing = Inspector::new("/nowhere/at/all", [] as [&str; 0]);
    assert_eq!(missing.inspect(vec![received(&files).await]).await.unwrap_err().kind, Kind::Unavailable);
    assert!(inspector().self_test().await.is_ok());
    assert!(crash.self_test().await.is_err() && missing.self_test().await.is_err());
}
