//! The national payment platform (nền tảng thanh toán của Cổng Dịch vụ công quốc gia), messages 1.0.6.
//!
//! `MaXacThuc` is a plain SHA-256 of the values joined by `|` with the secret last: its input is never logged, and no
//! value may hold a `|`.

use kernel_base::{Instant, Words};
use kernel_contract::{
    Asked, Beneficiary, Distrust, FeeKind, Order, Outcome, OwedByCode, PayChannel, PayNotice, PaymentGateway, Question,
    RawNotice, RefundOrder, Refunded, Reply, Started,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::{
    Line, Senders,
    text::{plain, stamp},
    vnpay::text_of,
};

/// How the platform is reached, and who we are there.
#[derive(Clone)]
pub struct NationalSettings {
    pub init_url: String,
    pub query_url: String,
    pub bill_url: String,
    /// MaDoiTac
    pub partner: String,
    pub secret: String,
    /// Token of the header `Authorization`; empty when none is asked.
    pub bearer: String,
    pub beneficiary: Beneficiary,
    /// Where notifications and questions come from.
    pub senders: Senders,
    /// Token with which the portal asks what is owed under a payment code; empty = it is not answered.
    pub lookup_token: String,
}

impl std::fmt::Debug for NationalSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("NationalSettings");
        shown.field("init_url", &self.init_url).field("partner", &self.partner).finish_non_exhaustive()
    }
}

/// The platform as a gateway.
#[derive(Debug)]
pub struct National {
    settings: NationalSettings,
    line: Line,
}

/// Lower-case hex SHA-256 of the values joined by `|`, the secret last.
#[must_use]
pub fn signature(values: &[&str], secret: &str) -> String {
    let mut text = values.join("|");
    text.push('|');
    text.push_str(secret);
    hex::encode(Sha256::digest(text.as_bytes()))
}

pub(crate) const VERSION: &str = "1.0.6";
/// Order of the signed values of INIT.
pub(crate) const INIT: [&str; 14] = [
    "LoaiBanTin",
    "PhienBan",
    "MaDoiTac",
    "MaThamChieu",
    "SoTien",
    "LoaiHinhThanhToan",
    "MaKenhThanhToan",
    "MaThietBi",
    "NgonNgu",
    "MaTienTe",
    "MaNganHang",
    "ThongTinGiaoDich",
    "ThoiGianGD",
    "Ip",
];
/// Order of the signed values of CONFIRM.
pub(crate) const CONFIRM: [&str; 10] = [
    "LoaiBanTin",
    "MaLoi",
    "MaDoiTac",
    "MaThamChieu",
    "SoTien",
    "MaTienTe",
    "MaGiaoDich",
    "MaNganHang",
    "ThoiGianGD",
    "ThongTinGiaoDich",
];
/// Order of the signed values of our answer to CONFIRM (the order could not be verified in the platform's paper).
pub(crate) const CONFIRM_REPLY: [&str; 5] = ["MaLoi", "MoTaLoi", "MaDoiTac", "MaThamChieu", "ThoiGianGD"];
/// Order of the signed values of QUERY and GET_BILL.
pub(crate) const ASK: [&str; 5] = ["LoaiBanTin", "PhienBan", "MaDoiTac", "MaThamChieu", "ThoiGianGD"];

/// Signs the named values of a message.
pub(crate) fn sign(message: &Value, names: &[&str], secret: &str) -> String {
    let values: Vec<String> = names.iter().map(|name| text_of(message, name)).collect();
    signature(&values.iter().map(String::as_str).collect::<Vec<_>>(), secret)
}

/// Adds MaXacThuc.
pub(crate) fn signed(mut message: Value, names: &[&str], secret: &str) -> Value {
    let signature = sign(&message, names, secret);
    if let Some(map) = message.as_object_mut() {
        map.insert("MaXacThuc".to_owned(), json!(signature));
    }
    message
}

pub(crate) fn is_signed(message: &Value, names: &[&str], secret: &str) -> bool {
    let given = text_of(message, "MaXacThuc").to_lowercase();
    sign(message, names, secret).as_bytes().ct_eq(given.as_bytes()).into()
}

impl National {
    #[must_use]
    pub fn new(settings: NationalSettings, line: Line) -> Self {
        Self { settings, line }
    }

    /// The message INIT, signed; `None` when it breaks a rule of the platform or of ours.
    fn init(&self, order: &Order) -> Option<Value> {
        let sum: i64 = order.lines.iter().map(|line| line.amount).sum();
        let info = format!("THANH TOAN HO SO {}", plain(&order.dossier_code, 40).to_uppercase());
        let clean = ![order.reference.as_str(), info.as_str(), order.ip.as_str()].iter().any(|text| text.contains('|'));
        if sum != order.amount || order.amount <= 0 || !clean {
            return None;
        }
        let message = json!({
            "LoaiBanTin": "INIT", "PhienBan": VERSION, "MaDoiTac": self.settings.partner,
            "MaThamChieu": order.reference, "SoTien": order.amount.to_string(), "LoaiHinhThanhToan": "PAY",
            "MaKenhThanhToan": "1", "MaThietBi": "1", "NgonNgu": "vi-VN", "MaTienTe": "VND", "MaNganHang": "PAYMENT",
            "ThongTinGiaoDich": info, "ThoiGianGD": stamp(order.created_at), "Ip": order.ip,
            "ThongTinBienLai": self.receipt_facts(order),
        });
        Some(signed(message, &INIT, &self.settings.secret))
    }

    /// ThongTinBienLai: what the platform prints; not signed. Absent text is empty.
    fn receipt_facts(&self, order: &Order) -> Value {
        let fee = |line: &kernel_contract::OrderLine| {
            let kind = if line.kind == FeeKind::Phi { "Phi" } else { "LePhi" };
            json!({
                "LoaiPhiLePhi": kind, "MaPhiLePhi": line.code, "TenPhiLePhi": line.name, "SoTien": line.amount.to_string()
            })
        };
        let fees: Vec<Value> = order.lines.iter().map(fee).collect();
        let paid = order.lines.iter().map(|l| json!({ "NoiDung": l.name, "SoTien": l.amount.to_string() }));
        let (paid, to) = (paid.collect::<Vec<Value>>(), &self.settings.beneficiary);
        json!({
            "MaDichVu": "2", "MaDVC": format!("{}.01", order.procedure), "TenDVC": short(&order.procedure_name),
            "MaTTHC": order.procedure, "TenTTHC": short(&order.procedure_name), "MaDonVi": order.agency,
            "TenDonVi": order.agency_name, "MaHoSo": order.dossier_code, "PhiLePhi": fees, "TKThuHuong": to.account,
            "MaNHThuHuong": to.bank_bin, "TenTKThuHuong": to.account_name, "MaLoaiHinhThuPhat": "",
            "TenLoaiHinhThuPhat": "", "MaCoQuanQD": "", "TenCoQuanQD": "", "KhoBac": "", "NgayQD": "", "SoQD": "",
            "ThoiGianViPham": "", "DiaDiemViPham": "", "TenNguoiViPham": "", "TaiKhoanThuNSNN": "",
            "NoiDungThanhToan": "", "HoTenNguoiNop": order.payer, "SoCMNDNguoiNop": "", "DiaChiNguoiNop": "",
            "HuyenNguoiNop": "", "TinhNguoiNop": "", "DSKhoanNop": paid,
        })
    }

    fn question(&self, kind: &str, question: &Question) -> Value {
        let message = json!({
            "LoaiBanTin": kind, "PhienBan": VERSION, "MaDoiTac": self.settings.partner,
            "MaThamChieu": question.reference, "ThoiGianGD": stamp(question.now),
        });
        signed(message, &ASK, &self.settings.secret)
    }

    /// The facts of a signed CONFIRM or of an answer to QUERY, which has the same fields.
    fn notice(&self, message: &Value) -> Result<PayNotice, Distrust> {
        if !is_signed(message, &CONFIRM, &self.settings.secret) || text_of(message, "MaDoiTac") != self.settings.partner
        {
            return Err(Distrust::Forged);
        }
        let amount = text_of(message, "SoTien").parse().ok().filter(|a| *a >= 0).ok_or(Distrust::Unreadable)?;
        let code = text_of(message, "MaLoi");
        Ok(PayNotice {
            reference: text_of(message, "MaThamChieu"),
            amount,
            paid: code == "00",
            reason: reason(&code),
            code,
            transaction: text_of(message, "MaGiaoDich"),
            bank: text_of(message, "MaNganHang"),
        })
    }
}

fn reason(code: &str) -> Words {
    if code == "00" {
        Words::new("Đã thanh toán.", "Paid.")
    } else {
        Words::new(
            format!("Nền tảng thanh toán quốc gia báo giao dịch không thành công (mã {code})."),
            format!("The national platform says that the payment failed (code {code})."),
        )
    }
}

/// Names over 250 characters are cut: the platform takes about so many.
fn short(name: &str) -> String {
    if name.chars().count() <= 250 { name.to_owned() } else { name.chars().take(200).collect::<String>() + "..." }
}

impl PaymentGateway for National {
    fn channel(&self) -> PayChannel {
        PayChannel::National
    }

    fn start(&self, order: &Order) -> Started {
        let Some(message) = self.init(order) else {
            let reason = "the order breaks a rule of the platform".to_owned();
            return Started::Refused { code: "own".to_owned(), reason };
        };
        match self.line.post(&self.settings.init_url, &message, &self.settings.bearer) {
            Ok((status, bytes)) => started(status, &bytes),
            Err(reason) => Started::Unknown { reason },
        }
    }

    fn read(&self, raw: &RawNotice) -> Result<PayNotice, Distrust> {
        if !self.settings.senders.allow(&raw.sender) {
            return Err(Distrust::Prohibited);
        }
        let message: Value = serde_json::from_slice(&raw.body).map_err(|_| Distrust::Unreadable)?;
        if text_of(&message, "LoaiBanTin") != "CONFIRM" {
            return Err(Distrust::Unreadable);
        }
        self.notice(&message)
    }

    fn reply(&self, raw: &RawNotice, outcome: Outcome, now: Instant) -> Reply {
        let (code, words) = match outcome {
            Outcome::Recorded | Outcome::Repeated => ("00", "Thanh cong"),
            Outcome::AlreadySettled => ("02", "Giao dich da duoc xac nhan"),
            Outcome::UnknownReference => ("01", "Khong tim thay ma tham chieu"),
            Outcome::Prohibited => ("03", "Dia chi khong duoc phep"),
            Outcome::WrongAmount => ("04", "Sai so tien"),
            Outcome::Forged => ("97", "Sai ma xac thuc"),
            Outcome::Unreadable | Outcome::Failed => ("99", "Loi khac"),
        };
        let asked: Value = serde_json::from_slice(&raw.body).unwrap_or_default();
        let reference = text_of(&asked, "MaThamChieu");
        let reference: String = reference.chars().filter(char::is_ascii_alphanumeric).take(64).collect();
        let answer = json!({
            "MaLoi": code, "MoTaLoi": words, "MaDoiTac": self.settings.partner, "MaThamChieu": reference,
            "ThoiGianGD": stamp(now),
        });
        Reply { status: 200, body: signed(answer, &CONFIRM_REPLY, &self.settings.secret).to_string() }
    }

    /// The platform brings the browser back with the reference only.
    fn returned(&self, query: &[(String, String)]) -> Option<String> {
        query.iter().find(|(name, _)| name == "MaThamChieu").map(|(_, value)| value.clone())
    }

    fn ask(&self, question: &Question) -> Asked {
        let silent = |reason: String| Asked::Silent { reason };
        let message = self.question("QUERY", question);
        let (status, bytes) = match self.line.post(&self.settings.query_url, &message, &self.settings.bearer) {
            Ok(answer) => answer,
            Err(reason) => return silent(reason),
        };
        let Ok(answer) = serde_json::from_slice::<Value>(&bytes) else {
            return silent(format!("status {status}, not JSON"));
        };
        match self.notice(&answer) {
            Ok(notice) if notice.reference != question.reference => silent("another reference".to_owned()),
            Ok(_) if text_of(&answer, "TrangThaiGD") == WAITING => Asked::Waiting,
            Ok(_) if text_of(&answer, "TrangThaiGD") == NOT_KNOWN => Asked::NotKnown,
            Ok(notice) => Asked::Known(notice),
            Err(distrust) => silent(format!("{distrust:?}")),
        }
    }

    /// The messages of version 1.0.6 have no refund: money goes back by transfer.
    fn refund(&self, _order: &RefundOrder) -> Refunded {
        Refunded::NotOffered
    }

    /// How the portal proves itself is not published: a token that both sides keep, and its networks.
    fn looked_up(&self, raw: &RawNotice) -> Option<Result<String, Distrust>> {
        if self.settings.lookup_token.is_empty() {
            return None;
        }
        let known: bool = self.settings.lookup_token.as_bytes().ct_eq(raw.authorization.as_bytes()).into();
        if !self.settings.senders.allow(&raw.sender) {
            return Some(Err(Distrust::Prohibited));
        }
        if !known {
            return Some(Err(Distrust::Forged));
        }
        let message: Value = serde_json::from_slice(&raw.body).unwrap_or_default();
        let code = text_of(&message, "MaTraCuuTT");
        Some(if code.is_empty() { Err(Distrust::Unreadable) } else { Ok(code) })
    }

    fn tell_owed(&self, owed: &OwedByCode) -> Reply {
        let plain = |code: &str, words: &str| json!({ "error_code": code, "message": words });
        let answer = match owed {
            OwedByCode::Open(order) => {
                let mut facts = self.receipt_facts(order);
                if let Some(map) = facts.as_object_mut() {
                    map.insert("error_code".to_owned(), json!("0"));
                    map.insert("message".to_owned(), json!(""));
                    map.insert("MaThamChieu".to_owned(), json!(order.reference));
                    map.insert("SoTien".to_owned(), json!(order.amount.to_string()));
                }
                facts
            }
            OwedByCode::Paid => plain("1", "Da thanh toan"),
            OwedByCode::Nothing => plain("-1", "Khong tim thay khoan phai nop"),
            OwedByCode::Refused => plain("-1", "Yeu cau khong hop le"),
        };
        let status = if *owed == OwedByCode::Refused { 403 } else { 200 };
        Reply { status, body: answer.to_string() }
    }

    fn bill(&self, question: &Question) -> Option<Vec<u8>> {
        let message = self.question("GET_BILL", question);
        let (status, bytes) = self.line.post(&self.settings.bill_url, &message, &self.settings.bearer).ok()?;
        (status == 200 && bytes.starts_with(b"%PDF")).then_some(bytes)
    }
}

/// Words of TrangThaiGD beside a paid or failed transaction (not found in a public paper: the simulator's words).
pub(crate) const WAITING: &str = "CHUA_THANH_TOAN";
pub(crate) const NOT_KNOWN: &str = "KHONG_TIM_THAY";

fn started(status: u16, bytes: &[u8]) -> Started {
    let unknown = |reason: String| Started::Unknown { reason };
    let Ok(answer) = serde_json::from_slice::<Value>(bytes) else {
        return unknown(format!("status {status}, not JSON"));
    };
    match text_of(&answer, "error_code").as_str() {
        "0" => {
            // The answer is JSON text inside JSON.
            let inner = serde_json::from_str::<Value>(&text_of(&answer, "message")).unwrap_or_default();
            let url = text_of(&inner, "UrlThanhToan");
            if is_web_address(&url) { Started::Redirect { url } } else { unknown("no address to pay at".to_owned()) }
        }
        "" => unknown(format!("status {status}, no error_code")),
        code => {
            let reason = text_of(&answer, "message").chars().take(500).collect();
            Started::Refused { code: code.to_owned(), reason }
        }
    }
}

/// A browser may be sent there.
fn is_web_address(url: &str) -> bool {
    let web = url.starts_with("https://") || url.starts_with("http://");
    web && url.len() <= 2_000 && !url.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_example_of_init_has_its_signature() {
        let values = [
            "INIT",
            "1.0.6",
            "DT_TEST",
            "00000H472107260001093015",
            "50000",
            "PAY",
            "1",
            "1",
            "vi-VN",
            "VND",
            "PAYMENT",
            "Le phi ho so 0001",
            "20210726093015",
            "10.0.0.1",
        ];
        let expected = "55f0ee1f156a74672744434d68f22007aa15d3a0322b90e5467d26ec6258a8ad";
        assert_eq!(signature(&values, "bi-mat"), expected);
    }

    #[test]
    fn garbage_for_an_answer_leaves_the_order_unknown_and_a_refusal_does_not() {
        for garbage in ["", "<html>", "[]", r#"{"error_code":"0","message":"not json"}"#, r#"{"error_code":"0"}"#] {
            assert!(matches!(started(200, garbage.as_bytes()), Started::Unknown { .. }), "{garbage}");
        }
        let evil = r#"{"error_code":"0","message":"{\"UrlThanhToan\":\"javascript:alert(1)\"}"}"#;
        assert!(matches!(started(200, evil.as_bytes()), Started::Unknown { .. }));
        let no = started(200, r#"{"error_code":"5","message":"Sai"}"#.as_bytes());
        assert_eq!(no, Started::Refused { code: "5".to_owned(), reason: "Sai".to_owned() });
    }
}
