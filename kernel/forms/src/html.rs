//! Writing HTML by hand needs one thing only: escaping everywhere.

/// Escapes text for element content and for attribute values in double quotes.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Attributes of one element; values are escaped, empty ones left out.
#[derive(Debug, Default)]
pub(crate) struct Attributes(String);

impl Attributes {
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        if !value.is_empty() {
            self.0.push_str(&format!(" {name}=\"{}\"", escape(value)));
        }
        self
    }

    /// A value that may be empty, such as `value=""` of a first option.
    pub(crate) fn with_any(mut self, name: &str, value: &str) -> Self {
        self.0.push_str(&format!(" {name}=\"{}\"", escape(value)));
        self
    }

    /// An attribute without a value.
    pub(crate) fn flag(mut self, name: &str, on: bool) -> Self {
        if on {
            self.0.push(' ');
            self.0.push_str(name);
        }
        self
    }
}

impl std::fmt::Display for Attributes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_typed_never_becomes_markup() {
        assert_eq!(escape(r#"<b>"O'Hà" & co</b>"#), "&lt;b&gt;&quot;O&#39;Hà&quot; &amp; co&lt;/b&gt;");
        let attributes = Attributes::default().with("value", r#"" autofocus onfocus="x"#).flag("checked", true);
        assert_eq!(attributes.to_string(), r#" value="&quot; autofocus onfocus=&quot;x" checked"#);
    }
}
