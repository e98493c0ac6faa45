//! Question pages as HTML: label, hint and message tied to each control, nothing that needs JavaScript.
//!
//! The caller writes the `<form novalidate>`, the page heading, the error summary (links to [`field_id`]) and the
//! button. CSS classes: `field`, `field-error`, `fieldset`, `label`, `optional`, `hint`, `error-message`, `source`,
//! `input`, `input-short`, `radios`, `radio`, `date-boxes`, `date-box`, `group`, `visually-hidden`.

use std::collections::BTreeMap;

use kernel_base::{FieldError, Lang, Words};
use serde_json::{Map, Value};

use crate::html::{Attributes, escape};
use crate::post::{ADD, REMOVE};
use crate::{Field, FieldKind, Form, Group, Places, When};

mod controls;

/// What a page shows.
#[derive(Debug, Clone, Copy)]
pub struct PageView<'a> {
    /// The answers so far, of all pages.
    pub answers: &'a Value,
    pub errors: &'a [FieldError],
    pub places: Option<&'a Places>,
    /// Field → where a value filled in beforehand comes from, e.g. "từ tài khoản định danh".
    pub sources: Option<&'a BTreeMap<String, Words>>,
    pub lang: Lang,
}

impl<'a> PageView<'a> {
    pub fn new(answers: &'a Value, errors: &'a [FieldError], lang: Lang) -> Self {
        Self { answers, errors, places: None, sources: None, lang }
    }

    #[must_use]
    pub fn with_places(mut self, places: &'a Places) -> Self {
        self.places = Some(places);
        self
    }

    #[must_use]
    pub fn with_sources(mut self, sources: &'a BTreeMap<String, Words>) -> Self {
        self.sources = Some(sources);
        self
    }

    fn say(&self, vi: &'static str, en: &'static str) -> &'static str {
        match self.lang {
            Lang::Vi => vi,
            Lang::En => en,
        }
    }
}

/// The `id` of the first control of a field, for the links of the error summary: `witnesses.0.name` →
/// `f-witnesses-0-name`.
pub fn field_id(path: &str) -> String {
    format!("f-{}", path.replace('.', "-"))
}

/// The fields of a page as HTML. A field that waits for an answer of the same page is always written, with
/// `data-when-field` and `data-when-equals` for the script and a line of help for those without it.
pub fn render_page(form: &Form, page_id: &str, view: &PageView<'_>) -> String {
    let Some(page) = form.page(page_id) else { return String::new() };
    let empty = Map::new();
    let answers = view.answers.as_object().unwrap_or(&empty);
    let shown = form.shown(view.answers);
    let fields: Vec<&Field> = page.fields.iter().filter_map(|name| form.field(name)).collect();
    let mut out = String::new();
    if fields.iter().any(|field| matches!(field.kind, FieldKind::Group(_))) {
        // Enter in a text box presses the first button: it must not be one that removes a line.
        out.push_str(
            "<button type=\"submit\" class=\"visually-hidden\" tabindex=\"-1\" aria-hidden=\"true\"></button>\n",
        );
    }
    for field in &fields {
        let here = field.when.as_ref().and_then(|when| fields.iter().find(|other| other.name == when.field));
        if here.is_none() && !form.is_asked(&field.name, &shown) {
            continue;
        }
        let spot = Spot {
            view,
            field,
            path: field.name.clone(),
            value: answers.get(&field.name),
            waits_for: here.copied(),
            role: form.applicant().iter().find(|(_, name)| **name == field.name).map(|(role, _)| role.as_str()),
        };
        out.push_str(&spot.html());
    }
    out
}

/// One field at one place of the page.
#[derive(Debug, Clone)]
pub(crate) struct Spot<'a> {
    view: &'a PageView<'a>,
    field: &'a Field,
    path: String,
    value: Option<&'a Value>,
    /// The field of the same page that decides whether this one is asked.
    waits_for: Option<&'a Field>,
    /// Role of the applicant this field asks for.
    role: Option<&'a str>,
}

impl Spot<'_> {
    fn id(&self) -> String {
        field_id(&self.path)
    }

    fn error(&self) -> Option<&FieldError> {
        self.view.errors.iter().find(|error| error.field == self.path)
    }

    fn html(&self) -> String {
        if let FieldKind::Group(group) = &self.field.kind {
            return self.wrap(&self.group(group));
        }
        let inner = match &self.field.kind {
            FieldKind::Choice(choices) => self.in_fieldset(&self.radios(choices)),
            FieldKind::YesNo => self.in_fieldset(&self.yes_no()),
            FieldKind::Date { .. } | FieldKind::PartialDate { .. } => self.in_fieldset(&self.date_boxes()),
            _ => format!("{}{}{}", self.label(), self.notes(), self.control()),
        };
        self.wrap(&inner)
    }

    fn wrap(&self, inner: &str) -> String {
        let error = if self.error().is_some() { " field-error" } else { "" };
        let mut attributes =
            Attributes::default().with("class", &format!("field{error}")).with("data-field", &self.path);
        if let (Some(when), Some(_)) = (&self.field.when, self.waits_for) {
            let equals = Value::Array(when.equals.clone()).to_string();
            attributes =
                attributes.with("data-when-field", &self.sibling(&when.field)).with("data-when-equals", &equals);
        }
        format!("<div{attributes}>\n{inner}</div>\n")
    }

    /// Path of another field of the same object.
    fn sibling(&self, name: &str) -> String {
        self.path.rsplit_once('.').map_or_else(|| name.to_owned(), |(start, _)| format!("{start}.{name}"))
    }

    fn title(&self) -> String {
        let title = self.field.title.say(self.view.lang);
        let tagged = !self.field.optional() || title.contains('(') || self.field.when.is_some();
        let optional = match tagged {
            true => String::new(),
            false => format!(" <span class=\"optional\">({})</span>", self.view.say("không bắt buộc", "optional")),
        };
        format!("{}{optional}", escape(title))
    }

    fn label(&self) -> String {
        format!("<label class=\"label\" for=\"{}\">{}</label>\n", self.id(), self.title())
    }

    fn in_fieldset(&self, controls: &str) -> String {
        let described = Attributes::default().with("aria-describedby", &self.described_by());
        let (title, notes) = (self.title(), self.notes());
        format!(
            "<fieldset class=\"fieldset\"{described}>\n<legend class=\"label\">{title}</legend>\n{notes}{controls}</fieldset>\n"
        )
    }

    fn hint(&self) -> String {
        let mut hint = self.field.hint.say(self.view.lang).to_owned();
        if hint.is_empty() {
            hint = self.usual_hint().to_owned();
        }
        if let (Some(when), Some(other)) = (&self.field.when, self.waits_for) {
            let condition = self.condition(when, other);
            hint = if hint.is_empty() { condition } else { format!("{condition} {hint}") };
        }
        hint
    }

    fn condition(&self, when: &When, other: &Field) -> String {
        let value = |v: &Value| crate::summary::shown(other, v, None, self.view.lang);
        let values: Vec<String> = when.equals.iter().map(|v| format!("“{}”", value(v))).collect();
        let title = other.title.say(self.view.lang);
        match self.view.lang {
            Lang::Vi => format!("Chỉ trả lời nếu “{title}” là {}.", values.join(" hoặc ")),
            Lang::En => format!("Answer only if “{title}” is {}.", values.join(" or ")),
        }
    }

    fn usual_hint(&self) -> &'static str {
        match &self.field.kind {
            FieldKind::Date { .. } => self.view.say("Ví dụ: 26 07 2021.", "For example, 26 07 2021."),
            FieldKind::PartialDate { .. } => self.view.say(
                "Ví dụ: 26 07 1950. Nếu chỉ biết năm thì để trống ngày và tháng.",
                "For example, 26 07 1950. If only the year is known, leave day and month empty.",
            ),
            FieldKind::IdentityNumber { old_card: false } => {
                self.view.say("12 chữ số trên thẻ căn cước.", "The 12 digits on the identity card.")
            }
            FieldKind::Money => self.view.say("Số đồng, ví dụ 50.000.", "In đồng, for example 50.000."),
            _ => "",
        }
    }

    /// Hint, source of a value filled in beforehand, message.
    fn notes(&self) -> String {
        let (id, mut out) = (self.id(), String::new());
        let hint = self.hint();
        if !hint.is_empty() {
            out.push_str(&format!("<p class=\"hint\" id=\"{id}-hint\">{}</p>\n", escape(&hint)));
        }
        if let Some(source) = self.source() {
            out.push_str(&format!("<p class=\"source\" id=\"{id}-source\">{}</p>\n", escape(source)));
        }
        if let Some(error) = self.error() {
            let (prefix, message) = (self.view.say("Lỗi:", "Error:"), escape(error.message.say(self.view.lang)));
            out.push_str(&format!(
                "<p class=\"error-message\" id=\"{id}-error\"><span class=\"visually-hidden\">{prefix}</span> {message}</p>\n"
            ));
        }
        out
    }

    fn source(&self) -> Option<&str> {
        let words = self.view.sources?.get(&self.path).filter(|_| self.value.is_some())?;
        Some(words.say(self.view.lang))
    }

    fn described_by(&self) -> String {
        let id = self.id();
        let mut parts = Vec::new();
        if !self.hint().is_empty() {
            parts.push(format!("{id}-hint"));
        }
        if self.source().is_some() {
            parts.push(format!("{id}-source"));
        }
        if self.error().is_some() {
            parts.push(format!("{id}-error"));
        }
        parts.join(" ")
    }

    fn group(&self, group: &Group) -> String {
        let empty = Vec::new();
        let lines = self.value.and_then(Value::as_array).unwrap_or(&empty);
        let count = lines.len().max(group.min).max(usize::from(self.field.required));
        let mut out =
            format!("<fieldset class=\"fieldset\"><legend class=\"label\">{}</legend>\n{}", self.title(), self.notes());
        for index in 0..count {
            out.push_str(&self.line(group, index, lines.get(index), count));
        }
        if count < group.max {
            let again = self.view.say("Thêm mục", "Add another");
            let name = escape(&self.path);
            // The summary links to this id when the group as a whole is at fault.
            let id = self.id();
            out.push_str(&format!(
                "<button type=\"submit\" class=\"button button-secondary\" id=\"{id}\" name=\"{ADD}\" value=\"{name}\">{again}</button>\n"
            ));
        }
        out + "</fieldset>\n"
    }

    fn line(&self, group: &Group, index: usize, item: Option<&Value>, count: usize) -> String {
        let title = format!("{} {}", self.field.title.say(self.view.lang), index + 1);
        let mut out = format!("<fieldset class=\"group\">\n<legend>{}</legend>\n", escape(&title));
        for inner in &group.fields {
            let other = inner.when.as_ref().and_then(|when| group.fields.iter().find(|f| f.name == when.field));
            let spot = Spot {
                field: inner,
                path: format!("{}.{index}.{}", self.path, inner.name),
                value: item.and_then(|item| item.get(&inner.name)),
                waits_for: other,
                role: None,
                ..self.clone()
            };
            out.push_str(&spot.html());
        }
        if count > group.min.max(usize::from(self.field.required)) {
            let (remove, value) = (self.view.say("Bỏ mục này", "Remove"), format!("{}.{index}", self.path));
            out.push_str(&format!(
                "<button type=\"submit\" class=\"button button-secondary\" name=\"{REMOVE}\" value=\"{}\">{remove} <span class=\"visually-hidden\">{}</span></button>\n",
                escape(&value),
                escape(&title),
            ));
        }
        out + "</fieldset>\n"
    }
}
