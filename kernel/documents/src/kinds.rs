//! The documents, one type each: what is printed, as facts.

use jiff::civil::Date;
use kernel_base::{Instant, Vnd};
use serde::{Deserialize, Serialize};

use crate::{Check, Contact, DossierFacts, Field, Head, OfficialLetter, Signer};

/// A document that can be printed. Kept as JSON it can be rendered again to the same bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "document", rename_all = "snake_case")]
pub enum Document {
    /// Giấy tiếp nhận hồ sơ và hẹn trả kết quả, on A4.
    Receipt(Receipt),
    /// The same on a roll of 80 mm.
    ReceiptRoll(Receipt),
    /// Phiếu yêu cầu bổ sung, hoàn thiện hồ sơ.
    SupplementRequest(SupplementRequest),
    /// Phiếu từ chối tiếp nhận, giải quyết hồ sơ.
    Refusal(Refusal),
    /// Phiếu xin lỗi và hẹn lại ngày trả kết quả.
    Apology(Apology),
    /// Thông báo dừng giải quyết hồ sơ (from 2025-07-01).
    StopNotice(StopNotice),
    /// Phiếu kiểm soát quá trình giải quyết hồ sơ.
    ControlSlip(ControlSlip),
    /// Sổ theo dõi hồ sơ.
    Register(Register),
    /// The result itself: decision, certificate, extract, or the answer that it is not granted.
    Result(ResultDocument),
    /// What a citizen should bring, with boxes to tick.
    CheckList(CheckList),
    /// Công văn.
    Letter(OfficialLetter),
    /// Biên lai thu phí, lệ phí.
    FeeReceipt(FeeReceipt),
}

/// A paper handed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperLine {
    pub name: String,
    /// `Bản chính`, `Bản sao`, `Bản điện tử`.
    #[serde(default)]
    pub form: Option<String>,
    #[serde(default)]
    pub copies: Option<u32>,
}

/// A fee or charge (phí, lệ phí) of the dossier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeeLine {
    pub name: String,
    /// `None` prints "chưa công bố".
    pub amount: Option<Vnd>,
    /// `Đã thu`, `Thu khi nhận kết quả`, `Miễn`.
    #[serde(default)]
    pub state: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    pub head: Head,
    pub dossier: DossierFacts,
    pub papers: Vec<PaperLine>,
    /// Number of sets (bộ).
    pub sets: u32,
    /// The limit in words, `03 ngày làm việc`; `None` prints "chưa công bố".
    pub limit: Option<String>,
    pub received_at: Instant,
    /// `None` prints "chưa công bố": nothing is promised from a limit that is not known.
    pub promised_at: Option<Instant>,
    /// How and where the result is handed over.
    pub delivery: String,
    #[serde(default)]
    pub fees: Vec<FeeLine>,
    /// Book and number of the register (quyển số, số thứ tự).
    #[serde(default)]
    pub register: Option<RegisterPlace>,
    /// `Liên giao người nộp`, `Liên lưu`.
    #[serde(default)]
    pub copy: Option<String>,
    pub receiver: Signer,
    pub check: Check,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterPlace {
    pub book: String,
    pub number: String,
}

/// One thing to put right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupplementItem {
    /// The paper or the field.
    pub subject: String,
    pub wrong: String,
    pub needed: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SupplementRequest {
    pub head: Head,
    pub dossier: DossierFacts,
    pub items: Vec<SupplementItem>,
    #[serde(default)]
    pub reason: Option<String>,
    /// Legal bases, one a line.
    #[serde(default)]
    pub legal: Vec<String>,
    /// Last day to answer.
    #[serde(default)]
    pub reply_by: Option<Date>,
    /// When the clock was stopped; it goes on when the answer comes.
    #[serde(default)]
    pub paused_at: Option<Instant>,
    #[serde(default)]
    pub promised_at: Option<Instant>,
    pub contact: Contact,
    pub signer: Signer,
    pub check: Check,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Refusal {
    pub head: Head,
    pub dossier: DossierFacts,
    pub reasons: Vec<String>,
    #[serde(default)]
    pub legal: Vec<String>,
    /// What the person can do now.
    #[serde(default)]
    pub advice: Option<String>,
    pub contact: Contact,
    pub signer: Signer,
    pub check: Check,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Apology {
    pub head: Head,
    pub dossier: DossierFacts,
    pub received_at: Instant,
    pub promised_at: Instant,
    /// The new appointment. It moves reminders only; late stays late.
    pub new_appointment: Instant,
    pub reason: String,
    /// Written before the promised date passes ("có thể trễ hẹn") or after it.
    pub ahead: bool,
    /// Which re-appointment it is, from 1.
    pub times: u32,
    #[serde(default)]
    pub contact: Option<Contact>,
    /// Nơi nhận.
    #[serde(default)]
    pub recipients: Vec<String>,
    pub signer: Signer,
    pub check: Check,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StopNotice {
    pub head: Head,
    pub dossier: DossierFacts,
    pub received_at: Instant,
    pub stopped_at: Instant,
    pub reasons: Vec<String>,
    #[serde(default)]
    pub legal: Vec<String>,
    /// What becomes of papers and fees, and what the person can do.
    #[serde(default)]
    pub advice: Option<String>,
    #[serde(default)]
    pub contact: Option<Contact>,
    #[serde(default)]
    pub recipients: Vec<String>,
    pub signer: Signer,
    pub check: Check,
}

/// How a step or a dossier ended against its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timeliness {
    Early,
    OnTime,
    Late,
}

/// One hand-over between two units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandOver {
    pub from: String,
    #[serde(default)]
    pub from_person: Option<String>,
    pub to: String,
    #[serde(default)]
    pub to_person: Option<String>,
    pub at: Instant,
    /// How the giving step ended; `None` where it had no limit of its own.
    #[serde(default)]
    pub result: Option<Timeliness>,
    #[serde(default)]
    pub note: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ControlSlip {
    pub head: Head,
    pub dossier: DossierFacts,
    /// The agency that settles it.
    pub agency: String,
    /// Agencies that were consulted.
    #[serde(default)]
    pub cooperating: Vec<String>,
    pub received_at: Instant,
    #[serde(default)]
    pub promised_at: Option<Instant>,
    #[serde(default)]
    pub finished_at: Option<Instant>,
    #[serde(default)]
    pub outcome: Option<Timeliness>,
    pub rows: Vec<HandOver>,
    pub check: Check,
}

/// One dossier in the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterRow {
    pub code: String,
    pub procedure: String,
    pub sets: u32,
    pub applicant: String,
    #[serde(default)]
    pub address: Option<String>,
    #[serde(default)]
    pub phone: Option<String>,
    /// The agency that settles it.
    pub agency: String,
    pub received_at: Instant,
    #[serde(default)]
    pub promised_at: Option<Instant>,
    #[serde(default)]
    pub finished_at: Option<Instant>,
    /// When the result was handed over.
    #[serde(default)]
    pub returned_at: Option<Instant>,
    /// Who took the result, or how it was sent.
    #[serde(default)]
    pub recipient: Option<String>,
    #[serde(default)]
    pub note: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Register {
    pub head: Head,
    pub from: Date,
    pub to: Date,
    /// Domain or unit it is kept for.
    #[serde(default)]
    pub scope: Option<String>,
    pub rows: Vec<RegisterRow>,
    #[serde(default)]
    pub check: Option<Check>,
}

/// A piece of the body of a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "block", rename_all = "snake_case")]
pub enum Block {
    Paragraph {
        text: String,
    },
    /// `Điều 1.` in bold, then its text.
    Article {
        title: String,
        text: String,
    },
    /// A table of names and values, as on a certificate or an extract.
    Fields {
        fields: Vec<Field>,
    },
    Table {
        header: Vec<String>,
        rows: Vec<Vec<String>>,
    },
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    Granted,
    /// A negative result; its reasons are printed, for silence is no answer.
    Refused {
        reasons: Vec<String>,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResultDocument {
    pub head: Head,
    pub dossier: DossierFacts,
    /// Type of the document, printed in bold capitals: `Quyết định`, `Trích lục khai sinh`.
    pub title: String,
    /// The abstract (trích yếu) under it.
    #[serde(default)]
    pub summary: Option<String>,
    /// Who decides, in capitals under the abstract of a decision: `Chủ tịch Ủy ban nhân dân thành phố Hội An`.
    #[serde(default)]
    pub decider: Option<String>,
    /// `Căn cứ ...`, one a line, printed in italics.
    #[serde(default)]
    pub legal: Vec<String>,
    pub body: Vec<Block>,
    pub outcome: Outcome,
    /// Nơi nhận, without the last line `Lưu: VT`, which is added.
    #[serde(default)]
    pub recipients: Vec<String>,
    pub signer: Signer,
    pub check: Check,
}

/// One paper to bring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckItem {
    pub name: String,
    /// `01 bản chính`, `mang bản chính để đối chiếu`.
    #[serde(default)]
    pub detail: Option<String>,
    pub required: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckList {
    pub head: Head,
    pub procedure: String,
    #[serde(default)]
    pub procedure_code: Option<String>,
    /// The case that the answers led to.
    #[serde(default)]
    pub case: Option<String>,
    pub papers: Vec<CheckItem>,
    #[serde(default)]
    pub fees: Vec<FeeLine>,
    /// The limit in words; `None` prints "chưa công bố".
    pub limit: Option<String>,
    /// Where to hand it in, one place a line.
    pub places: Vec<String>,
    /// Address of the page of the procedure, printed with its QR code.
    #[serde(default)]
    pub address: Option<String>,
}

/// A receipt for money (biên lai), one for phí and one for lệ phí.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeeReceipt {
    /// Its number is the number of the receipt: `BLP-21/0000012`.
    pub head: Head,
    /// `Biên lai thu phí`, `Biên lai thu lệ phí`.
    pub title: String,
    pub dossier_code: String,
    pub procedure: String,
    pub payer: String,
    /// What was paid; the state of a line is the act its amount rests on.
    pub lines: Vec<FeeLine>,
    pub total: Vnd,
    /// `Hai trăm nghìn đồng`
    pub in_words: String,
    /// `VNPAY`, `Tiền mặt tại quầy`.
    pub means: String,
    /// Reference of the payment.
    pub reference: String,
    pub paid_at: Instant,
    /// Officer who took the money at the counter.
    #[serde(default)]
    pub cashier: Option<String>,
    pub check: Check,
}
