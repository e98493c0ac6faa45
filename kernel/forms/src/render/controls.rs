//! The controls themselves: text boxes, radio buttons, date boxes, the list of communes.

use serde_json::Value;

use super::Spot;
use crate::html::{Attributes, escape};
use crate::{Choice, FieldKind, Places, values};

impl Spot<'_> {
    /// The value as it stands in a text box.
    fn typed(&self) -> String {
        match self.value {
            Some(Value::String(text)) if matches!(self.field.kind, FieldKind::Phone) => values::phone_shown(text),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => match (number.as_i64(), &self.field.kind) {
                (Some(dong), FieldKind::Money) => kernel_base::text::thousands(dong),
                _ => number.to_string(),
            },
            Some(Value::Bool(answer)) => answer.to_string(),
            _ => String::new(),
        }
    }

    fn common(&self, id: &str) -> Attributes {
        Attributes::default()
            .with("id", id)
            .with("aria-describedby", &self.described_by())
            .with("aria-invalid", if self.error().is_some() { "true" } else { "" })
            .flag("data-autosave", true)
    }

    pub(super) fn control(&self) -> String {
        match (&self.field.kind, self.view.places) {
            (FieldKind::Commune, Some(places)) if !places.is_empty() => self.place_list(places),
            (FieldKind::LongText, _) => {
                let attributes =
                    self.common(&self.id()).with("name", &self.path).with("class", "input").with("rows", "5");
                // The first line end after the tag is dropped by browsers.
                format!("<textarea{attributes}>\n{}</textarea>\n", escape(&self.typed()))
            }
            _ => self.text_box(),
        }
    }

    fn text_box(&self) -> String {
        let (kind, mode, class) = match &self.field.kind {
            FieldKind::Phone => ("tel", "tel", "input input-short"),
            FieldKind::Email => ("email", "email", "input"),
            FieldKind::IdentityNumber { .. } | FieldKind::Integer | FieldKind::Money | FieldKind::Commune => {
                ("text", "numeric", "input input-short")
            }
            FieldKind::BusinessCode => ("text", "", "input input-short"),
            _ => ("text", "", "input"),
        };
        let attributes = self
            .common(&self.id())
            .with("class", class)
            .with("type", kind)
            .with("name", &self.path)
            .with_any("value", &self.typed())
            .with("inputmode", mode)
            .with("autocomplete", self.autocomplete())
            .with(
                "spellcheck",
                if matches!(self.field.kind, FieldKind::Name | FieldKind::Email) { "false" } else { "" },
            );
        format!("<input{attributes}>\n")
    }

    /// Tokens of the HTML standard, only where the question is about the person who fills in (WCAG 1.3.5).
    fn autocomplete(&self) -> &'static str {
        match self.role {
            Some("name") => "name",
            Some("phone") => "tel",
            Some("email") => "email",
            Some("address") => "street-address",
            Some("birth_date" | "birth" | "date_of_birth") => "bday",
            _ => "off",
        }
    }

    pub(super) fn radios(&self, choices: &[Choice]) -> String {
        let as_text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let options = choices.iter().map(|choice| {
            let checked = self.value == Some(&choice.value);
            (as_text(&choice.value), choice.title.say(self.view.lang), checked)
        });
        self.radio_list(options.collect())
    }

    pub(super) fn yes_no(&self) -> String {
        let is = |answer: bool| self.value == Some(&Value::Bool(answer));
        let yes = ("true".to_owned(), self.view.say("Có", "Yes"), is(true));
        let no = ("false".to_owned(), self.view.say("Không", "No"), is(false));
        self.radio_list(vec![yes, no])
    }

    /// Value, title and whether it is chosen.
    fn radio_list(&self, options: Vec<(String, &str, bool)>) -> String {
        let mut out = String::from("<div class=\"radios\">\n");
        for (index, (value, title, checked)) in options.into_iter().enumerate() {
            let id = if index == 0 { self.id() } else { format!("{}-{index}", self.id()) };
            let attributes = Attributes::default()
                .with("id", &id)
                .with("type", "radio")
                .with("name", &self.path)
                .with_any("value", &value)
                .flag("checked", checked)
                .flag("data-autosave", true);
            let label = escape(title);
            out.push_str(&format!(
                "<div class=\"radio\"><input{attributes}> <label for=\"{id}\">{label}</label></div>\n"
            ));
        }
        out + "</div>\n"
    }

    pub(super) fn date_boxes(&self) -> String {
        let (day, month, year) = self.date_parts();
        let bday = self.autocomplete() == "bday";
        let token = |token: &'static str| if bday { token } else { "off" };
        let boxes = [
            ("day", self.view.say("Ngày", "Day"), day, token("bday-day")),
            ("month", self.view.say("Tháng", "Month"), month, token("bday-month")),
            ("year", self.view.say("Năm", "Year"), year, token("bday-year")),
        ];
        let mut out = String::from("<div class=\"date-boxes\">\n");
        for (part, title, typed, autocomplete) in boxes {
            let id = if part == "day" { self.id() } else { format!("{}-{part}", self.id()) };
            let attributes = Attributes::default()
                .with("id", &id)
                .with("class", "input input-short")
                .with("type", "text")
                .with("name", &format!("{}.{part}", self.path))
                .with_any("value", &typed)
                .with("inputmode", "numeric")
                .with("autocomplete", autocomplete)
                .with("aria-invalid", if self.error().is_some() { "true" } else { "" })
                .flag("data-autosave", true);
            out.push_str(&format!(
                "<div class=\"date-box\"><label for=\"{id}\">{title}</label> <input{attributes}></div>\n"
            ));
        }
        out + "</div>\n"
    }

    /// Day, month and year of the stored date; of a date that could not be read, the parts as they were typed.
    fn date_parts(&self) -> (String, String, String) {
        let typed = self.typed();
        if let Ok(date) = values::read_date(&typed) {
            let two = |part: Option<i8>| part.map(|part| format!("{part:02}")).unwrap_or_default();
            return (two(date.day), two(date.month), format!("{:04}", date.year));
        }
        let parts: Vec<&str> = typed.split(['/', '-', '.']).map(str::trim).collect();
        match parts.as_slice() {
            [year, month, day] if year.len() == 4 => (day.to_string(), month.to_string(), year.to_string()),
            [day, month, year] => (day.to_string(), month.to_string(), year.to_string()),
            _ => (typed, String::new(), String::new()),
        }
    }

    fn place_list(&self, places: &Places) -> String {
        let attributes =
            self.common(&self.id()).with("class", "input").with("name", &self.path).with("autocomplete", "off");
        let choose = self.view.say("Chọn xã, phường, thị trấn", "Select a commune");
        let mut out = format!("<select{attributes}>\n<option value=\"\">{choose}</option>\n");
        let chosen = self.typed();
        for group in places.groups() {
            out.push_str(&format!("<optgroup label=\"{}\">\n", escape(&group.label)));
            for (code, name) in &group.places {
                let option = Attributes::default().with("value", code).flag("selected", *code == chosen);
                out.push_str(&format!("<option{option}>{}</option>\n", escape(name)));
            }
            out.push_str("</optgroup>\n");
        }
        if !chosen.is_empty() && places.name(&chosen).is_none() {
            // What was sent stays visible beside its message.
            let typed = escape(&chosen);
            out.push_str(&format!("<option value=\"{typed}\" selected>{typed}</option>\n"));
        }
        out + "</select>\n"
    }
}
