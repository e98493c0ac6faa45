//! Housekeeping: does every row have its file, and every file its row?

use kernel_base::{Home, Result, TypedId, Words};
use kernel_db::Db;

use crate::{
    files::{Files, Look, block},
    row::{FileId, FileRow, Finding},
    store::{files as rows, uploads},
};

/// Rows handled at once.
const BATCH: i64 = 200;

impl Files {
    /// Reads every stored file of a home again and compares it with its row; names missing, short, swapped and changed
    /// ones. For command lines and jobs, outside async code.
    pub fn verify(&self, db: &Db, home: &Home) -> Result<Vec<Finding>> {
        let mut findings = Vec::new();
        let mut after = String::new();
        loop {
            let from = after.clone();
            let rows = db.read_blocking(home, move |tx| rows::page(tx, &from, BATCH))?;
            let Some(last) = rows.last() else { return Ok(findings) };
            last.id.as_str().clone_into(&mut after);
            let suspects = block(async {
                let mut suspects = Vec::new();
                for row in rows {
                    if self.check(&row).await?.is_some() {
                        suspects.push(row.id);
                    }
                }
                Ok(suspects)
            })?;
            for id in suspects {
                findings.extend(self.look_again(db, home, id)?);
            }
        }
    }

    /// Before anything is said of a file its row is read again: it may have been erased since it was read.
    fn look_again(&self, db: &Db, home: &Home, id: FileId) -> Result<Option<Finding>> {
        match db.read_blocking(home, move |tx| rows::get(tx, &id))? {
            Some(now) => block(self.check(&now)),
            None => Ok(None),
        }
    }

    /// Compares one file with its row.
    pub async fn check(&self, row: &FileRow) -> Result<Option<Finding>> {
        let what = match (self.look(row).await?, row.erased_at) {
            (Look::Whole(_), None) | (Look::Erased, Some(_)) => return Ok(None),
            (Look::Missing, _) => ("Tệp không còn trong kho lưu trữ.", "The file is missing from the store."),
            (Look::Changed, _) => (
                "Nội dung tệp không khớp mã băm đã ghi: bị cắt, tráo hoặc sửa.",
                "The file does not match its recorded hash: cut, swapped or changed.",
            ),
            (Look::Erased, None) => {
                ("Tệp mất khóa mà không có lệnh xóa.", "The file lost its key without being erased.")
            }
            (Look::Whole(_), Some(_)) => {
                ("Tệp ghi là đã xóa nhưng vẫn mở được.", "The file is marked erased but still opens.")
            }
        };
        Ok(Some(Finding { table: "files", row: row.id.as_str().to_owned(), what: Words::from(what) }))
    }

    /// Objects that no row names and that are older than a day: left by a transaction that failed after its file was
    /// stored. Harmless; [`Files::sweep`] removes them.
    pub fn orphans(&self, db: &Db, home: &Home) -> Result<Vec<String>> {
        let old = block(self.old_objects(home))?;
        let mut orphans = Vec::new();
        for batch in old.chunks(BATCH as usize) {
            let batch = batch.to_vec();
            orphans.extend(db.read_blocking(home, move |tx| {
                let mut unnamed = Vec::new();
                for object in &batch {
                    if !rows::names_object(tx, object)? {
                        unnamed.push(object.clone());
                    }
                }
                Ok(unnamed)
            })?);
        }
        Ok(orphans)
    }

    /// Removes the bytes of erased files, of expired uploads and of orphans; how many. Repeat it as often as you like.
    pub fn sweep(&self, db: &Db, home: &Home) -> Result<usize> {
        let mut removed = 0;
        for (file, object) in db.read_blocking(home, |tx| rows::erased_objects(tx, BATCH))? {
            block(self.remove(&object))?;
            db.write_blocking(home, move |tx| rows::object_removed(tx, &file))?;
            removed += 1;
        }
        for upload in db.read_blocking(home, |tx| uploads::expired(tx, BATCH))? {
            block(self.discard_upload(home, &upload))?;
            db.write_blocking(home, move |tx| uploads::close(tx, &upload.id, &upload.owner))?;
            removed += 1;
        }
        for object in self.orphans(db, home)? {
            block(self.remove(&object))?;
            removed += 1;
        }
        Ok(removed)
    }
}
