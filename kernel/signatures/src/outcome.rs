//! What a check finds, in words for people: what is the matter, and what to do.

use kernel_base::{Instant, Words};
use serde::{Deserialize, Serialize};

/// Why a signature does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The certificate was not in force at the time of signing.
    Expired,
    /// The certificate had been withdrawn by then.
    Revoked,
    /// The content, the signature or its time stamp was changed, or something was added afterwards.
    Altered,
    /// The chain does not lead to an authority that this system trusts.
    UnknownIssuer,
    /// The certificate is not for signing documents.
    WrongUse,
    /// Not built as the standards say, or cut off.
    Format,
    /// MD5, SHA-1, short keys, or an algorithm that this system does not know.
    WeakAlgorithm,
}

impl Fault {
    /// What is the matter.
    #[must_use]
    pub fn reason(self) -> Words {
        Words::from(match self {
            Self::Expired => (
                "chứng thư số không còn (hoặc chưa có) hiệu lực vào thời điểm ký",
                "the certificate was not in force when the document was signed",
            ),
            Self::Revoked => (
                "chứng thư số đã bị thu hồi trước thời điểm ký",
                "the certificate had been revoked before the document was signed",
            ),
            Self::Altered => (
                "tệp đã bị sửa sau khi ký, nội dung không còn đúng với chữ ký",
                "the file was changed after it was signed",
            ),
            Self::UnknownIssuer => (
                "chứng thư số do nơi mà hệ thống này không công nhận cấp",
                "the certificate comes from an issuer that this system does not recognise",
            ),
            Self::WrongUse => (
                "chứng thư số này không được cấp để ký tài liệu",
                "the certificate was not issued for signing documents",
            ),
            Self::Format => (
                "chữ ký sai định dạng hoặc tệp bị cắt, không đọc được",
                "the signature is malformed or the file was cut off",
            ),
            Self::WeakAlgorithm => (
                "chữ ký dùng thuật toán đã lỗi thời hoặc không được hỗ trợ",
                "the signature uses an outdated or unsupported algorithm",
            ),
        })
    }

    /// What to do.
    #[must_use]
    pub fn remedy(self) -> Words {
        Words::from(match self {
            Self::Expired => (
                "Hãy gia hạn hoặc đổi chứng thư số, ký lại tệp gốc rồi tải lên lại.",
                "Renew the certificate, sign the original again and upload it again.",
            ),
            Self::Revoked => (
                "Hãy ký lại bằng chứng thư số còn hiệu lực. Nếu bạn không yêu cầu thu hồi, hãy gọi nơi cấp chứng thư số.",
                "Sign again with a certificate in force. If you did not ask for the revocation, call its issuer.",
            ),
            Self::Altered => (
                "Hãy lấy lại đúng tệp vừa ký (không mở ra lưu lại, không in thành PDF) rồi tải lên.",
                "Take the very file that was signed (not saved again, not printed to PDF) and upload it.",
            ),
            Self::UnknownIssuer => (
                "Hãy ký bằng chứng thư số của tổ chức được Nhà nước cấp phép, hoặc nộp bản chụp có chứng thực.",
                "Sign with a certificate of a licensed authority, or hand in a certified copy.",
            ),
            Self::WrongUse => (
                "Hãy chọn chứng thư số dùng để ký tài liệu rồi ký lại.",
                "Choose the certificate for signing documents and sign again.",
            ),
            Self::Format => (
                "Hãy ký lại bằng phần mềm ký PDF (chuẩn PAdES) rồi tải tệp mới lên.",
                "Sign again with software for PDF signatures (PAdES) and upload the new file.",
            ),
            Self::WeakAlgorithm => (
                "Hãy cập nhật phần mềm ký (SHA-256, khóa RSA từ 2048 bit hoặc ECDSA) rồi ký lại.",
                "Update the signing software (SHA-256, RSA of 2048 bits or ECDSA) and sign again.",
            ),
        })
    }
}

/// What was found about one signature.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignatureCheck {
    /// `None` = valid.
    pub fault: Option<Fault>,
    /// Common name of the certificate; empty when it could not be read.
    pub signer: String,
    /// Organisation in the certificate.
    pub organisation: String,
    /// Who issued the certificate.
    pub issuer: String,
    /// Serial number, hexadecimal.
    pub serial: String,
    /// When it was signed according to a time-stamp authority that we trust.
    pub stamped_at: Option<Instant>,
    /// A list of revoked certificates, signed by the issuer, was known.
    pub revocation_known: bool,
}

/// The document as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// At least one signature, and all are valid.
    Valid,
    Invalid(Fault),
    NoSignature,
    /// Not a PDF, encrypted, or too damaged to look for signatures.
    Unreadable,
}

/// What was found about a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentCheck {
    pub verdict: Verdict,
    /// In the order in which they were made.
    pub signatures: Vec<SignatureCheck>,
}

impl DocumentCheck {
    /// Nothing was found out about the file: a process that read it died or was too slow.
    #[must_use]
    pub fn unreadable() -> Self {
        Self { verdict: Verdict::Unreadable, signatures: Vec::new() }
    }

    /// Whether there is a signature and every one is valid.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.verdict == Verdict::Valid
    }

    /// One sentence for the person who brought the file.
    #[must_use]
    pub fn sentence(&self) -> Words {
        match self.verdict {
            Verdict::Valid => Words::new("Chữ ký hợp lệ.", "The signature is valid."),
            Verdict::Invalid(fault) => Words::new(
                format!("Chữ ký không hợp lệ vì {}.", fault.reason().vi),
                format!("The signature is not valid: {}.", fault.reason().en),
            ),
            Verdict::NoSignature => {
                Words::new("Tệp này không có chữ ký số.", "This file carries no digital signature.")
            }
            Verdict::Unreadable => Words::new(
                "Không đọc được tệp này để kiểm tra chữ ký.",
                "The file could not be read to check its signature.",
            ),
        }
    }

    /// What to do, when something is wrong.
    #[must_use]
    pub fn remedy(&self) -> Option<Words> {
        match self.verdict {
            Verdict::Valid | Verdict::NoSignature => None,
            Verdict::Invalid(fault) => Some(fault.remedy()),
            Verdict::Unreadable => Some(Words::new(
                "Hãy chọn tệp PDF nguyên vẹn, không đặt mật khẩu.",
                "Choose a whole PDF without a password.",
            )),
        }
    }
}
