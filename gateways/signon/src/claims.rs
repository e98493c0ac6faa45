//! From a provider's claims to ours.

use std::collections::BTreeMap;

use kernel_base::{Error, Result, text};
use kernel_contract::{SignOnAudience, SignOnClaims, SignOnHolder, SignedOn};
use kernel_org::Assurance;
use serde_json::{Map, Value};

use crate::{ProviderSettings, refused};

/// Claims longer than this are nobody's name or address.
const LONGEST: usize = 500;

/// Adds what userinfo said; the identity token has the word where both speak, and both speak of the same subject.
pub(crate) fn add(said: &mut Map<String, Value>, more: Map<String, Value>) -> Result<()> {
    if more.get("sub") != said.get("sub") {
        return Err(refused("userinfo speaks of another subject"));
    }
    for (name, value) in more {
        said.entry(name).or_insert(value);
    }
    Ok(())
}

/// A claim as text: numbers and lists are written out, objects are not read.
fn text_of(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text::clean_line(text),
        Value::Number(number) => number.to_string(),
        Value::Array(list) => list.iter().filter_map(text_of).collect::<Vec<_>>().join(" "),
        Value::Bool(_) | Value::Null | Value::Object(_) => return None,
    };
    (!text.is_empty() && text.len() <= LONGEST).then_some(text)
}

fn first(said: &Map<String, Value>, names: &[String]) -> Option<String> {
    names.iter().find_map(|name| said.get(name).and_then(text_of))
}

/// The sign-on, under our own names.
///
/// # Errors
/// Without a technical id, or without the identity number that this kind of account must have.
pub(crate) fn signed_on(settings: &ProviderSettings, said: &Map<String, Value>, id_token: String) -> Result<SignedOn> {
    let technical_id = first(said, &settings.technical_id).ok_or_else(|| incomplete("no technical id"))?;
    let kind = said.get(&settings.holder_claim).and_then(text_of);
    let organisation = kind.as_deref() == Some(settings.organisation.as_str());
    let mut claims: BTreeMap<String, String> = BTreeMap::new();
    for (ours, theirs) in &settings.claims {
        if let Some(value) = first(said, theirs) {
            let value = if ours == "birth_date" { date(&value).unwrap_or_default() } else { value };
            claims.insert(ours.clone(), value);
        }
    }
    let claims = SignOnClaims(claims);
    let has = |one: &str, other: &str| claims.get(one).is_some() || claims.get(other).is_some();
    let named = match (settings.audience, organisation) {
        (SignOnAudience::Staff, _) => true,
        (_, true) => has("tax_code", "business_number"),
        (_, false) => has("identity_number", "old_identity_number"),
    };
    if !named {
        return Err(incomplete("no identity number of this kind of account"));
    }
    Ok(SignedOn {
        provider: settings.id.clone(),
        technical_id,
        holder: if organisation { SignOnHolder::Organisation } else { SignOnHolder::Person },
        assurance: assurance(settings, said),
        claims,
        id_token,
        subject: said.get("sub").and_then(text_of).unwrap_or_default(),
        session: said.get("sid").and_then(text_of).unwrap_or_default(),
    })
}

fn incomplete(inside: &str) -> Error {
    Error::not_found(
        "sign_on_incomplete",
        (
            "Tài khoản của bạn ở nơi đăng nhập chưa có mã định danh. Hãy cập nhật tài khoản ở đó, hoặc đăng nhập bằng mã gửi đến điện thoại.",
            "Your account at the provider has no identity number yet. Complete it there, or sign in by a code to your phone.",
        ),
    )
    .with_inside(inside)
}

/// The first claim that says something we understand; the highest where it names several.
fn assurance(settings: &ProviderSettings, said: &Map<String, Value>) -> Assurance {
    let level = |name: &String| {
        let text = said.get(name).and_then(text_of)?;
        let words = text.split([' ', ',', ';']).filter_map(|word| settings.assurance.get(word));
        words.copied().max()
    };
    settings.assurance_claims.iter().find_map(level).and_then(Assurance::level).unwrap_or_default()
}

/// `26/07/1990`, `1990-07-26` or `19900726` as `1990-07-26`.
fn date(text: &str) -> Option<String> {
    let digits: Vec<&str> = text.split(['/', '-', '.']).collect();
    let (year, month, day) = match digits.as_slice() {
        [year, month, day] if year.len() == 4 => (*year, *month, *day),
        [day, month, year] => (*year, *month, *day),
        [all] if all.len() == 8 => (all.get(..4)?, all.get(4..6)?, all.get(6..)?),
        _ => return None,
    };
    let made = jiff::civil::Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
    Some(made.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn settings(audience: &str) -> ProviderSettings {
        let value = json!({
            "id": "dvcqg", "name": "Cổng", "audience": audience, "issuer": "https://x.vn", "client_id": "chuyendong",
        });
        serde_json::from_value(value).unwrap()
    }

    fn said(value: &Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn claims_of_the_portal_are_read_under_our_names() {
        let all = said(&json!({
            "sub": "1", "TechID": "T-1", "LoaiTaiKhoan": 1, "SoDinhDanh": "049090000001", "HoVaTen": " Trần  Thí Dụ ",
            "NgayThangNamSinh": "26/07/1990", "loAs": "LoA1 LoA2", "Khac": { "x": 1 },
        }));
        let on = signed_on(&settings("citizens"), &all, String::new()).unwrap();
        assert_eq!((on.technical_id.as_str(), on.holder, on.assurance.number()), ("T-1", SignOnHolder::Person, 2));
        assert_eq!(on.claims.get("name"), Some("Trần Thí Dụ"));
        assert_eq!(on.claims.get("birth_date"), Some("1990-07-26"));
    }

    #[test]
    fn without_technical_id_or_identity_number_nobody_comes_in() {
        let citizens = settings("citizens");
        let code = |value: Value| signed_on(&citizens, &said(&value), String::new()).unwrap_err().code;
        assert_eq!(code(json!({ "sub": "1", "SoDinhDanh": "049090000001" })), "sign_on_incomplete");
        assert_eq!(code(json!({ "sub": "1", "TechID": "T" })), "sign_on_incomplete");
        let business = json!({ "sub": "1", "TechID": "T", "LoaiTaiKhoan": "2", "SoDinhDanh": "049090000001" });
        assert_eq!(code(business), "sign_on_incomplete", "a business has a tax code or a business number");
    }

    #[test]
    fn a_level_that_is_not_known_is_none() {
        let all = said(&json!({ "sub": "1", "TechID": "T", "SoDinhDanh": "1", "acr": "urn:x", "IAL": "9" }));
        assert_eq!(signed_on(&settings("citizens"), &all, String::new()).unwrap().assurance, Assurance::CONTACT);
    }

    #[test]
    fn userinfo_of_another_subject_is_refused() {
        let mut all = said(&json!({ "sub": "1" }));
        assert_eq!(add(&mut all, said(&json!({ "sub": "2", "TechID": "T" }))).unwrap_err().code, "sign_on_refused");
        assert!(add(&mut all, said(&json!({ "sub": "1", "TechID": "T" }))).is_ok());
        assert_eq!(all["TechID"], "T");
    }

    #[test]
    fn dates_are_read_in_the_ways_providers_write_them() {
        for text in ["26/07/1990", "1990-07-26", "19900726"] {
            assert_eq!(date(text).as_deref(), Some("1990-07-26"), "{text}");
        }
        assert_eq!(date("31/02/1990"), None);
    }
}
