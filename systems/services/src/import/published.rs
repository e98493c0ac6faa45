//! The published text of the state, kept whole and shown as it is.

use kernel_base::text;

use super::raw::{Raw, RawFee, RawTime};
use super::values;

/// Starts a heading line; nothing in the body begins with it.
const HEADING: &str = "## ";

/// The published text as headings with their lines.
pub(super) fn text_of(raw: &Raw) -> String {
    let mut out = Writer::default();
    out.section("Trình tự thực hiện", &by_case(raw.steps.iter().map(|step| (step.case.as_str(), step.text.clone()))));
    out.section("Cách thức thực hiện", &channels(raw));
    let papers = raw.papers.iter().map(|paper| {
        let copies = match (paper.originals, paper.copies) {
            (0, 0) => String::new(),
            (originals, copies) => format!(" (bản chính: {originals}, bản sao: {copies})"),
        };
        let form =
            [&paper.form, &paper.url].into_iter().filter(|t| !t.is_empty()).cloned().collect::<Vec<_>>().join(", ");
        let form = if form.is_empty() { form } else { format!(" [{form}]") };
        (paper.case.as_str(), format!("{}{copies}{form}", paper.name.text))
    });
    out.section("Thành phần hồ sơ", &by_case(papers));
    out.section("Đối tượng thực hiện", &raw.who.iter().chain([&raw.who_text]).cloned().collect::<Vec<_>>());
    out.section("Cơ quan thực hiện", &raw.agencies.iter().map(|agency| agency.text.clone()).collect::<Vec<_>>());
    out.section("Kết quả thực hiện", &raw.results.clone());
    out.section("Yêu cầu, điều kiện", std::slice::from_ref(&raw.conditions));
    out.section(
        "Căn cứ pháp lý",
        &raw.bases.iter().map(|(number, title)| format!("{number} {title}")).collect::<Vec<_>>(),
    );
    out.section("Cơ quan công bố", std::slice::from_ref(&raw.publisher));
    for (name, text) in &raw.other {
        out.section(name, std::slice::from_ref(text));
    }
    out.0
}

#[derive(Debug, Default)]
struct Writer(String);

impl Writer {
    fn section(&mut self, heading: &str, lines: &[String]) {
        let lines: Vec<String> = lines.iter().map(|line| text::clean(line)).filter(|line| !line.is_empty()).collect();
        if lines.is_empty() {
            return;
        }
        if !self.0.is_empty() {
            self.0.push_str("\n\n");
        }
        self.0.push_str(HEADING);
        self.0.push_str(&text::clean_line(heading));
        for line in lines.iter().flat_map(|line| line.lines()) {
            self.0.push('\n');
            // A published line must not pass for a heading of ours.
            self.0.push_str(line.strip_prefix(HEADING).unwrap_or(line));
        }
    }
}

fn by_case<'a>(lines: impl Iterator<Item = (&'a str, String)>) -> Vec<String> {
    let (mut out, mut last) = (Vec::new(), "");
    for (case, line) in lines {
        if case != last && !case.is_empty() {
            out.push(format!("{case}:"));
        }
        last = case;
        out.push(line);
    }
    out
}

fn channels(raw: &Raw) -> Vec<String> {
    let time = |time: &RawTime| {
        let known = values::read_channel(&time.channel.text);
        let name = known.map_or(time.channel.text.as_str(), |channel| values::channel_name(channel));
        let limit = join(&[&time.amount.text, &time.unit]);
        let limit = if limit.is_empty() { "chưa công bố".to_owned() } else { limit };
        let case = if time.case.is_empty() { String::new() } else { format!(" ({})", time.case) };
        let note = if time.note.is_empty() { String::new() } else { format!(". {}", time.note) };
        format!("{name}{case}: {limit}{note}")
    };
    let fee = |fee: &RawFee| {
        let channel = values::read_channel(&fee.channel).map(values::channel_name).unwrap_or_default();
        let channel = if channel.is_empty() { String::new() } else { format!(" ({channel})") };
        format!("Phí, lệ phí{channel}: {}", join(&[&fee.amount.text, &fee.unit, &fee.note]))
    };
    raw.times.iter().map(time).chain(raw.fees.iter().map(fee)).collect()
}

fn join(parts: &[&str]) -> String {
    parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(" ")
}

/// Heading and body of each section of a published text; text without headings is one section without a heading.
pub fn sections(published: &str) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::new();
    for line in published.lines() {
        match (line.strip_prefix(HEADING), out.last_mut()) {
            (Some(heading), _) => out.push((heading.to_owned(), String::new())),
            (None, Some((_, body))) => {
                body.push_str(line);
                body.push('\n');
            }
            (None, None) => out.push((String::new(), format!("{line}\n"))),
        }
    }
    out.into_iter().map(|(heading, body)| (heading, body.trim().to_owned())).collect()
}
