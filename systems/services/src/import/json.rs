//! The answer of `LayThuTuc`: one procedure, a list of them, or the whole answer `{error_code, message, result}`.

use kernel_base::text;
use serde_json::{Map, Value};

use super::raw::{Raw, RawFee, RawPaper, RawStep, RawTime, Spot};
use super::{ImportFault, Place, strict};

/// Names this reader understands; every other text is kept under its own name.
const KNOWN: &[&str] = &[
    "MATTHC",
    "TENTTHC",
    "MACOQUANCONGBO",
    "TRANGTHAI",
    "YEUCAU",
    "TRINHTUTHUCHIEN",
    "LINHVUCTHUCHIEN",
    "CACHTHUCTHUCHIEN",
    "DOITUONGTHUCHIEN",
    "MOTADOITUONGTHUCHIEN",
    "KETQUATHUCHIEN",
    "CANCUPHAPLY",
    "COQUANTHUCHIEN",
    "THANHPHANHOSO",
];

pub(super) fn read(bytes: &[u8], whole: &Place, faults: &mut Vec<ImportFault>) -> Vec<Raw> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let Ok(content) = std::str::from_utf8(bytes) else {
        let (vi, en) = (
            "Tệp không phải JSON (UTF-8) hay Excel (.xlsx). Hãy chọn tệp khác.",
            "The file is neither JSON (UTF-8) nor Excel (.xlsx). Choose another.",
        );
        faults.push(ImportFault::new(whole, vi, en));
        return Vec::new();
    };
    match strict::parse(content) {
        Ok(value) => rows(&value, faults),
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            faults.push(ImportFault::new(
                &Place::Path(format!("dòng {line}, cột {column}")),
                format!("Không đọc được JSON: {error}. Hãy sửa chỗ này."),
                format!("The JSON cannot be read: {error}. Correct this place."),
            ));
            Vec::new()
        }
    }
}

fn rows(value: &Value, faults: &mut Vec<ImportFault>) -> Vec<Raw> {
    match value {
        Value::Array(list) => {
            list.iter().enumerate().filter_map(|(at, row)| one(row, &format!("[{at}]"), faults)).collect()
        }
        Value::Object(answer) if answer.contains_key("error_code") || answer.contains_key("result") => {
            envelope(answer, faults)
        }
        value => one(value, "", faults).into_iter().collect(),
    }
}

/// Success is 0, seen as a number and as the texts `"0"` and `"00"`.
fn envelope(answer: &Map<String, Value>, faults: &mut Vec<ImportFault>) -> Vec<Raw> {
    let code = match answer.get("error_code") {
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::String(text)) => text.trim().to_owned(),
        _ => "0".to_owned(),
    };
    if !["0", "00", "0.0"].contains(&code.as_str()) {
        let message = answer.get("message").and_then(Value::as_str).unwrap_or_default();
        faults.push(ImportFault::new(
            &Place::Path("error_code".to_owned()),
            format!("Cổng quốc gia trả lời lỗi {code}: {message}. Hãy lấy lại dữ liệu."),
            format!("The national portal answered with error {code}: {message}. Fetch the data again."),
        ));
        return Vec::new();
    }
    match answer.get("result") {
        Some(Value::Array(list)) => {
            list.iter().enumerate().filter_map(|(at, row)| one(row, &format!("result[{at}]"), faults)).collect()
        }
        Some(row @ Value::Object(_)) => one(row, "result", faults).into_iter().collect(),
        _ => {
            wrong(&Place::Path("result".to_owned()), "một danh sách thủ tục", "a list of procedures", faults);
            Vec::new()
        }
    }
}

fn wrong(place: &Place, vi: &str, en: &str, faults: &mut Vec<ImportFault>) {
    faults.push(ImportFault::new(place, format!("Chỗ này phải là {vi}."), format!("This must be {en}.")));
}

/// An object of the answer and where it stands.
struct Node<'a> {
    object: &'a Map<String, Value>,
    path: String,
}

impl<'a> Node<'a> {
    fn new(value: &'a Value, path: String, faults: &mut Vec<ImportFault>) -> Option<Self> {
        if let Some(object) = value.as_object() {
            return Some(Self { object, path });
        }
        wrong(
            &Place::Path(if path.is_empty() { "tệp".to_owned() } else { path }),
            "một đối tượng",
            "an object",
            faults,
        );
        None
    }

    fn place(&self, name: &str) -> Place {
        Place::Path(if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) })
    }

    /// Names are written in capitals; some programs write them otherwise.
    fn get(&self, name: &str) -> Option<&'a Value> {
        self.object
            .get(name)
            .or_else(|| self.object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value))
    }

    fn text(&self, name: &str, faults: &mut Vec<ImportFault>) -> String {
        match self.get(name) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(typed)) => text::clean(typed),
            Some(Value::Number(number)) => number.to_string(),
            Some(_) => {
                wrong(&self.place(name), "chữ hoặc số", "text or a number", faults);
                String::new()
            }
        }
    }

    fn spot(&self, name: &str, faults: &mut Vec<ImportFault>) -> Spot {
        Spot::new(text::clean_line(&self.text(name, faults)), self.place(name))
    }

    /// The objects of a list; one object alone counts as a list of one, an empty text as none.
    fn list(&self, name: &str, faults: &mut Vec<ImportFault>) -> Vec<Node<'a>> {
        let path = |at: usize| match self.place(name) {
            Place::Path(path) => format!("{path}[{at}]"),
            _ => String::new(),
        };
        match self.get(name) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::String(text)) if text.trim().is_empty() => Vec::new(),
            Some(Value::Array(list)) => {
                list.iter().enumerate().filter_map(|(at, value)| Node::new(value, path(at), faults)).collect()
            }
            Some(value @ Value::Object(_)) => Node::new(value, path(0), faults).into_iter().collect(),
            Some(_) => {
                wrong(&self.place(name), "một danh sách", "a list", faults);
                Vec::new()
            }
        }
    }

    fn texts(&self, name: &str, inner: &str, faults: &mut Vec<ImportFault>) -> Vec<String> {
        let list = self.list(name, faults);
        list.iter().map(|node| text::clean_line(&node.text(inner, faults))).filter(|text| !text.is_empty()).collect()
    }
}

fn one(value: &Value, path: &str, faults: &mut Vec<ImportFault>) -> Option<Raw> {
    let node = Node::new(value, path.to_owned(), faults)?;
    let (times, fees) = times_and_fees(&node, faults);
    let pairs = |name: &str, first: &str, second: &str, faults: &mut Vec<ImportFault>| -> Vec<(String, Spot)> {
        let list = node.list(name, faults);
        list.iter().map(|item| (item.spot(first, faults).text, item.spot(second, faults))).collect()
    };
    Some(Raw {
        code: node.spot("MATTHC", faults),
        name: node.spot("TENTTHC", faults),
        plain: String::new(),
        synonyms: Vec::new(),
        publisher: node.spot("MACOQUANCONGBO", faults).text,
        status: node.get("TRANGTHAI").map(|_| node.spot("TRANGTHAI", faults)),
        conditions: node.text("YEUCAU", faults),
        sectors: pairs("LINHVUCTHUCHIEN", "MALINHVUC", "TENLINHVUC", faults),
        who: node.texts("DOITUONGTHUCHIEN", "TENDOITUONG", faults),
        who_text: node.text("MOTADOITUONGTHUCHIEN", faults),
        results: node.texts("KETQUATHUCHIEN", "TENKETQUA", faults),
        bases: pairs("CANCUPHAPLY", "SOVANBAN", "TENVANBAN", faults).into_iter().map(|(n, t)| (n, t.text)).collect(),
        agencies: pairs("COQUANTHUCHIEN", "MADONVI", "TENDONVI", faults).into_iter().map(|(_, name)| name).collect(),
        steps: steps(&node, faults),
        times,
        fees,
        papers: papers(&node, faults),
        other: other(&node),
    })
}

fn steps(node: &Node<'_>, faults: &mut Vec<ImportFault>) -> Vec<RawStep> {
    let mut steps = Vec::new();
    for group in node.list("TRINHTUTHUCHIEN", faults) {
        let case = group.spot("TRUONGHOP", faults).text;
        for step in group.list("TRINHTU", faults) {
            let text = step.text("TENTRINHTU", faults);
            if !text.is_empty() {
                steps.push(RawStep { case: case.clone(), text });
            }
        }
    }
    steps
}

fn times_and_fees(node: &Node<'_>, faults: &mut Vec<ImportFault>) -> (Vec<RawTime>, Vec<RawFee>) {
    let (mut times, mut fees) = (Vec::new(), Vec::new());
    for way in node.list("CACHTHUCTHUCHIEN", faults) {
        let channel = way.spot("KENH", faults);
        let mut list = way.list("THOIGIAN", faults).into_iter().peekable();
        if list.peek().is_none() {
            // The channel exists, although nothing is said about its time.
            let amount = Spot::new("", way.place("THOIGIAN"));
            let (case, unit, note) = Default::default();
            times.push(RawTime { case, channel: channel.clone(), amount, unit, note });
        }
        for time in list {
            for fee in time.list("PHILEPHI", faults) {
                fees.push(RawFee {
                    case: String::new(),
                    channel: channel.text.clone(),
                    code: fee.spot("MAPHILEPHI", faults).text,
                    amount: fee.spot("SOTIEN", faults),
                    unit: fee.spot("DONVI", faults).text,
                    note: fee.text("MOTA", faults),
                });
            }
            times.push(RawTime {
                case: String::new(),
                channel: channel.clone(),
                amount: time.spot("THOIGIANGIAIQUYET", faults),
                unit: time.spot("DONVITINH", faults).text,
                note: time.text("MOTA", faults),
            });
        }
    }
    (times, fees)
}

fn papers(node: &Node<'_>, faults: &mut Vec<ImportFault>) -> Vec<RawPaper> {
    let mut papers = Vec::new();
    for group in node.list("THANHPHANHOSO", faults) {
        let case = group.spot("TRUONGHOP", faults).text;
        for paper in group.list("GIAYTO", faults) {
            papers.push(RawPaper {
                case: case.clone(),
                code: paper.spot("MAGIAYTO", faults).text,
                name: paper.spot("TENGIAYTO", faults),
                form: paper.spot("TENMAUDON", faults).text,
                url: paper.spot("URL", faults).text,
                required: None,
                originals: 0,
                copies: 0,
            });
        }
    }
    papers
}

fn other(node: &Node<'_>) -> Vec<(String, String)> {
    let unknown = |name: &str| !KNOWN.iter().any(|known| known.eq_ignore_ascii_case(name));
    let as_text = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(typed) => text::clean(typed),
        value => value.to_string(),
    };
    let texts =
        node.object.iter().filter(|(name, _)| unknown(name)).map(|(name, value)| (name.clone(), as_text(value)));
    texts.filter(|(_, text)| !text.is_empty()).collect()
}
