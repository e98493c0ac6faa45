//! Values that go into and come out of statements: the four column types that both engines share.

use jiff::civil::Date;
use kernel_base::{AgencyId, Home, Instant, TypedId, Vnd};

/// One value of a column: `TEXT`, `BIGINT`, `BOOLEAN`, `DOUBLE PRECISION` or `NULL`.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Real(f64),
    Text(String),
}

impl Value {
    /// What it is, without its content: safe to write into a log.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "NULL",
            Self::Bool(_) => "BOOLEAN",
            Self::Int(_) => "BIGINT",
            Self::Real(_) => "DOUBLE PRECISION",
            Self::Text(_) => "TEXT",
        }
    }
}

/// The parameters of a statement, from `$2` on: `params![id(&dossier), "text", 5, None::<String>]`.
#[macro_export]
macro_rules! params {
    () => { [] as [$crate::Value; 0] };
    ($($value:expr),+ $(,)?) => { [$($crate::Value::from($value)),+] };
}

/// A typed identifier as a parameter.
pub fn id<I: TypedId>(id: &I) -> Value {
    Value::Text(id.as_str().to_owned())
}

/// A typed identifier that may be absent, as a parameter.
pub fn opt_id<I: TypedId>(id: Option<&I>) -> Value {
    id.map_or(Value::Null, |id| Value::Text(id.as_str().to_owned()))
}

/// Anything serialisable as a parameter for a TEXT column holding JSON.
///
/// # Errors
/// `Internal` when the value cannot be written as JSON (a map with keys that are not texts).
pub fn json<T: serde::Serialize + ?Sized>(value: &T) -> kernel_base::Result<Value> {
    serde_json::to_string(value)
        .map(Value::Text)
        .map_err(|error| kernel_base::Error::internal(format!("cannot write JSON: {error}")))
}

macro_rules! from_texts {
    ($($type:ty => |$value:ident| $text:expr;)*) => {
        $(impl From<$type> for Value {
            fn from($value: $type) -> Self {
                Self::Text($text)
            }
        })*
    };
}

from_texts! {
    &str => |value| value.to_owned();
    String => |value| value;
    &String => |value| value.clone();
    Instant => |value| value.to_string();
    &Instant => |value| value.to_string();
    AgencyId => |value| value.as_str().to_owned();
    &AgencyId => |value| value.as_str().to_owned();
    &Home => |value| value.as_str().to_owned();
    Date => |value| value.to_string();
    &Date => |value| value.to_string();
    serde_json::Value => |value| value.to_string();
    &serde_json::Value => |value| value.to_string();
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<i32> for Value {
    fn from(value: i32) -> Self {
        Self::Int(value.into())
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Self::Int(value.into())
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Real(value)
    }
}

impl From<Vnd> for Value {
    fn from(value: Vnd) -> Self {
        Self::Int(value.dong())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A type that a column can be read as.
pub trait FromValue: Sized {
    /// What the column should hold, for the error message.
    const EXPECTED: &'static str;

    /// `None` when the value is of another type or breaks the type's rules.
    fn from_value(value: &Value) -> Option<Self>;
}

impl FromValue for Value {
    const EXPECTED: &'static str = "any value";

    fn from_value(value: &Value) -> Option<Self> {
        Some(value.clone())
    }
}

impl FromValue for String {
    const EXPECTED: &'static str = "TEXT";

    fn from_value(value: &Value) -> Option<Self> {
        text(value).map(str::to_owned)
    }
}

impl FromValue for i64 {
    const EXPECTED: &'static str = "BIGINT";

    fn from_value(value: &Value) -> Option<Self> {
        if let Value::Int(number) = value { Some(*number) } else { None }
    }
}

impl FromValue for u32 {
    const EXPECTED: &'static str = "BIGINT from 0 to 4294967295";

    fn from_value(value: &Value) -> Option<Self> {
        Self::try_from(i64::from_value(value)?).ok()
    }
}

/// SQLite keeps truth as 0 and 1.
impl FromValue for bool {
    const EXPECTED: &'static str = "BOOLEAN";

    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(truth) => Some(*truth),
            Value::Int(0) => Some(false),
            Value::Int(1) => Some(true),
            _ => None,
        }
    }
}

impl FromValue for f64 {
    const EXPECTED: &'static str = "DOUBLE PRECISION";

    #[expect(clippy::cast_precision_loss, reason = "a column of whole numbers read as a share or an average")]
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Real(number) => Some(*number),
            Value::Int(number) => Some(*number as Self),
            _ => None,
        }
    }
}

impl FromValue for Instant {
    const EXPECTED: &'static str = "an instant as TEXT (2021-07-26T01:00:00.000Z)";

    fn from_value(value: &Value) -> Option<Self> {
        Self::parse(text(value)?)
    }
}

impl FromValue for Date {
    const EXPECTED: &'static str = "a date as TEXT (2021-07-26)";

    fn from_value(value: &Value) -> Option<Self> {
        text(value)?.parse().ok()
    }
}

impl FromValue for AgencyId {
    const EXPECTED: &'static str = "an agency identifier as TEXT (000.00.00.H47)";

    fn from_value(value: &Value) -> Option<Self> {
        Self::parse(text(value)?)
    }
}

impl FromValue for Home {
    const EXPECTED: &'static str = "a home as TEXT (H47)";

    fn from_value(value: &Value) -> Option<Self> {
        Self::parse(text(value)?)
    }
}

impl FromValue for Vnd {
    const EXPECTED: &'static str = "đồng as BIGINT, not negative";

    fn from_value(value: &Value) -> Option<Self> {
        Self::new(i64::from_value(value)?)
    }
}

impl FromValue for serde_json::Value {
    const EXPECTED: &'static str = "JSON as TEXT";

    fn from_value(value: &Value) -> Option<Self> {
        serde_json::from_str(text(value)?).ok()
    }
}

impl<T: FromValue> FromValue for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;

    fn from_value(value: &Value) -> Option<Self> {
        if *value == Value::Null { Some(None) } else { T::from_value(value).map(Some) }
    }
}

pub(crate) fn text(value: &Value) -> Option<&str> {
    if let Value::Text(text) = value { Some(text) } else { None }
}
