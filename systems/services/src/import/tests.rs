use jiff::civil::date;
use kernel_base::Vnd;
use kernel_contract::{Channel, Limit, Tier};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{ImportFault, ImportedProcedure, read, sections, template};
use crate::seed::{Agencies, ProcedureFile};

mod excel;

fn published() -> Value {
    json!({
        "MATTHC": "1.001193.000.00.00.H49", "TENTTHC": "Thủ tục đăng ký khai sinh", "MACOQUANCONGBO": "Bộ Tư pháp", "TRANGTHAI": 1,
        "YEUCAU": "Không có.",
        "TRINHTUTHUCHIEN": [{"TRUONGHOP": "", "TRINHTU": [{"TENTRINHTU": "- Bước 1: nộp hồ sơ"}, {"TENTRINHTU": "- Bước 2: nhận kết quả"}]}],
        "LINHVUCTHUCHIEN": [{"MALINHVUC": "G15-TP01", "TENLINHVUC": "Hộ tịch"}],
        "CACHTHUCTHUCHIEN": [
            {"KENH": "1", "THOIGIAN": [{"THOIGIANGIAIQUYET": "30", "DONVITINH": "Ngày làm việc", "MOTA": "Kể từ ngày nhận đủ hồ sơ",
                "PHILEPHI": [{"MAPHILEPHI": "LP01", "SOTIEN": "8000", "DONVI": "Đồng", "MOTA": "Lệ phí"}]}]},
            {"KENH": 2, "THOIGIAN": [{"THOIGIANGIAIQUYET": 20, "DONVITINH": "Ngày làm việc", "MOTA": "",
                "PHILEPHI": [{"MAPHILEPHI": "LP01", "SOTIEN": 8000, "DONVI": "Đồng", "MOTA": "Lệ phí"}]}]},
            {"KENH": "3", "THOIGIAN": []}
        ],
        "DOITUONGTHUCHIEN": [{"TENDOITUONG": "Công dân Việt Nam"}], "MOTADOITUONGTHUCHIEN": "Cha, mẹ",
        "KETQUATHUCHIEN": [{"MAKETQUA": "KQ1", "TENKETQUA": "Giấy khai sinh"}],
        "CANCUPHAPLY": [{"SOVANBAN": "60/2014/QH13", "TENVANBAN": "Luật Hộ tịch"}],
        "COQUANTHUCHIEN": [{"MADONVI": "", "TENDONVI": "Ủy ban nhân dân cấp xã"}],
        "THANHPHANHOSO": [{"GIAYTO": [
            {"MAGIAYTO": "GT1", "TENGIAYTO": "Giấy chứng sinh", "TENMAUDON": "", "URL": ""},
            {"MAGIAYTO": "GT2", "TENGIAYTO": "Văn bản ủy quyền (nếu có)", "TENMAUDON": "Mẫu ủy quyền", "URL": "https://example.vn/a"}]}],
        "GHICHU": "Văn bản riêng của cổng"
    })
}

fn changed(change: impl Fn(&mut Value)) -> Value {
    let mut value = published();
    change(&mut value);
    value
}

fn import(value: &Value) -> Result<Vec<ImportedProcedure>, Vec<ImportFault>> {
    read("tep.json", value.to_string().as_bytes())
}

fn draft(value: &Value) -> (ProcedureFile, ImportedProcedure) {
    let imported = import(value).unwrap().remove(0);
    (imported.valid_from(date(2021, 7, 26)), imported)
}

fn faults(value: &Value) -> Vec<String> {
    import(value).unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn a_procedure_of_the_portal_becomes_a_draft_with_cases_channels_limits_fees_and_papers() {
    let (file, imported) = draft(&published());
    assert_eq!((file.code.as_str(), file.name.vi.as_str()), ("1.001193", "Thủ tục đăng ký khai sinh"));
    assert_eq!((file.sector.code.as_str(), file.sector.name.vi.as_str()), ("G15-TP01", "Hộ tịch"));
    assert_eq!(file.offers[0].agencies, Agencies::Every(Tier::Commune));
    let version = &file.versions[0];
    assert_eq!(version.channels, [Channel::Counter, Channel::Online, Channel::Postal]);
    assert_eq!(version.bases[0].number, "60/2014/QH13");
    assert_eq!((version.steps.len(), version.result.vi.as_str()), (2, "Giấy khai sinh"));
    let case = &version.cases[0];
    assert_eq!((case.limit, case.limit_online), (Some(Limit::working_days(30)), Some(Limit::working_days(20))));
    assert!(case.limit_source.as_ref().unwrap().text.contains("Bộ Tư pháp") && !version.publishing.illustrative);
    assert_eq!((case.fees.len(), case.fees[0].amount), (1, Vnd::new(8_000)));
    assert_eq!(
        case.papers.iter().map(|p| (p.code.as_str(), p.required)).collect::<Vec<_>>(),
        [("GT1", true), ("GT2", false)]
    );
    assert_eq!(imported.cautions, []);
    assert_eq!(case.fees[0].source.valid_from, date(2021, 7, 26));
}

#[test]
fn every_published_text_is_kept_under_its_heading() {
    let (_, imported) = draft(&published());
    let sections = sections(&imported.published_text);
    let body =
        |heading: &str| sections.iter().find(|(h, _)| h == heading).map(|(_, body)| body.as_str()).unwrap_or_default();
    assert_eq!(body("Trình tự thực hiện"), "- Bước 1: nộp hồ sơ\n- Bước 2: nhận kết quả");
    assert!(
        body("Cách thức thực hiện").contains("Trực tiếp: 30 Ngày làm việc. Kể từ ngày nhận đủ hồ sơ"),
        "{sections:?}"
    );
    assert!(body("Cách thức thực hiện").contains("Bưu chính công ích: chưa công bố"));
    assert!(body("Thành phần hồ sơ").contains("Văn bản ủy quyền (nếu có) [Mẫu ủy quyền, https://example.vn/a]"));
    assert_eq!(body("Căn cứ pháp lý"), "60/2014/QH13 Luật Hộ tịch");
    assert_eq!(body("GHICHU"), "Văn bản riêng của cổng");
    for text in ["Cha, mẹ", "Không có.", "Công dân Việt Nam", "8000 Đồng Lệ phí"] {
        assert!(imported.published_text.contains(text), "{text}");
    }
}

#[test]
fn one_procedure_a_list_and_the_whole_answer_are_read_alike() {
    let other = changed(|p| p["MATTHC"] = json!("1.000894"));
    assert_eq!(import(&json!([published(), other])).unwrap().len(), 2);
    for code in [json!(0), json!("0"), json!("00")] {
        let answer = json!({"error_code": code, "message": "", "result": [published(), other]});
        assert_eq!(import(&answer).unwrap().len(), 2, "{code}");
    }
    assert_eq!(import(&json!({"error_code": 0, "result": published()})).unwrap().len(), 1);
    let with_mark = format!("\u{feff}{}", published());
    assert!(read("a.json", with_mark.as_bytes()).is_ok());
    let failed = faults(&json!({"error_code": "-1", "message": "Hết phiên", "result": []}));
    assert!(failed[0].contains("-1: Hết phiên"), "{failed:?}");
    assert!(faults(&json!([]))[0].contains("không có thủ tục nào"));
}

#[test]
fn limits_are_promised_only_when_number_and_unit_are_clear() {
    let limit = |amount: Value, unit: Value| {
        let (file, imported) = draft(&changed(|p| {
            p["CACHTHUCTHUCHIEN"] =
                json!([{"KENH": 1, "THOIGIAN": [{"THOIGIANGIAIQUYET": amount, "DONVITINH": unit}]}]);
        }));
        (file.versions[0].cases[0].limit, imported.cautions.len())
    };
    for (amount, unit, expected) in [
        (json!("2"), json!("Giờ"), Some(Limit::working_hours(2))),
        (json!("2 Giờ"), json!(""), Some(Limit::working_hours(2))),
        (json!(5.0), json!("Ngày làm việc"), Some(Limit::working_days(5))),
        (json!("30 Ngày làm việc"), Value::Null, Some(Limit::working_days(30))),
        (json!("45"), json!("Ngày"), Some(Limit::calendar_days(45))),
        (json!("Không quá 05"), json!("ngày làm việc"), Some(Limit::working_days(5))),
        (json!("Không quy định"), json!(""), None),
        (json!("Không quy định"), json!("Ngày"), None),
        (json!(""), json!("Ngày làm việc"), None),
    ] {
        assert_eq!(limit(amount.clone(), unit), (expected, 0), "{amount}");
    }
    for (amount, unit) in [
        ("Trong ngày làm việc", ""),
        ("10 đến 15", "Ngày"),
        ("1.5", "Ngày"),
        ("-3", "Ngày"),
        ("0", "Ngày"),
        ("5", "Tuần"),
        ("5", ""),
        ("99999999999999999999", "Ngày"),
        ("5 ngày làm việc kể từ ngày nhận", ""),
    ] {
        assert_eq!(limit(json!(amount), json!(unit)), (None, 1), "{amount} {unit}");
    }
}

#[test]
fn cases_have_their_own_papers_and_what_names_no_case_counts_for_all() {
    let (file, _) = draft(&changed(|p| {
        p["THANHPHANHOSO"] = json!([{"TRUONGHOP": "Chuyển đi", "GIAYTO": [{"TENGIAYTO": "Đơn"}]}, {"TRUONGHOP": "Chuyển đến", "GIAYTO": [{"TENGIAYTO": "Sổ"}, {"TENGIAYTO": "Ảnh"}]}]);
    }));
    let cases: Vec<(&str, usize)> =
        file.versions[0].cases.iter().map(|c| (c.name.vi.as_str(), c.papers.len())).collect();
    assert_eq!(cases, [("Chuyển đi", 1), ("Chuyển đến", 2)]);
    assert_eq!(file.versions[0].cases[1].code, "2-chuyen-den");
    assert!(
        file.versions[0].cases.iter().all(|case| case.limit == Some(Limit::working_days(30)) && case.fees.len() == 1)
    );
}

#[test]
fn what_leaves_a_choice_is_not_decided_but_said() {
    let twice = draft(&changed(|p| {
        p["CACHTHUCTHUCHIEN"] = json!([{"KENH": 1, "THOIGIAN": [
            {"THOIGIANGIAIQUYET": 5, "DONVITINH": "Ngày", "PHILEPHI": [{"SOTIEN": 10000, "DONVI": "Đồng"}]},
            {"THOIGIANGIAIQUYET": 10, "DONVITINH": "Ngày", "PHILEPHI": [{"SOTIEN": 20000, "DONVI": "Đồng"}]}]}]);
    }));
    let case = &twice.0.versions[0].cases[0];
    assert_eq!((case.limit, case.fees.len(), case.fees[0].amount), (None, 1, None));
    assert_eq!(twice.1.cautions.len(), 2, "{:?}", twice.1.cautions);
    let dollars = draft(&changed(|p| p["CACHTHUCTHUCHIEN"][0]["THOIGIAN"][0]["PHILEPHI"][0]["DONVI"] = json!("USD")));
    assert_eq!(dollars.0.versions[0].cases[0].fees[0].amount, None);
    assert!(dollars.1.published_text.contains("8000 USD"));
    let nobody = draft(&changed(|p| p["COQUANTHUCHIEN"] = json!([])));
    assert!(nobody.0.offers.is_empty() && nobody.1.cautions.len() == 1);
}

#[test]
fn all_faults_are_named_at_once_each_with_its_path() {
    let wrong = json!({"error_code": 0, "result": [
        changed(|p| { p["MATTHC"] = json!("1.2"); p["TENTTHC"] = json!(null); }),
        changed(|p| { p["CACHTHUCTHUCHIEN"][1]["KENH"] = json!("9"); p["YEUCAU"] = json!({"a": 1}); }),
        changed(|p| { p["THANHPHANHOSO"][0]["GIAYTO"][1]["TENGIAYTO"] = json!(""); p["CANCUPHAPLY"] = json!("luật"); }),
        "không phải thủ tục",
        changed(|p| { p["CACHTHUCTHUCHIEN"][0]["THOIGIAN"][0]["PHILEPHI"][0]["SOTIEN"] = json!("-5"); }),
    ]});
    let found = faults(&wrong);
    for path in [
        "result[0].MATTHC:",
        "result[0].TENTTHC:",
        "result[1].CACHTHUCTHUCHIEN[1].KENH:",
        "result[1].YEUCAU:",
        "result[2].THANHPHANHOSO[0].GIAYTO[1].TENGIAYTO:",
        "result[2].CANCUPHAPLY:",
        "result[3]:",
        "result[4].CACHTHUCTHUCHIEN[0].THOIGIAN[0].PHILEPHI[0].SOTIEN:",
    ] {
        assert_eq!(found.iter().filter(|fault| fault.starts_with(path)).count(), 1, "{path} in {found:#?}");
    }
    // The second, third and fifth carry the code of the same procedure.
    assert!(found.iter().any(|fault| fault.contains("đã có ở trên")));
    assert!(faults(&json!([published(), published()]))[0].starts_with("[1].MATTHC"));
}

#[test]
fn text_that_is_not_json_of_this_kind_is_refused_in_words() {
    let deep = "[".repeat(100_000);
    let deep_object = r#"{"a":"#.repeat(50_000);
    for text in [
        "",
        "{",
        "nul",
        "NaN",
        "{\"MATTHC\": NaN}",
        "{\"TRANGTHAI\": 1e400}",
        "{\"a\":1,\"a\":2}",
        "\u{0}",
        "5",
        "\"x\"",
        "null",
        "[1]",
        "[[]]",
        "{\"result\": 5}",
        "{\"error_code\": {}}",
        "{\"result\": [[[]]]}",
        deep.as_str(),
        deep_object.as_str(),
        "<html>",
        "\u{feff}",
    ] {
        let found = read("x.json", text.as_bytes()).unwrap_err();
        assert!(
            !found.is_empty() && found.iter().all(|fault| fault.message.vi.ends_with('.')),
            "{text:.40}: {found:?}"
        );
    }
    let twice = read("x.json", br#"{"MATTHC":"1.001193","MATTHC":"1.000894"}"#).unwrap_err();
    assert!(twice[0].message.en.contains("duplicate key MATTHC"), "{twice:?}");
    assert!(read("x", &[0xff, 0xfe, 0, 1]).unwrap_err()[0].to_string().starts_with("tệp x:"));
}

proptest! {
    #[test]
    fn garbage_is_refused_and_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400), zip in any::<bool>()) {
        let bytes = if zip { [b"PK\x03\x04".as_slice(), &bytes].concat() } else { bytes };
        prop_assert!(read("x", &bytes).is_err());
    }

    #[test]
    fn a_value_of_any_type_at_any_place_is_a_fault_or_a_text(place in 0_usize..14, kind in 0_usize..7) {
        let strange = [json!(null), json!(true), json!(-1.5), json!([]), json!([[1]]), json!({"x": {"y": []}}), json!("\u{0}=cmd|' /C calc'!A0")];
        let value = changed(|p| {
            let name = p.as_object().unwrap().keys().nth(place).unwrap().clone();
            p[name] = strange[kind].clone();
        });
        if let Err(found) = import(&value) {
            prop_assert!(found.iter().all(|fault| !fault.message.vi.is_empty()));
        }
    }
}
