//! The parts that several documents share: head, dossier, signer, check mark.

use jiff::civil::Date;
use kernel_base::Instant;
use serde::{Deserialize, Serialize};

/// The head of a document (NĐ 30/2020, Appendix I, boxes 1 to 4) and what stands at its edges.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// The body above the issuer, printed in capitals, not bold: `Ủy ban nhân dân tỉnh Quảng Nam`.
    #[serde(default)]
    pub superior: Option<String>,
    /// The issuing body, printed in bold capitals: `Sở Xây dựng`.
    pub issuer: String,
    /// The unit of the issuer that writes the slip, under it: `Bộ phận Tiếp nhận và Trả kết quả`.
    #[serde(default)]
    pub unit: Option<String>,
    /// Number and sign without the word "Số": `12/TNHS`, `345/QĐ-UBND`.
    #[serde(default)]
    pub number: Option<String>,
    /// Where it is issued: `Quảng Nam`.
    pub place: String,
    /// The day it is issued; also the date of the PDF, so that the same facts give the same bytes.
    pub date: Date,
    /// The form it follows; a dated fact of the caller, never decided here.
    #[serde(default)]
    pub form: Option<Form>,
    /// Number of the slip that this one replaces (a wrong slip is never edited).
    #[serde(default)]
    pub replaces: Option<String>,
    /// A short line at the foot of every page, e.g. `Dữ liệu minh họa`.
    #[serde(default)]
    pub notice: Option<String>,
}

/// A form of the state: `Mẫu số 01` of an act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// Two digits: `01`.
    pub number: String,
    /// The act that issued it: `Thông tư số 01/2018/TT-VPCP ngày 23/11/2018`.
    pub act: String,
}

/// The dossier that a slip speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DossierFacts {
    /// `000.00.00.H47-210726-0001`
    pub code: String,
    /// Name of the procedure.
    pub procedure: String,
    /// National code of the procedure: `1.001193`.
    #[serde(default)]
    pub procedure_code: Option<String>,
    pub applicant: Applicant,
}

/// The owner of a dossier, a person or an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applicant {
    pub name: String,
    #[serde(default)]
    pub address: Option<String>,
    #[serde(default)]
    pub phone: Option<String>,
    #[serde(default)]
    pub email: Option<String>,
    /// Who hands it in, when that is not the owner.
    #[serde(default)]
    pub submitter: Option<String>,
}

/// By what right a person signs (NĐ 30/2020, Appendix I, box 7a).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Authority {
    /// `TM.` thay mặt: for a collective body.
    #[serde(rename = "TM.")]
    ForTheBody,
    /// `Q.` quyền: acting in the office itself.
    #[serde(rename = "Q.")]
    Acting,
    /// `KT.` ký thay: a deputy for the head.
    #[serde(rename = "KT.")]
    ForTheHead,
    /// `TL.` thừa lệnh: by order of the head.
    #[serde(rename = "TL.")]
    ByOrder,
    /// `TUQ.` thừa ủy quyền: by authorisation.
    #[serde(rename = "TUQ.")]
    ByAuthorisation,
}

/// One line above the signer's office: `TM. ỦY BAN NHÂN DÂN`, `KT. CHỦ TỊCH`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Right {
    pub authority: Authority,
    /// Whose right it is, e.g. `Ủy ban nhân dân`, `Chủ tịch`.
    pub of: String,
}

/// Who signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signer {
    /// From the top down; empty when the head signs in the head's own right.
    #[serde(default)]
    pub rights: Vec<Right>,
    /// `Chủ tịch`, `Phó Giám đốc`, `Người tiếp nhận hồ sơ`; printed in bold capitals.
    pub office: String,
    /// Without titles, as the law asks.
    pub name: String,
    pub signature: Signature,
}

/// What stands in the place of the signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Signature {
    /// Room for a signature by hand: `(Ký, ghi rõ họ tên)`.
    ByHand,
    /// The notice `CHƯA KÝ SỐ`: nobody has signed yet, or the approval is an event bound to the hash of this file.
    NotSigned,
    /// Signed electronically after printing: how to check it stands there. `test` = with test certificates.
    Digital { test: bool },
    /// The notice, and the approval that is recorded in the ledger.
    Approved {
        at: Instant,
        /// Hash of the approval event.
        event: String,
    },
}

/// What lets anyone check the paper: printed as a QR code, with the key and a short hash beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Address of the checking page without a query: `https://dichvucong.quangnam.gov.vn/tra-cuu`.
    pub address: String,
    /// Code of the dossier or number of the document.
    pub code: String,
    /// The second factor of the public look-up; the code alone opens nothing.
    pub key: String,
    /// Hash (hexadecimal SHA-256) of the last event when the paper was made: its holder is a witness.
    pub hash: String,
}

impl Check {
    /// What the QR code holds: `ADDRESS?code=CODE&key=KEY&hash=HASH`.
    pub fn url(&self) -> String {
        format!("{}?code={}&key={}&hash={}", self.address, escape(&self.code), escape(&self.key), escape(&self.hash))
    }

    /// The first sixteen digits in groups of four, for the eye.
    pub fn short_hash(&self) -> String {
        let digits: Vec<char> = self.hash.chars().take(16).collect();
        digits.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
    }
}

/// Percent-encodes all but the unreserved characters (RFC 3986, section 2.3).
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Whom to ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    pub name: String,
    #[serde(default)]
    pub phone: Option<String>,
}

/// A name and its value, e.g. `Họ, chữ đệm, tên` and `Nguyễn Văn An`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    pub label: String,
    pub value: String,
}

impl Field {
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self { label: label.into(), value: value.into() }
    }
}
