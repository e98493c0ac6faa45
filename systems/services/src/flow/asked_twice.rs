//! Nobody is asked twice: a procedure is not published as full online (mức độ 4, toàn trình) while its form asks what the
//! state already holds.

use jiff::civil::Date;
use kernel_base::{Error, Result, Words};
use kernel_contract::{AskedTwice, Level, Prefill};
use kernel_db::Tx;

use crate::seed::{DatedLevel, VersionFile};

/// Questions of a version's forms that ask again; the "asked twice" counter is their number.
///
/// # Errors
/// `Internal` for a form that cannot be read.
pub(crate) fn asked_twice(tx: &mut Tx<'_>, procedure: &str, version: &VersionFile) -> Result<Vec<AskedTwice>> {
    // Without the system that knows people, nothing is known and nothing is asked twice.
    let Ok(port) = tx.port::<dyn Prefill>() else { return Ok(Vec::new()) };
    let mut found: Vec<AskedTwice> = Vec::new();
    for form in version.cases.iter().filter_map(|case| case.form.as_ref()) {
        for one in port.asked_twice(procedure, form)? {
            if !found.contains(&one) {
                found.push(one);
            }
        }
    }
    Ok(found)
}

/// Refuses to publish a version at the highest level while it asks again.
///
/// # Errors
/// `Conflict` with the code `asked_twice`, naming the questions and what to do.
pub(crate) fn must_not_ask_twice(
    tx: &mut Tx<'_>,
    procedure: &str,
    levels: &[DatedLevel],
    version: &VersionFile,
) -> Result<()> {
    if !is_full_online(levels, version) {
        return Ok(());
    }
    let again = asked_twice(tx, procedure, version)?;
    if again.is_empty() {
        return Ok(());
    }
    let titles = |say: fn(&Words) -> &str| {
        again.iter().map(|one| format!("“{}”", say(&one.title))).collect::<Vec<_>>().join(", ")
    };
    let (vi, en) = (titles(|words| &words.vi), titles(|words| &words.en));
    let n = again.len();
    let words = Words::new(
        format!(
            "Chưa công bố mức toàn trình được: biểu mẫu hỏi lại {n} điều Nhà nước đã có ({vi}). Hãy gắn x-concept để điền sẵn, hoặc ghi căn cứ ở x-ground."
        ),
        format!(
            "Not published as full online: the form asks {n} things the state already holds ({en}). Give them an x-concept so that they are filled in, or record the legal ground in x-ground."
        ),
    );
    Err(Error::conflict("asked_twice", words))
}

/// Whether a version is offered as full online on any of its days.
pub(crate) fn is_full_online(levels: &[DatedLevel], version: &VersionFile) -> bool {
    levels.iter().any(|level| is_full(level.level) && overlaps(level, version))
}

fn is_full(level: Level) -> bool {
    matches!(level, Level::Level4 | Level::Full)
}

fn overlaps(level: &DatedLevel, version: &VersionFile) -> bool {
    let last = Date::MAX;
    level.valid_from <= version.valid_to.unwrap_or(last) && version.valid_from <= level.valid_to.unwrap_or(last)
}
