//! `--json`: one object about a run. The keys are documented in `--help` and stay.

use std::fmt::Write;

use parallelcompress::Error;

use crate::exit::Exit;

/// A JSON object under construction. Keys come out in the order they were added.
#[derive(Debug, Default)]
pub struct Object(String);

impl Object {
    /// One that begins with how a run ended.
    pub fn of_run(exit: Exit, error: Option<&Error>) -> Self {
        let mut object = Self::default();
        object.text("status", exit.status());
        object.number("exit_code", exit.code());
        match error {
            Some(error) => object.text("error", &error.to_string()),
            None => object.null("error"),
        }
        object
    }

    /// Adds a text.
    pub fn text(&mut self, key: &str, value: &str) {
        let value = quoted(value);
        self.raw(key, &value);
    }

    /// Adds a number (finite: JSON has no other).
    pub fn number(&mut self, key: &str, value: impl std::fmt::Display) {
        self.raw(key, &value.to_string());
    }

    /// Adds a number, or null where there is none.
    pub fn number_or_null(&mut self, key: &str, value: Option<impl std::fmt::Display>) {
        match value {
            Some(value) => self.number(key, value),
            None => self.null(key),
        }
    }

    /// Adds true or false.
    pub fn boolean(&mut self, key: &str, value: bool) {
        self.raw(key, if value { "true" } else { "false" });
    }

    /// Adds null.
    pub fn null(&mut self, key: &str) {
        self.raw(key, "null");
    }

    /// Adds a list of texts.
    pub fn texts<'a>(&mut self, key: &str, values: impl IntoIterator<Item = &'a str>) {
        let values: Vec<String> = values.into_iter().map(quoted).collect();
        self.raw(key, &format!("[{}]", values.join(",")));
    }

    /// Adds a list of objects.
    pub fn objects(&mut self, key: &str, values: impl IntoIterator<Item = Self>) {
        let values: Vec<String> = values.into_iter().map(Self::finish).collect();
        self.raw(key, &format!("[{}]", values.join(",")));
    }

    /// The object's text, on one line.
    pub fn finish(self) -> String {
        format!("{{{}}}", self.0)
    }

    fn raw(&mut self, key: &str, value: &str) {
        if !self.0.is_empty() {
            self.0.push(',');
        }
        self.0.push_str(&quoted(key));
        self.0.push(':');
        self.0.push_str(value);
    }
}

/// A JSON string: quotes, backslashes and control characters escaped, everything else as UTF-8.
fn quoted(text: &str) -> String {
    let mut json = String::with_capacity(text.len() + 2);
    json.push('"');
    for character in text.chars() {
        match character {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            // Writing into a String cannot fail. All control characters are below U+10000: four digits do.
            _ if character.is_control() => write!(json, "\\u{:04x}", u32::from(character)).unwrap_or_default(),
            _ => json.push(character),
        }
    }
    json.push('"');
    json
}

#[cfg(test)]
mod tests {
    use super::Object;

    #[test]
    fn another_parser_reads_it() {
        let texts = ["", "plain", "quote \" backslash \\ slash /", "tab\tline\nnul\0 \u{7f}\u{85}", "ä 漢 \u{1f600}"];
        let mut inner = Object::default();
        inner.null("none");
        let mut object = Object::default();
        object.text("key \"1\"", texts[2]);
        object.texts("texts", texts);
        object.number("count", u64::MAX);
        object.number("seconds", 0.25);
        object.objects("objects", [inner]);
        let read: serde_json::Value = serde_json::from_str(&object.finish()).unwrap();
        let expected = serde_json::json!({
            "key \"1\"": texts[2], "texts": texts, "count": u64::MAX, "seconds": 0.25, "objects": [{ "none": null }],
        });
        assert_eq!(read, expected);
    }
}
