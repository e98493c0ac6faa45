//! Second pass: the leaves, the tree over them, and every root that was ever stored or handed out.

use std::collections::BTreeMap;

use kernel_base::{Instant, Result};
use kernel_db::{Row, Tx};

use super::{Report, Signed};
use crate::{
    merkle::{self, Completed, Frontier},
    seal::STORED_LEVEL,
    store,
};

/// An event may be this much older than the root that was signed without it: its transaction was still running.
const SEAL_MILLIS: i64 = 300_000;

struct Walk<'s> {
    tree: Frontier,
    /// Signed roots by size, to compare when the tree gets there.
    signed: BTreeMap<u64, Vec<&'s Signed>>,
    /// When the last signed root that the tree has passed was published.
    published_at: Option<Instant>,
    /// Stored roots of the next sizes, in order.
    roots: std::collections::VecDeque<(i64, String)>,
    /// Later roots are not compared once one is wrong: they all would be.
    broken: bool,
}

pub(super) fn check(tx: &mut Tx<'_>, signed: &[Signed], report: &mut Report) -> Result<()> {
    let mut walk = Walk {
        tree: Frontier::default(),
        signed: BTreeMap::new(),
        published_at: None,
        roots: store::verify::roots_after(tx, -1)?.into(),
        broken: false,
    };
    for one in signed {
        walk.signed.entry(one.root.size.cast_unsigned()).or_default().push(one);
    }
    walk.compare(tx, report)?;
    let mut last = -1;
    loop {
        let page = store::verify::leaves_after(tx, last)?;
        for row in &page {
            last = leaf(tx, row, last, &mut walk, report)?;
        }
        if (page.len() as i64) < store::verify::PAGE {
            break;
        }
    }
    walk.lost_tail(report);
    right_edge(tx, &walk.tree, report)?;
    strays(tx, report)
}

fn leaf(tx: &mut Tx<'_>, row: &Row, last: i64, walk: &mut Walk<'_>, report: &mut Report) -> Result<i64> {
    let index: i64 = row.get("leaf_index")?;
    let (subject, seq): (String, i64) = (row.get("subject")?, row.get("seq")?);
    let (hash, event): (String, Option<String>) = (row.get("hash")?, row.get("event_hash")?);
    let at: Option<String> = row.get("event_at")?;
    report.leaves += 1;
    for missing in last + 1..index.min(last + 101) {
        report.add("leaves", missing.to_string(), "Lá này của cây đã bị xóa.", "This leaf of the tree was deleted.");
    }
    match event {
        None => report.add(
            "events",
            format!("{subject}/{seq}"),
            "Sự kiện đã niêm phong nhưng không còn: bị xóa, hoặc cả hồ sơ bị gỡ bỏ.",
            "The event was sealed but is gone: deleted, or its whole subject was removed.",
        ),
        Some(event) if event != hash => report.add(
            "events",
            format!("{subject}/{seq}"),
            "Sự kiện khác với lúc niêm phong: lịch sử đã bị viết lại.",
            "The event differs from what was sealed: history was rewritten.",
        ),
        Some(_) if walk.is_backdated(at.as_deref()) => report.add(
            "events",
            format!("{subject}/{seq}"),
            "Sự kiện được ghi sau khi gốc của ngày đã ký nhưng mang thời điểm trước đó: đồng hồ máy chủ đã bị lùi.",
            "The event came after a daily root was signed but is stamped before it: the server's clock was set back.",
        ),
        Some(_) => {}
    }
    let Some(data) = merkle::from_hex(&hash) else {
        report.add("leaves", index.to_string(), "Mã băm của lá không đọc được.", "The leaf's hash cannot be read.");
        return Ok(index);
    };
    for done in walk.tree.push(merkle::leaf(&data)) {
        if done.level >= STORED_LEVEL {
            tree_node(tx, &done, walk, report)?;
        }
    }
    walk.compare(tx, report)?;
    Ok(index)
}

fn tree_node(tx: &mut Tx<'_>, done: &Completed, walk: &Walk<'_>, report: &mut Report) -> Result<()> {
    let stored = store::tree_node(tx, i64::from(done.level), done.position.cast_signed())?;
    if stored != Some(hex::encode(done.hash)) && !walk.broken {
        report.add(
            "tree_nodes",
            format!("{}/{}", done.level, done.position),
            "Nút của cây bị thiếu hoặc khác với tính lại.",
            "The node of the tree is missing or differs from the recomputed one.",
        );
    }
    Ok(())
}

impl Walk<'_> {
    /// A root is signed after everything that waited was sealed, so what comes later happened later.
    fn is_backdated(&self, at: Option<&str>) -> bool {
        let at = at.and_then(Instant::parse);
        at.zip(self.published_at).is_some_and(|(at, published)| at.plus_millis(SEAL_MILLIS) < published)
    }

    /// Compares the tree as it stands now with every root of this size.
    fn compare(&mut self, tx: &mut Tx<'_>, report: &mut Report) -> Result<()> {
        let size = self.tree.size();
        if self.roots.front().is_some_and(|(at, _)| at.cast_unsigned() == size)
            && let Some((at, stored)) = self.roots.pop_front()
        {
            report.roots += 1;
            if stored != hex::encode(self.tree.root()) && !self.broken {
                self.broken = true;
                report.add(
                    "roots",
                    at.to_string(),
                    "Gốc tính lại khác gốc đã lưu; các gốc sau nó không so tiếp.",
                    "The recomputed root differs from the stored one; later roots are not compared.",
                );
            }
            if self.roots.is_empty() {
                self.roots = store::verify::roots_after(tx, at)?.into();
            }
        }
        for signed in self.signed.remove(&size).into_iter().flatten() {
            self.published_at = self.published_at.max(Some(signed.root.published_at));
            if signed.root.root != hex::encode(self.tree.root()) {
                report.add(
                    signed.table,
                    &signed.row,
                    "Gốc đã ký khác gốc tính lại: lịch sử trước đó đã bị viết lại.",
                    "The signed root differs from the recomputed one: the history before it was rewritten.",
                );
            }
        }
        Ok(())
    }

    fn lost_tail(&self, report: &mut Report) {
        for signed in self.signed.values().flatten() {
            report.add(
                signed.table,
                &signed.row,
                "Gốc đã ký có nhiều sự kiện hơn cây hiện nay: phần cuối của lịch sử đã mất.",
                "The signed root covers more events than the tree has now: the tail of the history is lost.",
            );
        }
        if let Some((size, _)) = self.roots.front() {
            report.add(
                "roots",
                size.to_string(),
                "Gốc đã lưu không ứng với cây hiện nay: có lá bị mất hoặc bị chèn.",
                "The stored root fits no state of the tree: leaves are lost or were inserted.",
            );
        }
    }
}

/// The row a next seal would start from.
fn right_edge(tx: &mut Tx<'_>, tree: &Frontier, report: &mut Report) -> Result<()> {
    let edge: Vec<String> = tree.nodes().iter().map(hex::encode).collect();
    let fits = match store::tree(tx)? {
        Some((size, nodes, _)) => size.cast_unsigned() == tree.size() && nodes == edge,
        None => tree.size() == 0,
    };
    if !fits {
        report.add(
            "trees",
            tx.home().to_string(),
            "Mép phải của cây không khớp với các lá.",
            "The right edge of the tree does not fit its leaves.",
        );
    }
    Ok(())
}

/// Events that escaped the tree, and rows that wait for an event that is gone.
fn strays(tx: &mut Tx<'_>, report: &mut Report) -> Result<()> {
    for (subject, seq) in store::verify::events_without_leaf(tx)? {
        report.add(
            "events",
            format!("{subject}/{seq}"),
            "Sự kiện không nằm trong cây và cũng không chờ niêm phong: bị chèn, hoặc dấu vết của nó bị xóa.",
            "The event is neither in the tree nor waiting for it: inserted, or its traces were removed.",
        );
    }
    for (subject, seq) in store::verify::waiting_without_event(tx)? {
        report.add(
            "events",
            format!("{subject}/{seq}"),
            "Sự kiện đang chờ niêm phong đã bị xóa.",
            "An event that waited for the seal was deleted.",
        );
    }
    Ok(())
}
