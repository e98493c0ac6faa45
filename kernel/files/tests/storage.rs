//! Stored files against their rows, on SQLite: whole, scoped, erased, found out when touched.

#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod common;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use common::{encode, inspector, page, pdf, try_all};
use image::ImageFormat;
use kernel_base::{Home, Instant, Kind, MockClock, TypedId};
use kernel_db::{Db, DbOptions, params, sql};
use kernel_files::{Content, FileKind, FileRow, Files, MIGRATIONS, uploads};

struct World {
    dir: tempfile::TempDir,
    clock: Arc<MockClock>,
    db: Db,
    files: Files,
    home: Home,
}

fn world() -> World {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(MockClock::at(Instant::parse("2021-07-26T08:00").unwrap()));
    let db = Db::open(DbOptions::new(format!("sqlite:{}", dir.path().join("db").display()), clock.clone())).unwrap();
    db.migrate(MIGRATIONS).unwrap();
    let files = Files::open(&dir.path().join("files"), inspector()).unwrap();
    World { files, db, clock, dir, home: Home::parse("H47").unwrap() }
}

impl World {
    async fn stored(&self, text: &str) -> FileRow {
        let content = Content {
            kind: FileKind::Document,
            name: "Giấy tiếp nhận.pdf".to_owned(),
            media_type: "application/pdf".to_owned(),
            pages: 1,
            bytes: Bytes::from(text.to_owned()),
        };
        let stored = self.files.store(&self.home, content).await.unwrap();
        let recorded = self.db.write(&self.home, move |tx| {
            let file = kernel_files::record(tx, &stored, "account:lan")?;
            kernel_files::get(tx, &file)
        });
        recorded.await.unwrap().unwrap()
    }

    fn objects(&self) -> Vec<PathBuf> {
        fn walk(dir: &Path, out: &mut Vec<PathBuf>) {
            for entry in std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path()) {
                if entry.is_dir() { walk(&entry, out) } else { out.push(entry) }
            }
        }
        let mut out = Vec::new();
        walk(&self.dir.path().join("files/objects"), &mut out);
        out
    }
}

#[test]
fn every_statement_is_fit_for_the_engine() {
    assert_eq!(world().db.prepare_all().unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_stored_file_comes_back_whole_and_lies_sealed_on_disk() {
    let world = world();
    let row = world.stored("Nội dung giấy khai sinh").await;
    assert_eq!(world.files.read(&row).await.unwrap(), "Nội dung giấy khai sinh".as_bytes());
    assert_eq!((row.size, row.pages, row.name.as_str()), (27, 1, "Giấy tiếp nhận.pdf"));
    let sealed = std::fs::read(&world.objects()[0]).unwrap();
    assert!(!sealed.windows(4).any(|w| w == b"khai"));
    assert!(!format!("{row:?}").contains(&hex_key(&world, &row).await), "a key never stands in a log");
}

async fn hex_key(world: &World, row: &FileRow) -> String {
    let id = row.id.clone();
    let read = world.db.read(&world.home, move |tx| {
        tx.query_one(sql!("SELECT key FROM files WHERE home = $1 AND id = $2"), &params![id.as_str()])?.get("key")
    });
    read.await.unwrap()
}

#[tokio::test]
async fn a_paper_keeps_its_originals_until_they_are_erased() {
    let world = world();
    let shot = encode(page(1700, 2400), ImageFormat::Png);
    let inspected =
        try_all(&world.files, &[("mat truoc.png", shot.clone()), ("../mat sau.png", shot.clone())]).await.unwrap();
    let stored = world.files.store_paper(&world.home, &inspected, "Giấy khai sinh").await.unwrap();
    assert_eq!(stored.paper.sha256, inspected.sha256);
    let (paper, originals) = world
        .db
        .write(&world.home, move |tx| {
            let paper = kernel_files::record_paper(tx, &stored, "account:lan")?;
            Ok((paper.clone(), kernel_files::originals_of(tx, &paper)?))
        })
        .await
        .unwrap();
    let names: Vec<&str> = originals.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["mat truoc.png", "mat sau.png"]);
    assert_eq!(world.files.read(&originals[0]).await.unwrap(), shot);
    let erased = paper.clone();
    let left = world.db.write(&world.home, move |tx| {
        assert_eq!(kernel_files::erase_originals(tx, &erased)?, 2);
        assert!(kernel_files::owned(tx, &erased, "account:lan")?.is_some());
        assert!(kernel_files::owned(tx, &erased, "account:other")?.is_none());
        kernel_files::originals_of(tx, &erased)
    });
    assert!(left.await.unwrap().is_empty());
    assert_eq!(world.objects().len(), 3);
    assert_eq!(world.files.sweep(&world.db, &world.home).unwrap(), 2);
    assert_eq!(world.objects().len(), 1, "the bytes of erased files are removed");
    assert_eq!(world.files.sweep(&world.db, &world.home).unwrap(), 0);
    assert_eq!(world.files.verify(&world.db, &world.home).unwrap(), []);
    let error = world.files.read(&originals[0]).await.err();
    assert_eq!(error.map(|e| e.kind), Some(Kind::Internal), "a stale row does not open a removed object");
}

#[tokio::test]
async fn swapped_short_changed_and_missing_files_are_each_named() {
    let world = world();
    let mut rows = Vec::new();
    for n in 0..6 {
        rows.push(world.stored(&format!("Nội dung số {n}")).await);
    }
    assert_eq!(world.files.verify(&world.db, &world.home).unwrap(), []);
    let place = async |row: &FileRow| {
        let id = row.id.clone();
        let object: String = world
            .db
            .read(&world.home, move |tx| {
                tx.query_one(sql!("SELECT object FROM files WHERE home = $1 AND id = $2"), &params![id.as_str()])?
                    .get("object")
            })
            .await
            .unwrap();
        world.dir.path().join("files/objects").join(object)
    };
    // 0 is missing, 1 is short, 2 and 3 are swapped, 4 is changed by one bit, 5 is whole.
    std::fs::remove_file(place(&rows[0]).await).unwrap();
    let short = std::fs::read(place(&rows[1]).await).unwrap();
    std::fs::write(place(&rows[1]).await, &short[..short.len() - 3]).unwrap();
    let (second, third) = (place(&rows[2]).await, place(&rows[3]).await);
    let (two, three) = (std::fs::read(&second).unwrap(), std::fs::read(&third).unwrap());
    std::fs::write(&second, three).unwrap();
    std::fs::write(&third, two).unwrap();
    let mut changed = std::fs::read(place(&rows[4]).await).unwrap();
    changed[20] ^= 1;
    std::fs::write(place(&rows[4]).await, changed).unwrap();

    let findings = world.files.verify(&world.db, &world.home).unwrap();
    let mut named: Vec<&str> = findings.iter().map(|finding| finding.row.as_str()).collect();
    named.sort_unstable();
    let mut expected: Vec<&str> = rows[..5].iter().map(|row| row.id.as_str()).collect();
    expected.sort_unstable();
    assert_eq!(named, expected);
    assert!(findings.iter().all(|finding| finding.table == "files"));
    let error = world.files.read(&rows[2]).await.unwrap_err();
    assert_eq!(error.kind, Kind::Internal);
    assert!(error.inside.unwrap().contains(rows[2].id.as_str()));
    assert!(!error.words.vi.contains(rows[2].id.as_str()), "outside words tell nothing of the inside");
}

#[tokio::test]
async fn erasing_the_row_erases_the_file_and_ownership_moves_only_from_its_owner() {
    let world = world();
    let row = world.stored("xóa tôi").await;
    let (id, sealed) = (row.id.clone(), std::fs::read(&world.objects()[0]).unwrap());
    let moved = world.db.write(&world.home, move |tx| {
        assert!(!kernel_files::change_owner(tx, &id, "account:other", "dossier:1")?);
        assert!(kernel_files::change_owner(tx, &id, "account:lan", "dossier:1")?);
        assert_eq!(kernel_files::files_of(tx, "dossier:1")?.len(), 1);
        assert!(kernel_files::erase(tx, &id)?);
        assert!(!kernel_files::erase(tx, &id)?);
        kernel_files::get(tx, &id)
    });
    let erased = moved.await.unwrap().unwrap();
    assert_eq!((erased.name.as_str(), erased.erased_at.is_some()), ("", true));
    // The bytes may still lie there, but nobody can open them.
    assert_eq!(std::fs::read(&world.objects()[0]).unwrap(), sealed);
    let error = world.files.read(&erased).await.unwrap_err();
    assert_eq!((error.kind, error.code), (Kind::NotFound, "file_erased"));
    assert_eq!(world.files.verify(&world.db, &world.home).unwrap(), []);
}

#[tokio::test]
async fn an_object_without_a_row_is_an_orphan_after_a_day_and_swept() {
    let world = world();
    let row = world.stored("có hồ sơ").await;
    let content = Content {
        kind: FileKind::Document,
        name: "a".into(),
        media_type: "application/pdf".into(),
        pages: 1,
        bytes: Bytes::from_static(b"x"),
    };
    world.files.store(&world.home, content).await.unwrap();
    assert_eq!(world.files.orphans(&world.db, &world.home).unwrap().len(), 0, "it may be on its way");
    for object in world.objects() {
        let file = std::fs::File::options().write(true).open(object).unwrap();
        let touched = file.metadata().unwrap().modified().unwrap();
        file.set_modified(touched - std::time::Duration::from_secs(2 * 86_400)).unwrap();
    }
    assert_eq!(world.files.orphans(&world.db, &world.home).unwrap().len(), 1);
    assert_eq!(world.files.sweep(&world.db, &world.home).unwrap(), 1);
    assert_eq!(world.files.read(&row).await.unwrap(), "có hồ sơ".as_bytes());
}

#[tokio::test]
async fn an_upload_cut_in_the_middle_goes_on_where_it_stood() {
    let world = world();
    let paper = pdf(2, |_, _| {});
    let size = paper.len() as u64;
    let upload =
        world.db.write(&world.home, move |tx| uploads::create(tx, "account:lan", "../đơn.pdf", size)).await.unwrap();
    assert_eq!(upload.name, "đơn.pdf");
    let half = paper.len() / 2;
    let first = Bytes::copy_from_slice(&paper[..half]);
    let cut = futures_util::stream::iter([Ok(first), Err("connection reset")]);
    let error = world.files.append(&world.home, &upload, 0, cut).await.unwrap_err();
    assert_eq!(error.code, "upload_interrupted");
    // Another process, after a kill: only the disk and the row are left.
    let again = Files::open(&world.dir.path().join("files"), inspector()).unwrap();
    let id = upload.id.clone();
    let found = world.db.read(&world.home, move |tx| uploads::find(tx, &id, "account:lan")).await.unwrap().unwrap();
    assert_eq!(again.upload_offset(&world.home, &found).await.unwrap(), half as u64);
    let rest =
        |from: usize| futures_util::stream::iter([Ok::<_, std::io::Error>(Bytes::copy_from_slice(&paper[from..]))]);
    let error = again.append(&world.home, &found, 0, rest(0)).await.unwrap_err();
    assert_eq!((error.kind, error.current), (Kind::Conflict, Some(serde_json::json!({ "offset": half }))));
    assert_eq!(again.finish_upload(&world.home, &found).await.unwrap_err().code, "upload_offset");
    assert_eq!(again.append(&world.home, &found, half as u64, rest(half)).await.unwrap(), size);
    let too_many = again.append(&world.home, &found, size, rest(half)).await.unwrap_err();
    assert_eq!(too_many.kind, Kind::TooLarge);
    let received = again.finish_upload(&world.home, &found).await.unwrap();
    let inspected = again.inspect(vec![received]).await.unwrap();
    assert_eq!((inspected.pages, inspected.bytes.as_ref()), (2, paper.as_slice()));
    again.discard_upload(&world.home, &found).await.unwrap();
    assert_eq!(again.upload_offset(&world.home, &found).await.unwrap(), 0);
}

#[tokio::test]
async fn an_upload_belongs_to_its_owner_and_expires() {
    let world = world();
    let refused = |size: u64| {
        world.db.write_blocking(&world.home, move |tx| uploads::create(tx, "account:lan", "a.pdf", size)).unwrap_err()
    };
    assert_eq!(refused(0).code, "file_empty");
    assert_eq!(refused(5_000_000_000).kind, Kind::TooLarge);
    let mut last = None;
    for _ in 0..40 {
        last = Some(world.db.write(&world.home, |tx| uploads::create(tx, "account:lan", "a.pdf", 10)).await.unwrap());
    }
    assert_eq!(refused(10).kind, Kind::TooMany);
    let upload = last.unwrap();
    let bytes = futures_util::stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"12345"))]);
    world.files.append(&world.home, &upload, 0, bytes).await.unwrap();
    let id = upload.id.clone();
    assert!(world.db.read(&world.home, move |tx| uploads::find(tx, &id, "account:other")).await.unwrap().is_none());
    world.clock.advance_hours(49);
    let id = upload.id.clone();
    assert!(world.db.read(&world.home, move |tx| uploads::find(tx, &id, "account:lan")).await.unwrap().is_none());
    assert_eq!(world.files.sweep(&world.db, &world.home).unwrap(), 40);
    assert_eq!(world.files.upload_offset(&world.home, &upload).await.unwrap(), 0);
}
