//! One place that values of a config come from.

use std::fmt::{self, Display};
use std::path::{Path, PathBuf};

use toml::Table;
use toml::de::DeTable;

use super::check::{self, Complaint};
use super::schema::Node;

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A preset that is part of the program.
    Preset(String),
    /// A file of the user's.
    File(PathBuf),
    /// The command line: what was typed.
    Typed(String),
}

impl Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Preset(name) => write!(f, "preset {name}"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Typed(text) => f.write_str(text),
        }
    }
}

/// Values that come from one place, each of which a config may hold.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Layer {
    pub(crate) origin: Origin,
    pub(crate) table: Table,
}

/// A text that is no layer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{origin}{}: {message}", line.map(|line| format!(", line {line}")).unwrap_or_default())]
pub(crate) struct Refused {
    pub(crate) origin: Origin,
    /// From 1; none for what was typed.
    pub(crate) line: Option<usize>,
    pub(crate) message: String,
}

impl Layer {
    /// Reads the text of a preset.
    pub(crate) fn preset(
        name: &str,
        text: &str,
        schema: &Node,
        algorithm: &str,
    ) -> Result<Self, Refused> {
        read(Origin::Preset(name.to_owned()), text, schema, algorithm)
    }

    /// Reads the text of a file.
    pub(crate) fn file(
        path: &Path,
        text: &str,
        schema: &Node,
        algorithm: &str,
    ) -> Result<Self, Refused> {
        read(Origin::File(path.to_owned()), text, schema, algorithm)
    }

    /// Reads `key=value`. The value is TOML; a word needs no quotes.
    pub(crate) fn set(text: &str, schema: &Node, algorithm: &str) -> Result<Self, Refused> {
        let origin = Origin::Typed(format!("--set {text}"));
        let Some((key, value)) = text.split_once('=') else {
            let message = "expected key=value, for example advantage.discount=0.99".to_owned();
            return Err(Refused {
                origin,
                line: None,
                message,
            });
        };
        let (key, value) = (key.trim(), value.trim());
        let as_toml = format!("{key} = {value}");
        let as_word = format!("{key} = {}", toml::Value::from(value));
        let text = if DeTable::parse(&as_toml).is_ok() {
            as_toml
        } else {
            as_word
        };
        let layer = read(origin, &text, schema, algorithm);
        layer.map_err(|refused| Refused {
            line: None,
            ..refused
        })
    }
}

fn read(origin: Origin, text: &str, schema: &Node, algorithm: &str) -> Result<Layer, Refused> {
    let refuse = |at: Option<usize>, message: String| Refused {
        origin: origin.clone(),
        line: at.map(|at| line(text, at)),
        message,
    };
    let not_toml = |error: toml::de::Error| {
        refuse(
            error.span().map(|span| span.start),
            error.message().to_owned(),
        )
    };
    let spanned = DeTable::parse(text).map_err(not_toml)?;
    check::check(schema, spanned.get_ref(), algorithm)
        .map_err(|Complaint { at, message }| refuse(Some(at), message))?;
    let table = text.parse().map_err(not_toml)?;
    Ok(Layer { origin, table })
}

/// The line of a place in a text, from 1.
fn line(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}
