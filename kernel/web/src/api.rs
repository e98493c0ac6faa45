//! JSON bodies: read strictly, faults named by field.

use std::{collections::HashSet, fmt};

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    response::IntoResponse,
};
use http::header;
use kernel_base::{Error, FieldError, Kind, Words};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, DeserializeSeed, MapAccess, SeqAccess, Visitor},
};

use crate::{Problem, present::by_status};

/// A JSON body as `B`: at most 64 levels deep, no key twice in an object; faults are named by their path.
#[derive(Debug, Clone)]
pub struct Json<B>(pub B);

impl<B: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<B> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let json = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let media =
            |kind: &str| kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json");
        if !json.is_some_and(media) {
            return Err(by_status(http::StatusCode::UNSUPPORTED_MEDIA_TYPE).into());
        }
        let bytes = Bytes::from_request(request, state).await;
        let bytes = bytes.map_err(|rejection| by_status(rejection.into_response().status()))?;
        Ok(Self(parse(&bytes)?))
    }
}

/// Reads JSON strictly, as [`Json`] does.
///
/// # Errors
/// `malformed` when it is not JSON, too deep or repeats a key; `Invalid` with the field that does not fit.
pub fn parse<B: DeserializeOwned>(bytes: &[u8]) -> kernel_base::Result<B> {
    let mut strict = serde_json::Deserializer::from_slice(bytes);
    Strict { depth: 0 }.deserialize(&mut strict).map_err(|error| no_json(&error))?;
    strict.end().map_err(|error| no_json(&error))?;
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| named(&error))
}

/// Not JSON at all, or none that is taken: says where.
fn no_json(error: &serde_json::Error) -> Error {
    let (line, column) = (error.line(), error.column());
    let words = Words::new(
        format!(
            "Nội dung gửi lên không phải JSON đúng cú pháp (dòng {line}, cột {column}): mã UTF-8 không BOM, không lặp tên trường, không lồng quá 64 tầng. Hãy sửa rồi gửi lại."
        ),
        format!(
            "The body is no valid JSON (line {line}, column {column}): UTF-8 without BOM, no name twice, at most 64 levels deep. Correct it and send it again."
        ),
    );
    Error::new(Kind::Invalid, "malformed", words).with_inside(error.to_string())
}

/// Turns serde's sentence into a field error in the words of the interface.
fn named(error: &serde_path_to_error::Error<serde_json::Error>) -> Error {
    let inside = error.inner().to_string();
    let path = error.path().to_string();
    let path = if path == "." { String::new() } else { path.replace('[', ".").replace(']', "") };
    let quoted = |text: &str| text.split('`').nth(1).unwrap_or_default().to_owned();
    let below = |name: String| if path.is_empty() { name } else { format!("{path}.{name}") };
    let (field, code, words): (String, &str, Words) = if inside.starts_with("missing field") {
        (below(quoted(&inside)), "required", ("Thiếu trường này.", "This field is missing.").into())
    } else if inside.starts_with("unknown field") {
        // serde_path_to_error already ends the path with the unknown name.
        let field = if path.is_empty() { quoted(&inside) } else { path };
        (field, "unknown", ("Không có trường này.", "There is no such field.").into())
    } else if inside.starts_with("unknown variant") {
        (
            path,
            "choice",
            ("Giá trị không nằm trong danh sách cho phép.", "The value is not one of the allowed ones.").into(),
        )
    } else {
        (path, "format", ("Giá trị sai kiểu hoặc sai dạng.", "The value has the wrong type or form.").into())
    };
    Error::invalid(vec![FieldError::new(field, code, words)]).with_inside(inside)
}

/// Walks a JSON text and refuses what is too deep or repeats a key.
struct Strict {
    depth: u8,
}

const DEEPEST: u8 = 64;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.depth > DEEPEST {
            return Err(serde::de::Error::custom("deeper than 64 levels"));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(Self { depth: self.depth + 1 })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let mut keys = HashSet::new();
        while let Some(key) = object.next_key::<String>()? {
            if keys.contains(&key) {
                return Err(serde::de::Error::custom(format!("the key {key:?} stands twice")));
            }
            keys.insert(key);
            object.next_value_seed(Self { depth: self.depth + 1 })?;
        }
        Ok(())
    }
}

/// The body of an answer to `POST /api/v1/tokens` and similar: JSON that is never cached.
pub fn json<B: serde::Serialize>(status: http::StatusCode, body: &B) -> axum::response::Response {
    (status, [(header::CACHE_CONTROL, "no-store")], axum::Json(body)).into_response()
}

/// The answer of [`crate::idempotent`]; one given again says so with `Idempotency-Replayed: true`.
pub fn stored_json(stored: &crate::Stored) -> axum::response::Response {
    let status = http::StatusCode::from_u16(stored.status).unwrap_or(http::StatusCode::OK);
    let mut response = json(status, &stored.body);
    if stored.replayed {
        response.headers_mut().insert("idempotency-replayed", http::HeaderValue::from_static("true"));
    }
    response
}

/// An empty object: `{}`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Empty {}

#[cfg(test)]
mod tests {
    use kernel_base::Kind;
    use serde_json::Value;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[expect(dead_code, reason = "only its presence matters")]
        paper: String,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        #[expect(dead_code, reason = "only its presence matters")]
        papers: Vec<Inner>,
        #[serde(default)]
        #[expect(dead_code, reason = "only its presence matters")]
        amount: i64,
    }

    fn fault(text: &str) -> (String, String) {
        let error = parse::<Body>(text.as_bytes()).unwrap_err();
        assert_eq!(error.code, "invalid_input", "{error}");
        (error.fields[0].field.clone(), error.fields[0].code.clone())
    }

    #[test]
    fn a_fault_is_named_by_its_path() {
        assert_eq!(fault("{}"), ("papers".into(), "required".into()));
        assert_eq!(fault(r#"{"papers":[{"paper":"a"},{}]}"#), ("papers.1.paper".into(), "required".into()));
        assert_eq!(fault(r#"{"papers":[{"paper":5}]}"#), ("papers.0.paper".into(), "format".into()));
        assert_eq!(fault(r#"{"papers":[],"status":"settled"}"#), ("status".into(), "unknown".into()));
        assert_eq!(fault(r#"{"papers":[],"amount":1.5}"#), ("amount".into(), "format".into()));
    }

    #[test]
    fn depth_repeated_keys_and_impossible_numbers_are_refused() {
        for bad in [
            "[".repeat(100_000),
            format!("{}{}", "[".repeat(70), "]".repeat(70)),
            r#"{"a":1,"a":2}"#.to_owned(),
            r#"{"b":[{"a":1,"a":2}]}"#.to_owned(),
            "1e400".to_owned(),
            "NaN".to_owned(),
            "{} {}".to_owned(),
            String::new(),
        ] {
            let error = parse::<Value>(bad.as_bytes()).unwrap_err();
            assert_eq!((error.kind, error.code), (Kind::Invalid, "malformed"), "{}", &bad[..bad.len().min(20)]);
        }
        assert!(parse::<Value>(br#"{"a":{"a":1},"b":null}"#).is_ok());
    }
}
