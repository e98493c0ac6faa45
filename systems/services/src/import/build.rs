//! From what a file says to a draft: cases, channels, limits, fees and papers.

use jiff::civil::Date;
use kernel_base::{Words, text};
use kernel_contract::{Basis, Case, Channel, Fee, Limit, Paper, Source, Tier};

use super::published;
use super::raw::{Raw, RawFee, RawTime, Spot};
use super::values::{self, Time};
use super::{ImportFault, ImportedProcedure, Place};
use crate::seed::{Agencies, Offer, ProcedureFile, Sector, VersionFile};

/// Graph of procedures whose limit nobody published; a person chooses another before publishing.
const WORKFLOW: &str = "no-published-limit";
/// Stands until the importer says since when the draft is valid.
const UNDATED: Date = Date::ZERO;
/// Name of the only case of a procedure without named ones.
const ONLY_CASE: &str = "Trường hợp chung";

pub(super) fn procedure(raw: &Raw, faults: &mut Vec<ImportFault>) -> ImportedProcedure {
    let (mut cautions, valid_from) = (Vec::new(), UNDATED);
    let code = code(&raw.code, faults);
    if raw.name.is_empty() {
        let (vi, en) = ("Thiếu tên thủ tục (TENTTHC).", "The name of the procedure (TENTTHC) is missing.");
        faults.push(ImportFault::new(&raw.name.place, vi, en));
    }
    if let Some(status) = raw.status.as_ref().filter(|status| !["1", "1.0", ""].contains(&status.text.as_str())) {
        let (vi, en) =
            ("TRANGTHAI khác 1: cổng chưa công khai thủ tục này.", "TRANGTHAI is not 1: the portal does not show it.");
        cautions.push(ImportFault::new(&status.place, vi, en));
    }
    let source = Source { text: source_text(raw), illustrative: false, valid_from, valid_to: None };
    let channels = channels(raw, faults);
    let names = case_names(raw);
    let cases =
        names.iter().enumerate().map(|(at, name)| case(raw, name, at, &source, faults, &mut cautions)).collect();
    let name = Words::new(raw.name.text.clone(), "");
    let version = VersionFile {
        valid_from,
        valid_to: None,
        publishing: source,
        bases: raw.bases.iter().map(|(number, title)| Basis { number: number.clone(), title: title.clone() }).collect(),
        who: Words::new(joined(raw.who.iter().chain([&raw.who_text])), ""),
        steps: raw.steps.iter().map(|step| Words::new(step.text.clone(), "")).collect(),
        conditions: [&raw.conditions]
            .into_iter()
            .filter(|c| !c.is_empty())
            .map(|c| Words::new(c.clone(), ""))
            .collect(),
        result: Words::new(joined(raw.results.iter()), ""),
        channels,
        cases,
    };
    let file = ProcedureFile {
        code,
        plain: if raw.plain.is_empty() { name.clone() } else { Words::new(raw.plain.clone(), "") },
        name,
        sector: sector(raw),
        note: None,
        offers: offers(raw, &mut cautions),
        levels: Vec::new(),
        versions: vec![version],
        synonyms: raw.synonyms.clone(),
        life_events: Vec::new(),
        forms: std::collections::BTreeMap::new(),
    };
    ImportedProcedure { file, published_text: published::text_of(raw), cautions }
}

fn joined<'a>(texts: impl Iterator<Item = &'a String>) -> String {
    texts.filter(|text| !text.is_empty()).cloned().collect::<Vec<_>>().join("; ")
}

fn source_text(raw: &Raw) -> String {
    match raw.publisher.as_str() {
        "" => format!("Văn bản công bố của nhà nước, thủ tục {}", raw.code.text),
        publisher => format!("Văn bản công bố của {publisher}, thủ tục {}", raw.code.text),
    }
}

fn code(spot: &Spot, faults: &mut Vec<ImportFault>) -> String {
    if let Some(code) = values::base_code(&spot.text) {
        return code;
    }
    let short = spot.text.split_once('.').filter(|(head, tail)| {
        head.len() == 1
            && (1..6).contains(&tail.len())
            && [head, tail].iter().all(|p| p.bytes().all(|b| b.is_ascii_digit()))
    });
    let (vi, en) = match short {
        // A cell kept as a number loses its last zeros; what it was is only likely, so that a person says it.
        Some((head, tail)) => (
            format!("Mã “{}” thiếu chữ số; có lẽ là {head}.{tail:0<6}. Hãy ghi lại mã dưới dạng văn bản.", spot.text),
            format!("The code \"{}\" lacks digits; it may be {head}.{tail:0<6}. Write the code as text.", spot.text),
        ),
        None if spot.is_empty() => (
            "Thiếu mã thủ tục (MATTHC), ví dụ 1.001193.".to_owned(),
            "The code (MATTHC) is missing, e.g. 1.001193.".to_owned(),
        ),
        None => (
            format!("Mã “{}” không có dạng 1.001193. Hãy ghi lại.", cut(&spot.text)),
            format!("The code \"{}\" is not like 1.001193. Write it again.", cut(&spot.text)),
        ),
    };
    faults.push(ImportFault::new(&spot.place, vi, en));
    String::new()
}

pub(super) fn cut(text: &str) -> String {
    text.chars().take(60).collect()
}

fn sector(raw: &Raw) -> Sector {
    let (code, name) = raw.sectors.first().map_or(("", ""), |(code, name)| (code.as_str(), name.text.as_str()));
    let code = if code.is_empty() { values::slug(name) } else { code.to_owned() };
    Sector { code, name: Words::new(name, "") }
}

/// Names of the cases in the order met; one common case when none is named.
fn case_names(raw: &Raw) -> Vec<String> {
    let named = raw.steps.iter().map(|s| &s.case).chain(raw.papers.iter().map(|p| &p.case));
    let named = named.chain(raw.times.iter().map(|t| &t.case)).chain(raw.fees.iter().map(|f| &f.case));
    let mut names: Vec<String> = Vec::new();
    for name in named.filter(|name| !name.is_empty()) {
        if !names.iter().any(|known| text::fold(known) == text::fold(name)) {
            names.push(name.clone());
        }
    }
    if names.is_empty() { vec![String::new()] } else { names }
}

/// What names no case counts for every case.
fn belongs(case: &str, name: &str) -> bool {
    case.is_empty() || text::fold(case) == text::fold(name)
}

fn case(
    raw: &Raw,
    name: &str,
    at: usize,
    source: &Source,
    faults: &mut Vec<ImportFault>,
    cautions: &mut Vec<ImportFault>,
) -> Case {
    let (limit, online) = limits(raw, name, cautions);
    let slug = values::slug(name);
    let shown = if name.is_empty() { ONLY_CASE } else { name };
    Case {
        // Two long names can begin alike: the number keeps the codes apart.
        code: if slug.is_empty() { format!("truong-hop-{}", at + 1) } else { format!("{}-{slug}", at + 1) },
        name: Words::new(shown, ""),
        limit,
        limit_online: online.filter(|online| Some(*online) != limit),
        cutoff: None,
        limit_source: limit.map(|_| source.clone()),
        fees: fees(raw, name, source, faults, cautions),
        papers: papers(raw, name, faults),
        form: None,
        workflow: WORKFLOW.to_owned(),
        assurance: kernel_org::Assurance::CONTACT,
    }
}

fn channels(raw: &Raw, faults: &mut Vec<ImportFault>) -> Vec<Channel> {
    let mut channels = Vec::new();
    for time in &raw.times {
        match values::read_channel(&time.channel.text) {
            Some(channel) if !channels.contains(&channel) => channels.push(channel),
            Some(_) => {}
            None => faults.push(ImportFault::new(
                &time.channel.place,
                format!(
                    "Kênh “{}” không rõ. Hãy ghi 1 (trực tiếp), 2 (trực tuyến) hoặc 3 (bưu chính).",
                    cut(&time.channel.text)
                ),
                format!(
                    "The channel \"{}\" is unknown. Write 1 (direct), 2 (online) or 3 (postal).",
                    cut(&time.channel.text)
                ),
            )),
        }
    }
    channels
}

/// Limit of the case at the counter, and online. Where the text leaves a choice there is no limit, and a caution.
fn limits(raw: &Raw, name: &str, cautions: &mut Vec<ImportFault>) -> (Option<Limit>, Option<Limit>) {
    let mut of = |wanted: &dyn Fn(Channel) -> bool| {
        let fits =
            |time: &&RawTime| values::read_channel(&time.channel.text).is_some_and(wanted) && belongs(&time.case, name);
        let mut found: Option<Time> = None;
        for time in raw.times.iter().filter(fits) {
            let read = values::read_time(&time.amount.text, &time.unit);
            if read == Time::Text {
                caution(
                    cautions,
                    &time.amount.place,
                    (
                        "Thời hạn là lời văn, nên chưa hẹn ngày. Hãy nhập số và đơn vị trước khi công bố.",
                        "The limit is a text, so that nothing is promised. Enter number and unit before publishing.",
                    ),
                );
            }
            match found {
                Some(before) if before != read => {
                    caution(
                        cautions,
                        &time.amount.place,
                        (
                            "Có nhiều thời hạn cho cùng một trường hợp. Hãy chọn một trước khi công bố.",
                            "There are several limits for one case. Choose one before publishing.",
                        ),
                    );
                    return None;
                }
                _ => found = Some(read),
            }
        }
        match found {
            Some(Time::Limit(limit)) => Some(limit),
            _ => None,
        }
    };
    let counter = of(&|channel| channel == Channel::Counter);
    let online = of(&|channel| channel == Channel::Online);
    let postal = of(&|channel| channel == Channel::Postal);
    let has_counter = raw.times.iter().any(|t| values::read_channel(&t.channel.text) == Some(Channel::Counter));
    (if has_counter { counter } else { online.or(postal) }, online)
}

fn caution(cautions: &mut Vec<ImportFault>, place: &Place, (vi, en): (&str, &str)) {
    let caution = ImportFault::new(place, vi, en);
    if !cautions.contains(&caution) {
        cautions.push(caution);
    }
}

/// Each fee once. A fee whose amount differs by channel, or that is not in đồng, has no amount: nothing is asked.
fn fees(
    raw: &Raw,
    name: &str,
    source: &Source,
    faults: &mut Vec<ImportFault>,
    cautions: &mut Vec<ImportFault>,
) -> Vec<Fee> {
    let mut fees: Vec<Fee> = Vec::new();
    for (at, fee) in raw.fees.iter().enumerate().filter(|(_, fee)| belongs(&fee.case, name)) {
        if fee.amount.text.trim_start().starts_with('-') {
            let (vi, en) =
                ("Mức phí là số âm. Hãy ghi số đồng từ 0 trở lên.", "The fee is negative. Write 0 đồng or more.");
            let fault = ImportFault::new(&fee.amount.place, vi, en);
            if !faults.contains(&fault) {
                faults.push(fault);
            }
            continue;
        }
        let amount = values::read_fee(&fee.amount.text, &fee.unit).unwrap_or_else(|()| {
            let (vi, en) = (
                "Mức phí không phải số đồng, nên chưa thu. Hãy nhập số trước khi công bố.",
                "The fee is not in đồng, so that nothing is asked. Enter a number before publishing.",
            );
            caution(cautions, &fee.amount.place, (vi, en));
            None
        });
        let code = if fee.code.is_empty() { format!("phi-{}", at + 1) } else { fee.code.clone() };
        let title = fee_name(fee);
        let same = |known: &&mut Fee| known.name.vi == title && (known.code == code || fee.code.is_empty());
        match fees.iter_mut().find(same) {
            Some(known) if known.amount == amount => {}
            Some(known) => {
                known.amount = None;
                caution(
                    cautions,
                    &fee.amount.place,
                    (
                        "Cùng một khoản phí có nhiều mức. Hãy chọn một mức trước khi công bố.",
                        "One fee has several amounts. Choose one before publishing.",
                    ),
                );
            }
            None => fees.push(Fee {
                code,
                name: Words::new(title, ""),
                amount,
                per_copy: false,
                collect: kernel_contract::Collect::default(),
                exemptions: Vec::new(),
                source: source.clone(),
            }),
        }
    }
    fees
}

fn fee_name(fee: &RawFee) -> String {
    let note = text::clean_line(&fee.note);
    if note.is_empty() { "Phí, lệ phí".to_owned() } else { note }
}

fn papers(raw: &Raw, name: &str, faults: &mut Vec<ImportFault>) -> Vec<Paper> {
    let mut papers: Vec<Paper> = Vec::new();
    for (at, paper) in raw.papers.iter().enumerate().filter(|(_, paper)| belongs(&paper.case, name)) {
        if paper.name.is_empty() {
            let (vi, en) = ("Thiếu tên giấy tờ (TENGIAYTO).", "The name of the paper (TENGIAYTO) is missing.");
            let fault = ImportFault::new(&paper.name.place, vi, en);
            if !faults.contains(&fault) {
                faults.push(fault);
            }
        }
        let taken = papers.iter().any(|known| known.code == paper.code);
        let code = if paper.code.is_empty() || taken { format!("giay-to-{}", at + 1) } else { paper.code.clone() };
        let if_any = text::fold(&paper.name.text).contains("neu co");
        papers.push(Paper {
            code,
            name: Words::new(paper.name.text.clone(), ""),
            plain: Words::default(),
            required: paper.required.unwrap_or(!if_any),
            originals: paper.originals,
            copies: paper.copies,
            replaceable_by: None,
        });
    }
    papers
}

/// Who settles it, as far as the name says; agencies are matched by name when the draft is published.
fn offers(raw: &Raw, cautions: &mut Vec<ImportFault>) -> Vec<Offer> {
    let mut offers: Vec<Offer> = Vec::new();
    for agency in raw.agencies.iter().filter(|agency| !agency.is_empty()) {
        let folded = format!(" {} ", text::fold(&agency.text));
        let has = |words: &[&str]| words.iter().any(|word| folded.contains(&format!(" {word} ")));
        let (tier, agencies) = match () {
            () if has(&["cap xa", "ubnd xa phuong", "ubnd xa"]) => (Tier::Commune, Agencies::Every(Tier::Commune)),
            () if has(&["cap huyen", "ubnd huyen", "ubnd quan huyen"]) => {
                (Tier::District, Agencies::Every(Tier::District))
            }
            () => (Tier::Province, Agencies::Named(folded.trim().replace(' ', "-"))),
        };
        let offer = Offer { tier, agencies, valid_from: UNDATED, valid_to: None };
        if !offers.contains(&offer) {
            offers.push(offer);
        }
    }
    if offers.is_empty() {
        caution(
            cautions,
            &raw.code.place,
            (
                "Chưa rõ cơ quan nào thực hiện. Hãy chọn cơ quan trước khi công bố.",
                "It is not said which agency settles it. Choose one before publishing.",
            ),
        );
    }
    offers
}
