//! Which earlier paper or result fits a paper that is asked, and until when it is good.

use jiff::civil::Date;
use kernel_base::Words;
use kernel_contract::{EarlierDossier, EarlierPaper, KnownPaper};

use super::Vocabulary;
use super::concepts::PaperKind;

/// Papers of earlier dossiers that fit, results first, then the newest; none that is over.
pub(crate) fn fitting(
    vocabulary: &Vocabulary,
    earlier: &[EarlierDossier],
    paper: &str,
    today: Date,
) -> Vec<KnownPaper> {
    let kind = vocabulary.papers.iter().find(|kind| kind.paper == paper);
    let mut found = Vec::new();
    for dossier in earlier {
        let result = dossier.result.iter().filter(|_| is_result(kind, &dossier.procedure));
        found.extend(result.map(|result| known(vocabulary, kind, dossier, result, true)));
        let papers = dossier.papers.iter().filter(|one| is_paper(kind, paper, &one.paper));
        found.extend(papers.map(|one| known(vocabulary, kind, dossier, one, false)));
    }
    found.retain(|one| {
        one.valid_until.is_none_or(|last| last >= today) && kind.is_none_or(|kind| kind.months != Some(0))
    });
    found.sort_by_key(|one| (!one.result, std::cmp::Reverse(one.at)));
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|one| seen.insert(one.sha256.clone()));
    found
}

fn is_result(kind: Option<&PaperKind>, procedure: &str) -> bool {
    kind.is_some_and(|kind| kind.result_of.iter().any(|code| code == procedure))
}

fn is_paper(kind: Option<&PaperKind>, asked: &str, has: &str) -> bool {
    has == asked || kind.is_some_and(|kind| kind.same_as.iter().any(|code| code == has))
}

fn known(
    vocabulary: &Vocabulary,
    kind: Option<&PaperKind>,
    dossier: &EarlierDossier,
    paper: &EarlierPaper,
    result: bool,
) -> KnownPaper {
    let name = kind.map_or_else(|| Words::new(&paper.name, &paper.name), |kind| kind.name.clone());
    let own = valid_until(vocabulary, dossier, paper, result);
    let by_kind = kind.and_then(|kind| kind.months).map(|months| months_after(paper.at.vietnam().date(), months));
    KnownPaper {
        file: paper.file.clone(),
        sha256: paper.sha256.clone(),
        name,
        source: dossier.code.clone(),
        at: paper.at,
        valid_until: match (own, by_kind) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        },
        result,
    }
}

/// Last day on which a paper or result may be used again; `None` = no end is known.
pub(crate) fn valid_until(
    vocabulary: &Vocabulary,
    dossier: &EarlierDossier,
    paper: &EarlierPaper,
    result: bool,
) -> Option<Date> {
    let months = if result {
        vocabulary.results.iter().find(|kind| kind.procedure == dossier.procedure).map(|kind| kind.months)
    } else {
        vocabulary.papers.iter().find(|kind| kind.paper == paper.paper).and_then(|kind| kind.months)
    }?;
    Some(months_after(paper.at.vietnam().date(), months))
}

impl Vocabulary {
    /// The text that the validity of a kind of paper rests on.
    pub(crate) fn rule_of(&self, paper: &str) -> &str {
        self.papers.iter().find(|kind| kind.paper == paper).map_or("", |kind| kind.source.as_str())
    }
}

/// The same day `months` later, or the last day of that month.
fn months_after(day: Date, months: i64) -> Date {
    day.saturating_add(jiff::Span::new().months(months))
}

#[cfg(test)]
mod tests {
    use kernel_base::{Instant, TypedId};
    use kernel_contract::{DossierCode, DossierId};
    use serde_json::json;

    use super::*;
    use crate::model::vocabulary;

    fn certificate(at: &str) -> EarlierDossier {
        let at = Instant::parse(at).unwrap();
        EarlierDossier {
            id: <DossierId as TypedId>::from_part(&"0".repeat(32)),
            code: DossierCode::parse("000.12.33.H47-210726-0001").unwrap(),
            procedure: "1.004873".to_owned(),
            procedure_name: "Cấp giấy xác nhận tình trạng hôn nhân".to_owned(),
            case: "cap".to_owned(),
            schema: None,
            form: json!({}),
            submitted_at: at,
            papers: Vec::new(),
            result: Some(EarlierPaper {
                paper: "1.004873".to_owned(),
                name: "Giấy xác nhận".to_owned(),
                file: "file_1".to_owned(),
                sha256: "ab".to_owned(),
                at,
            }),
        }
    }

    #[test]
    fn a_certificate_of_marital_status_is_offered_for_six_months_and_not_a_day_longer() {
        let vocabulary = vocabulary().unwrap();
        let earlier = [certificate("2021-08-31T03:00:00Z")];
        let on = |day: Date| fitting(vocabulary, &earlier, "giay-xac-nhan-hon-nhan", day);
        let last = jiff::civil::date(2022, 2, 28);
        assert_eq!(on(last).len(), 1, "{:?}", on(last));
        assert_eq!(on(last)[0].valid_until, Some(last));
        assert!(on(jiff::civil::date(2022, 3, 1)).is_empty());
    }

    #[test]
    fn a_power_of_attorney_is_never_used_again() {
        let vocabulary = vocabulary().unwrap();
        let mut earlier = certificate("2021-08-31T03:00:00Z");
        let mut paper = earlier.result.take().unwrap();
        paper.paper = "van-ban-uy-quyen".to_owned();
        earlier.papers = vec![paper];
        assert!(fitting(vocabulary, &[earlier], "van-ban-uy-quyen", jiff::civil::date(2021, 9, 1)).is_empty());
    }
}
