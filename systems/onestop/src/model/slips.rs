//! Which form a slip follows on a day: dated facts (TT 01/2018/TT-VPCP, TT 03/2025/TT-VPCP).

use std::sync::OnceLock;

use jiff::civil::Date;
use kernel_base::{Error, Result};
use serde::Deserialize;

use super::SlipKind;

/// Number and act of a form.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SlipForm {
    pub kind: SlipKind,
    pub form: String,
    pub act: String,
    pub valid_from: Date,
    #[serde(default)]
    pub valid_to: Option<Date>,
    /// The number was recalled, not read in the act.
    #[serde(default)]
    pub unverified: bool,
}

/// The form in force on `day`; `None` when no act gives one (a stop notice before 2025-07-01).
pub fn slip_form(kind: SlipKind, day: Date) -> Result<Option<&'static SlipForm>> {
    static FORMS: OnceLock<Result<Vec<SlipForm>, String>> = OnceLock::new();
    let forms = FORMS
        .get_or_init(|| serde_json::from_str(include_str!("../../fixtures/slip_forms.json")).map_err(|e| e.to_string()))
        .as_ref()
        .map_err(|e| Error::internal(format!("slip_forms.json: {e}")))?;
    Ok(forms.iter().find(|f| f.kind == kind && f.valid_from <= day && f.valid_to.is_none_or(|to| day <= to)))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_form_of_a_slip_changes_on_the_day_the_new_act_takes_effect() {
        let form = |kind, day| slip_form(kind, day).unwrap().map(|f| f.form.as_str());
        assert_eq!(form(SlipKind::ControlSlip, date(2021, 7, 26)), Some("05"));
        assert_eq!(form(SlipKind::ControlSlip, date(2025, 6, 30)), Some("05"));
        assert_eq!(form(SlipKind::ControlSlip, date(2025, 7, 1)), Some("06"));
        assert_eq!(form(SlipKind::StopNotice, date(2021, 7, 26)), None);
        assert_eq!(form(SlipKind::StopNotice, date(2025, 7, 1)), Some("05"));
    }
}
