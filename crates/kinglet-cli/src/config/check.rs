//! Compares what a user wrote with what a config may hold.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::schema::{Key, Node, Word};

/// How many near keys an error names.
const NEAREST: usize = 3;

/// What is wrong, and where in the text it begins.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Complaint {
    pub(crate) at: usize,
    pub(crate) message: String,
}

type Pair<'a, 'i> = (
    &'a Spanned<std::borrow::Cow<'i, str>>,
    &'a Spanned<DeValue<'i>>,
);

/// Whether every key is one of the schema and holds what it may. `algorithm` is the word that is under each tag where
/// the text does not name one.
pub(crate) fn check(node: &Node, table: &DeTable, algorithm: &str) -> Result<(), Complaint> {
    match node {
        Node::Table(keys) => check_table(keys, table, "", algorithm),
        _ => Ok(()),
    }
}

fn check_table(keys: &[Key], table: &DeTable, at: &str, algorithm: &str) -> Result<(), Complaint> {
    table
        .iter()
        .try_for_each(|pair| check_pair(keys, pair, at, algorithm))
}

fn check_pair(
    keys: &[Key],
    (name, value): Pair,
    at: &str,
    algorithm: &str,
) -> Result<(), Complaint> {
    let Some(key) = keys.iter().find(|key| key.name == **name.get_ref()) else {
        let message = unknown_key(keys, name.get_ref(), at);
        return Err(Complaint {
            at: name.span().start,
            message,
        });
    };
    let path = join(at, &key.name);
    check_value(&key.node, value, &path, algorithm)
}

fn check_value(
    node: &Node,
    value: &Spanned<DeValue>,
    path: &str,
    algorithm: &str,
) -> Result<(), Complaint> {
    let complain = |message| {
        Err(Complaint {
            at: value.span().start,
            message,
        })
    };
    match (node, value.get_ref()) {
        (Node::Table(keys), DeValue::Table(table)) => check_table(keys, table, path, algorithm),
        (Node::Tagged { tag, variants }, DeValue::Table(table)) => {
            let named = table.iter().find(|(name, _)| name.get_ref() == tag);
            let word = match named.map(|(_, value)| value.get_ref()) {
                Some(DeValue::String(word)) => word.as_ref(),
                Some(_) => {
                    return complain(format!(
                        "`{path}.{tag}` is {}, expected a word",
                        found(value.get_ref())
                    ));
                }
                None => algorithm,
            };
            let Some(variant) = variants.iter().find(|variant| variant.word == word) else {
                let words: Vec<_> = variants
                    .iter()
                    .map(|variant| variant.word.as_str())
                    .collect();
                return complain(no_word(&join(path, tag), word, &words));
            };
            let others = table.iter().filter(|(name, _)| name.get_ref() != tag);
            others
                .into_iter()
                .try_for_each(|pair| check_pair(&variant.keys, pair, path, algorithm))
        }
        (Node::Words(words), DeValue::String(word))
            if !words.iter().any(|known| known.word == **word) =>
        {
            let words: Vec<_> = words.iter().map(|word| word.word.as_str()).collect();
            complain(no_word(path, word, &words))
        }
        (Node::List(node), DeValue::Array(items)) => items
            .iter()
            .try_for_each(|item| check_value(node, item, path, algorithm)),
        (Node::Either(nodes), _) => {
            let fits = |node: &Node| check_value(node, value, path, algorithm).is_ok();
            if nodes.iter().any(fits) {
                Ok(())
            } else {
                complain(mistyped(node, value.get_ref(), path))
            }
        }
        (Node::Integer { least }, DeValue::Integer(number)) => {
            let number = i64::from_str_radix(number.as_str(), number.radix());
            let fits = number.is_ok_and(|number| least.is_none_or(|least| number >= least));
            if fits {
                Ok(())
            } else {
                complain(mistyped(node, value.get_ref(), path))
            }
        }
        (Node::Number, DeValue::Float(number)) => {
            let known = number.as_str().parse().is_ok_and(|x: f64| !x.is_nan());
            if known {
                Ok(())
            } else {
                complain(mistyped(node, value.get_ref(), path))
            }
        }
        (Node::Anything, _)
        | (Node::Bool, DeValue::Boolean(_))
        | (Node::Number, DeValue::Integer(_))
        | (Node::Words(_) | Node::Text, DeValue::String(_)) => Ok(()),
        _ => complain(mistyped(node, value.get_ref(), path)),
    }
}

fn mistyped(node: &Node, value: &DeValue, path: &str) -> String {
    format!("`{path}` is {}, expected {}", found(value), expected(node))
}

fn join(at: &str, name: &str) -> String {
    if at.is_empty() {
        name.to_owned()
    } else {
        format!("{at}.{name}")
    }
}

fn unknown_key(keys: &[Key], name: &str, at: &str) -> String {
    let names: Vec<_> = keys.iter().map(|key| key.name.as_str()).collect();
    let nearest: Vec<_> = nearest(name, &names)
        .iter()
        .map(|near| join(at, near))
        .collect();
    let place = if at.is_empty() {
        "at the top".to_owned()
    } else {
        format!("in [{at}]")
    };
    format!(
        "unknown key `{}`; the nearest: {}; allowed {place}: {}",
        join(at, name),
        nearest.join(", "),
        names.join(", ")
    )
}

fn no_word(path: &str, word: &str, words: &[&str]) -> String {
    let near = nearest(word, words)[0];
    format!(
        "`{path}` is \"{word}\"; the nearest: \"{near}\"; allowed: {}",
        quoted(words)
    )
}

fn quoted(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
    quoted.join(", ")
}

/// The names that need the fewest letters changed, the given order among equals.
pub(crate) fn nearest<'a>(name: &str, names: &[&'a str]) -> Vec<&'a str> {
    let mut names = names.to_vec();
    names.sort_by_key(|known| strsim::damerau_levenshtein(name, known));
    names.truncate(NEAREST);
    names
}

/// What may stand there, as the end of the sentence "expected …".
pub(crate) fn expected(node: &Node) -> String {
    match node {
        Node::Table(keys) => format!("a table of {}", names(keys)),
        Node::Tagged { tag, .. } => format!("a table with the key {tag}"),
        Node::Bool => "true or false".into(),
        Node::Integer { least: None } => "a whole number".into(),
        Node::Integer { least: Some(least) } => format!("a whole number of at least {least}"),
        Node::Number => "a number".into(),
        Node::Text => "a text in quotes".into(),
        Node::Words(words) => {
            let words: Vec<_> = words
                .iter()
                .map(|Word { word, .. }| word.as_str())
                .collect();
            format!("one of {}", quoted(&words))
        }
        Node::List(node) => format!("a list, each item {}", expected(node)),
        Node::Either(nodes) => nodes.iter().map(expected).collect::<Vec<_>>().join(", or "),
        Node::Anything => "a value".into(),
    }
}

fn names(keys: &[Key]) -> String {
    let names: Vec<_> = keys.iter().map(|key| key.name.as_str()).collect();
    names.join(", ")
}

/// What was found, with its value where it is short.
fn found(value: &DeValue) -> String {
    match value {
        DeValue::String(text) => format!("the text \"{text}\""),
        DeValue::Integer(number) => format!("the whole number {number}"),
        DeValue::Float(number) => format!("the number {number}"),
        DeValue::Boolean(value) => format!("{value}"),
        DeValue::Datetime(date) => format!("the date {date}"),
        DeValue::Array(_) => "a list".into(),
        DeValue::Table(_) => "a table".into(),
    }
}
