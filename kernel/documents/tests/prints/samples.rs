//! Invented documents of Quảng Nam in July 2021.

use jiff::civil::{Date, date};
use kernel_base::{Instant, Vnd};
use kernel_documents::*;

pub(crate) fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn list(items: &[&str]) -> Vec<String> {
    items.iter().map(|&item| item.to_owned()).collect()
}

pub(crate) fn head(number: &str, form: Option<&str>, day: Date) -> Head {
    Head {
        superior: some("Ủy ban nhân dân thành phố Hội An"),
        issuer: "Ủy ban nhân dân phường Cẩm Phô".to_owned(),
        unit: some("Bộ phận Tiếp nhận và Trả kết quả"),
        number: some(number),
        place: "Hội An".to_owned(),
        date: day,
        form: form.map(|number| Form {
            number: number.to_owned(),
            act: "Thông tư số 01/2018/TT-VPCP ngày 23/11/2018".to_owned(),
        }),
        replaces: None,
        notice: some("Dữ liệu minh họa"),
    }
}

pub(crate) fn dossier() -> DossierFacts {
    DossierFacts {
        code: "000.05.07.H47-210726-0001".to_owned(),
        procedure: "Đăng ký khai sinh".to_owned(),
        procedure_code: some("1.001193"),
        applicant: Applicant {
            name: "Nguyễn Thị Thu Thủy".to_owned(),
            address: some("Số 12 đường Trần Phú, phường Cẩm Phô, thành phố Hội An, tỉnh Quảng Nam"),
            phone: some("0905 123 456"),
            email: some("thuthuy@example.vn"),
            submitter: None,
        },
    }
}

pub(crate) fn check() -> Check {
    Check {
        address: "http://127.0.0.1:8080/tra-cuu".to_owned(),
        code: "000.05.07.H47-210726-0001".to_owned(),
        key: "K7QF-2M9X".to_owned(),
        hash: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".to_owned(),
    }
}

pub(crate) fn clerk() -> Signer {
    Signer {
        rights: Vec::new(),
        office: "Người tiếp nhận hồ sơ".to_owned(),
        name: "Trần Văn Hòa".to_owned(),
        signature: Signature::ByHand,
    }
}

pub(crate) fn leader(signature: Signature) -> Signer {
    Signer {
        rights: vec![
            Right { authority: Authority::ForTheBody, of: "Ủy ban nhân dân".to_owned() },
            Right { authority: Authority::ForTheHead, of: "Chủ tịch".to_owned() },
        ],
        office: "Phó Chủ tịch".to_owned(),
        name: "Lê Thị Mỹ Ý".to_owned(),
        signature,
    }
}

pub(crate) fn paper(name: &str) -> PaperLine {
    PaperLine { name: name.to_owned(), form: some("Bản chính"), copies: Some(1) }
}

pub(crate) fn receipt() -> Receipt {
    Receipt {
        head: head("0001/TNHS", Some("01"), date(2021, 7, 26)),
        dossier: dossier(),
        papers: vec![
            paper("Tờ khai đăng ký khai sinh theo mẫu"),
            paper("Giấy chứng sinh"),
            PaperLine {
                name: "Giấy chứng nhận kết hôn của cha, mẹ".to_owned(),
                form: some("Bản điện tử"),
                copies: None,
            },
        ],
        sets: 1,
        limit: some("01 ngày làm việc"),
        received_at: at("2021-07-26T08:15"),
        promised_at: Some(at("2021-07-27T08:15")),
        delivery: "Nhận trực tiếp tại Bộ phận Tiếp nhận và Trả kết quả".to_owned(),
        fees: vec![FeeLine { name: "Lệ phí".to_owned(), amount: Vnd::new(8_000), state: some("Đã thu") }],
        register: Some(RegisterPlace { book: "01/2021".to_owned(), number: "0001".to_owned() }),
        copy: some("Liên giao người nộp hồ sơ"),
        receiver: clerk(),
        check: check(),
    }
}

pub(crate) fn supplement() -> SupplementRequest {
    let item = |subject: &str, wrong: &str, needed: &str| SupplementItem {
        subject: subject.to_owned(),
        wrong: wrong.to_owned(),
        needed: needed.to_owned(),
    };
    SupplementRequest {
        head: head("03/HDHS", Some("02"), date(2021, 7, 27)),
        dossier: dossier(),
        items: vec![
            item("Giấy chứng sinh", "Ảnh mờ, không đọc được ngày sinh", "Chụp lại đủ bốn góc, đủ sáng"),
            item(
                "Họ, chữ đệm, tên của con",
                "Khác với tên trên giấy chứng sinh",
                "Ghi lại cho khớp, hoặc nộp giấy cải chính",
            ),
        ],
        reason: some("Thông tin trên tờ khai và giấy tờ kèm theo chưa khớp nhau."),
        legal: list(&["Điều 16 Luật Hộ tịch năm 2014"]),
        reply_by: Some(date(2021, 8, 10)),
        paused_at: Some(at("2021-07-27T09:00")),
        promised_at: Some(at("2021-07-27T16:00")),
        contact: Contact { name: "bà Phạm Thị Ngọc".to_owned(), phone: some("0235 3861 234") },
        signer: Signer { office: "Người hướng dẫn".to_owned(), ..clerk() },
        check: check(),
    }
}

pub(crate) fn refusal() -> Refusal {
    Refusal {
        head: head("02/TCHS", Some("03"), date(2021, 2, 3)),
        dossier: dossier(),
        reasons: list(&[
            "Người yêu cầu không thuộc trường hợp đăng ký tại phường Cẩm Phô, vì cha và mẹ đều cư trú ở nơi khác.",
            "Giấy chứng sinh do cơ sở không có thẩm quyền cấp.",
        ]),
        legal: list(&["Điều 13 Luật Hộ tịch năm 2014"]),
        advice: some("Ông/Bà có thể nộp hồ sơ tại Ủy ban nhân dân xã nơi cư trú của cha hoặc mẹ."),
        contact: Contact { name: "ông Trần Văn Hòa".to_owned(), phone: some("0235 3861 234") },
        signer: clerk(),
        check: check(),
    }
}

pub(crate) fn apology() -> Apology {
    Apology {
        head: head("01/PXL-UBND", Some("04"), date(2021, 7, 26)),
        dossier: dossier(),
        received_at: at("2021-07-26T08:15"),
        promised_at: at("2021-07-27T16:00"),
        new_appointment: at("2021-07-29T16:00"),
        reason: "Cần xác minh nơi cư trú của cha tại xã Trà Leng, huyện Nam Trà My; đường bị sạt lở.".to_owned(),
        ahead: true,
        times: 1,
        contact: Some(Contact { name: "bà Phạm Thị Ngọc".to_owned(), phone: some("0235 3861 234") }),
        recipients: list(&["Như trên", "Phòng Nội vụ thành phố Hội An"]),
        signer: leader(Signature::NotSigned),
        check: check(),
    }
}

pub(crate) fn stop_notice() -> StopNotice {
    StopNotice {
        head: Head {
            form: Some(Form { number: "05".to_owned(), act: "Thông tư số 03/2025/TT-VPCP".to_owned() }),
            ..head("07/TB-UBND", None, date(2025, 10, 3))
        },
        dossier: dossier(),
        received_at: at("2025-09-01T08:15"),
        stopped_at: at("2025-10-03T16:30"),
        reasons: list(&["Quá thời hạn bổ sung hồ sơ mà Ông/Bà chưa nộp giấy tờ còn thiếu."]),
        legal: list(&["Căn cứ Nghị định số 118/2025/NĐ-CP;"]),
        advice: some(
            "Giấy tờ đã nộp được trả lại tại Bộ phận Tiếp nhận và Trả kết quả. Ông/Bà có thể nộp lại hồ sơ bất cứ lúc nào.",
        ),
        contact: None,
        recipients: list(&["Như trên"]),
        signer: leader(Signature::NotSigned),
        check: check(),
    }
}

pub(crate) fn control_slip(rows: usize) -> ControlSlip {
    let units = ["Bộ phận Tiếp nhận và Trả kết quả", "Công chức Tư pháp - Hộ tịch", "Lãnh đạo Ủy ban nhân dân phường"];
    ControlSlip {
        head: head("15/KSHS", Some("05"), date(2021, 7, 27)),
        dossier: dossier(),
        agency: "Ủy ban nhân dân phường Cẩm Phô".to_owned(),
        cooperating: list(&["Công an phường Cẩm Phô"]),
        received_at: at("2021-07-26T08:15"),
        promised_at: Some(at("2021-07-27T08:15")),
        finished_at: Some(at("2021-07-26T16:20")),
        outcome: Some(Timeliness::Early),
        rows: (0..rows)
            .map(|i| HandOver {
                from: units[i % 3].to_owned(),
                from_person: some("Trần Văn Hòa"),
                to: units[(i + 1) % 3].to_owned(),
                to_person: some("Nguyễn Thị Ánh Tuyết"),
                at: at("2021-07-26T08:15").plus_minutes(97 * i as i64),
                result: [Some(Timeliness::Early), Some(Timeliness::OnTime), Some(Timeliness::Late)][i % 3],
                note: (i % 3 == 2).then(|| "Chờ xác minh cư trú".to_owned()),
            })
            .collect(),
        check: check(),
    }
}

pub(crate) fn register(rows: usize) -> Register {
    Register {
        head: head("", Some("06"), date(2021, 7, 31)),
        from: date(2021, 7, 1),
        to: date(2021, 7, 31),
        scope: some("Lĩnh vực hộ tịch"),
        rows: (0..rows)
            .map(|i| RegisterRow {
                code: format!("000.05.07.H47-210726-{:04}", i + 1),
                procedure: "Cấp Giấy xác nhận tình trạng hôn nhân".to_owned(),
                sets: 1,
                applicant: "Nguyễn Thị Thu Thủy".to_owned(),
                address: some("Số 12 đường Trần Phú, phường Cẩm Phô"),
                phone: some("0905 123 456"),
                agency: "Ủy ban nhân dân phường Cẩm Phô".to_owned(),
                received_at: at("2021-07-26T08:15"),
                promised_at: (i % 4 != 3).then(|| at("2021-07-29T08:15")),
                finished_at: (i % 2 == 0).then(|| at("2021-07-28T15:00")),
                returned_at: None,
                recipient: (i % 2 == 0).then(|| "Bưu điện".to_owned()),
                note: None,
            })
            .collect(),
        check: Some(check()),
    }
}

pub(crate) fn decision() -> ResultDocument {
    ResultDocument {
        head: Head { unit: None, form: None, ..head("345/QĐ-UBND", None, date(2021, 7, 28)) },
        dossier: dossier(),
        title: "Quyết định".to_owned(),
        summary: some("Về việc thay đổi, cải chính hộ tịch cho bà Nguyễn Thị Thu Thủy"),
        decider: some("Chủ tịch Ủy ban nhân dân phường Cẩm Phô"),
        legal: list(&[
            "Căn cứ Luật Tổ chức chính quyền địa phương ngày 19 tháng 6 năm 2015;",
            "Căn cứ Luật Hộ tịch ngày 20 tháng 11 năm 2014;",
            "Xét đề nghị của công chức Tư pháp - Hộ tịch.",
        ]),
        body: vec![
            Block::Article {
                title: "Điều 1.".to_owned(),
                text:
                    "Cho phép bà Nguyễn Thị Thu Thủy, sinh ngày 03 tháng 02 năm 1990, cư trú tại số 12 đường Trần Phú, \
                       được thay đổi, cải chính nội dung hộ tịch như sau:"
                        .to_owned(),
            },
            Block::Fields {
                fields: vec![
                    Field::new("Chữ đệm và tên cũ", "Thị Thủy"),
                    Field::new("Chữ đệm và tên mới", "Thị Thu Thủy"),
                    Field::new("Quê quán", "xã Trà Leng, huyện Nam Trà My, tỉnh Quảng Nam"),
                ],
            },
            Block::Article {
                title: "Điều 2.".to_owned(),
                text:
                    "Công chức Tư pháp - Hộ tịch và bà Nguyễn Thị Thu Thủy chịu trách nhiệm thi hành Quyết định này./."
                        .to_owned(),
            },
        ],
        outcome: Outcome::Granted,
        recipients: list(&["Như Điều 2", "Phòng Tư pháp thành phố Hội An"]),
        signer: leader(Signature::NotSigned),
        check: check(),
    }
}

pub(crate) fn extract() -> ResultDocument {
    ResultDocument {
        head: Head { unit: None, form: None, ..head("12/TLKS-BS", None, date(2021, 7, 28)) },
        title: "Trích lục khai sinh".to_owned(),
        summary: some("(Bản sao)"),
        decider: None,
        legal: Vec::new(),
        body: vec![Block::Fields {
            fields: vec![
                Field::new("Họ, chữ đệm, tên", "Nguyễn Bảo Châu"),
                Field::new("Ngày, tháng, năm sinh", "03/07/2021"),
                Field::new("Giới tính", "Nữ"),
                Field::new("Dân tộc", "Cơ Tu"),
                Field::new("Nơi sinh", "Bệnh viện Đa khoa Hội An, thành phố Hội An, tỉnh Quảng Nam"),
                Field::new("Họ, chữ đệm, tên người mẹ", "Nguyễn Thị Thu Thủy"),
                Field::new("Họ, chữ đệm, tên người cha", "A Lăng Pŏng"),
            ],
        }],
        signer: leader(Signature::Approved { at: at("2021-07-28T15:00"), event: check().hash }),
        ..decision()
    }
}

pub(crate) fn refused_result() -> ResultDocument {
    ResultDocument {
        head: Head { unit: None, form: None, ..head("46/TB-UBND", None, date(2021, 7, 28)) },
        title: "Thông báo".to_owned(),
        summary: some("Về việc không giải quyết yêu cầu thay đổi hộ tịch"),
        decider: None,
        body: vec![Block::Paragraph {
            text: "Ủy ban nhân dân phường Cẩm Phô đã xem xét hồ sơ của bà Nguyễn Thị Thu Thủy.".to_owned(),
        }],
        outcome: Outcome::Refused {
            reasons: list(&["Không có căn cứ để thay đổi tên theo Điều 28 Bộ luật Dân sự năm 2015."]),
        },
        ..decision()
    }
}

pub(crate) fn check_list() -> CheckList {
    let item =
        |name: &str, detail: &str, required: bool| CheckItem { name: name.to_owned(), detail: some(detail), required };
    CheckList {
        head: Head { number: None, form: None, ..head("", None, date(2021, 7, 26)) },
        procedure: "Đăng ký khai sinh".to_owned(),
        procedure_code: some("1.001193"),
        case: some("Cha mẹ đã đăng ký kết hôn, con sinh tại bệnh viện"),
        papers: vec![
            item("Giấy chứng sinh", "01 bản chính, do bệnh viện cấp", true),
            item("Thẻ căn cước công dân của cha hoặc mẹ", "Mang bản chính để đối chiếu", true),
            item("Giấy chứng nhận kết hôn", "Không cần nếu đã có trong cơ sở dữ liệu hộ tịch", false),
        ],
        fees: vec![FeeLine { name: "Lệ phí".to_owned(), amount: None, state: None }],
        limit: some("01 ngày làm việc"),
        places: list(&["Ủy ban nhân dân phường Cẩm Phô, số 1 đường Hùng Vương, Hội An", "Trực tuyến"]),
        address: some("http://127.0.0.1:8080/thu-tuc/1.001193"),
    }
}

/// One of each, by name.
pub(crate) fn all() -> Vec<(&'static str, Document)> {
    vec![
        ("receipt", Document::Receipt(receipt())),
        ("receipt_roll", Document::ReceiptRoll(receipt())),
        ("supplement_request", Document::SupplementRequest(supplement())),
        ("refusal", Document::Refusal(refusal())),
        ("apology", Document::Apology(apology())),
        ("stop_notice", Document::StopNotice(stop_notice())),
        ("control_slip", Document::ControlSlip(control_slip(5))),
        ("register", Document::Register(register(14))),
        ("decision", Document::Result(decision())),
        ("extract", Document::Result(extract())),
        ("refused_result", Document::Result(refused_result())),
        ("check_list", Document::CheckList(check_list())),
        ("fee_receipt", Document::FeeReceipt(fee_receipt())),
    ]
}

pub(crate) fn fee_receipt() -> FeeReceipt {
    FeeReceipt {
        head: head("BLP-21/0000012", None, date(2021, 7, 26)),
        title: "Biên lai thu phí".to_owned(),
        dossier_code: "000.05.07.H47-210726-0001".to_owned(),
        procedure: "Đăng ký khai sinh".to_owned(),
        payer: "Nguyễn Thị Thu Thủy".to_owned(),
        lines: vec![FeeLine {
            name: "Phí cấp bản sao trích lục (3 bản)".to_owned(),
            amount: Vnd::new(24_000),
            state: some("Thông tư số 281/2016/TT-BTC (minh họa)"),
        }],
        total: Vnd::new(24_000).unwrap(),
        in_words: "Hai mươi bốn nghìn đồng".to_owned(),
        means: "Tiền mặt tại quầy".to_owned(),
        reference: "0000507H47210726000101A1B2C3".to_owned(),
        paid_at: at("2021-07-26T09:30"),
        cashier: some("Trần Thị Hòa"),
        check: check(),
    }
}
