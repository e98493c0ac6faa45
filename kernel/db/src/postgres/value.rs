//! Values on PostgreSQL's wire.

use std::error::Error;

use ::postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use bytes::{BufMut, BytesMut};

use crate::Value;

type Wrong = Box<dyn Error + Sync + Send>;

/// Whether a column of this type can be read.
pub(super) fn is_known(kind: &Type) -> bool {
    [Type::BOOL, Type::INT2, Type::INT4, Type::INT8, Type::FLOAT4, Type::FLOAT8].contains(kind) || is_text(kind)
}

fn is_text(kind: &Type) -> bool {
    [Type::TEXT, Type::VARCHAR, Type::BPCHAR, Type::NAME, Type::UNKNOWN].contains(kind)
}

impl ToSql for Value {
    /// Numbers widen (a whole number for a DOUBLE PRECISION), 0 and 1 are a BOOLEAN; nothing else is converted.
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Wrong> {
        match (self, kind) {
            (Self::Null, _) => return Ok(IsNull::Yes),
            (Self::Text(text), kind) if is_text(kind) => out.put_slice(text.as_bytes()),
            (Self::Int(number), &Type::INT8) => out.put_i64(*number),
            (Self::Int(number), &Type::INT4) => out.put_i32(i32::try_from(*number)?),
            (Self::Int(number), &Type::INT2) => out.put_i16(i16::try_from(*number)?),
            (Self::Bool(truth), &Type::BOOL) => out.put_u8((*truth).into()),
            (Self::Int(truth @ (0 | 1)), &Type::BOOL) => out.put_u8(u8::from(*truth == 1)),
            (Self::Bool(truth), &Type::INT8) => out.put_i64((*truth).into()),
            (Self::Real(number), &Type::FLOAT8) => out.put_f64(*number),
            (Self::Int(number), &Type::FLOAT8) => {
                #[expect(clippy::cast_precision_loss, reason = "SQLite converts in the same way")]
                out.put_f64(*number as f64);
            }
            (value, kind) => return Err(format!("a {} for a parameter of type {kind}", value.kind()).into()),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for Value {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Wrong> {
        match *kind {
            Type::BOOL => bool::from_sql(kind, raw).map(Self::Bool),
            Type::INT2 => i16::from_sql(kind, raw).map(|number| Self::Int(number.into())),
            Type::INT4 => i32::from_sql(kind, raw).map(|number| Self::Int(number.into())),
            Type::INT8 => i64::from_sql(kind, raw).map(Self::Int),
            Type::FLOAT4 => f32::from_sql(kind, raw).map(|number| Self::Real(number.into())),
            Type::FLOAT8 => f64::from_sql(kind, raw).map(Self::Real),
            _ => Ok(Self::Text(std::str::from_utf8(raw)?.to_owned())),
        }
    }

    fn from_sql_null(_: &Type) -> Result<Self, Wrong> {
        Ok(Self::Null)
    }

    fn accepts(kind: &Type) -> bool {
        is_known(kind)
    }
}
