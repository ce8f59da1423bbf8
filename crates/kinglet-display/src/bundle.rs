//! A value's forms, one for each media type.

/// What is shown of one value: pairs of media type and content, one of them `text/plain`.
///
/// A front end picks the richest form that it can draw; binary forms (`image/png`) hold base64.
///
/// # Example
/// ```
/// use kinglet_display::Bundle;
/// let bundle = Bundle::text("3 sweeps").with("text/html", "<b>3</b> sweeps");
/// assert_eq!(bundle.get("text/plain"), Some("3 sweeps"));
/// assert_eq!(bundle.get("image/png"), None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bundle {
    /// Media type and content, in no particular order.
    pub data: Vec<(String, String)>,
}

impl Bundle {
    /// A bundle with the form `text/plain` alone.
    pub fn text(plain: impl Into<String>) -> Self {
        Bundle {
            data: vec![("text/plain".into(), plain.into())],
        }
    }

    /// The same bundle with one more form.
    pub fn with(mut self, mime: &str, content: impl Into<String>) -> Self {
        self.data.push((mime.into(), content.into()));
        self
    }

    /// The content of one media type.
    pub fn get(&self, mime: &str) -> Option<&str> {
        self.data
            .iter()
            .find(|(m, _)| m == mime)
            .map(|(_, content)| content.as_str())
    }
}

/// A value with a rich form.
pub trait Show {
    /// The value's forms; always with `text/plain`.
    fn bundle(&self) -> Bundle;
}

impl Show for Bundle {
    fn bundle(&self) -> Bundle {
        self.clone()
    }
}

impl Show for str {
    fn bundle(&self) -> Bundle {
        Bundle::text(self)
    }
}

impl Show for String {
    fn bundle(&self) -> Bundle {
        Bundle::text(self.as_str())
    }
}

/// `text` with the characters escaped that HTML gives a meaning to.
pub(crate) fn escape_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}
