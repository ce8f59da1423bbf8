//! Compares what a user wrote with what a config may hold.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::schema::{Key, Node, Variant, Word};

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
        Node::Table(keys) => Checker { algorithm }.table(keys, table, ""),
        _ => Ok(()),
    }
}

struct Checker<'a> {
    algorithm: &'a str,
}

impl Checker<'_> {
    fn table(&self, keys: &[Key], table: &DeTable, at: &str) -> Result<(), Complaint> {
        let mut pairs = table.iter();
        pairs.try_for_each(|pair| self.pair(keys, pair, at))
    }

    fn pair(&self, keys: &[Key], (name, value): Pair, at: &str) -> Result<(), Complaint> {
        match keys.iter().find(|key| key.name == **name.get_ref()) {
            Some(key) => self.value(&key.node, value, &join(at, &key.name)),
            None => Err(Complaint {
                at: name.span().start,
                message: unknown_key(keys, name.get_ref(), at),
            }),
        }
    }

    fn value(&self, node: &Node, value: &Spanned<DeValue>, path: &str) -> Result<(), Complaint> {
        match (node, value.get_ref()) {
            (Node::Table(keys), DeValue::Table(table)) => self.table(keys, table, path),
            (Node::Tagged { tag, variants }, DeValue::Table(table)) => {
                let variant = self.variant(tag, variants, value, path)?;
                let mut others = table.iter().filter(|(name, _)| name.get_ref() != tag);
                others.try_for_each(|pair| self.pair(&variant.keys, pair, path))
            }
            (Node::List(node), DeValue::Array(items)) => {
                let mut items = items.iter();
                items.try_for_each(|item| self.value(node, item, path))
            }
            (Node::Either(nodes), found) => {
                let mut each = nodes.iter().map(|node| self.value(node, value, path));
                // Of one table it tells what is wrong in it.
                let table = nodes.iter().find(|node| matches!(node, Node::Table(_)));
                match table.filter(|_| matches!(found, DeValue::Table(_))) {
                    Some(table) => self.value(table, value, path),
                    None if each.any(|one| one.is_ok()) => Ok(()),
                    None => Err(complaint(value, mistyped(node, found, path))),
                }
            }
            (Node::Words(words), DeValue::String(word)) if !is_among(words, word) => {
                let words: Vec<_> = words.iter().map(|word| word.word.as_str()).collect();
                Err(complaint(value, no_word(path, word, &words)))
            }
            (node, found) if fits(node, found) => Ok(()),
            (node, found) => Err(complaint(value, mistyped(node, found, path))),
        }
    }

    /// The keys that a table's tag stands for, or those of the algorithm if it has none.
    fn variant<'v>(
        &self,
        tag: &str,
        variants: &'v [Variant],
        value: &Spanned<DeValue>,
        path: &str,
    ) -> Result<&'v Variant, Complaint> {
        let table = value.get_ref().as_table();
        let mut pairs = table.into_iter().flat_map(|table| table.iter());
        let named = pairs.find(|(name, _)| name.get_ref() == tag);
        let (place, word) = match named.map(|(_, word)| (word, word.get_ref())) {
            Some((place, DeValue::String(word))) => (place, word.as_ref()),
            Some((place, other)) => {
                let message = format!("`{path}.{tag}` is {}, expected a word", found(other));
                return Err(complaint(place, message));
            }
            None => (value, self.algorithm),
        };
        let known = variants.iter().find(|variant| variant.word == word);
        known.ok_or_else(|| {
            let words: Vec<_> = variants.iter().map(|one| one.word.as_str()).collect();
            complaint(place, no_word(&join(path, tag), word, &words))
        })
    }
}

fn complaint(value: &Spanned<DeValue>, message: String) -> Complaint {
    let at = value.span().start;
    Complaint { at, message }
}

fn is_among(words: &[Word], word: &str) -> bool {
    words.iter().any(|known| known.word == word)
}

/// Whether a value that holds no others is one of those that may stand there.
fn fits(node: &Node, value: &DeValue) -> bool {
    match (node, value) {
        (Node::Integer { least }, DeValue::Integer(number)) => {
            let number = i64::from_str_radix(number.as_str(), number.radix());
            number.is_ok_and(|number| least.is_none_or(|least| number >= least))
        }
        (Node::Number, DeValue::Float(number)) => {
            number.as_str().parse().is_ok_and(|x: f64| !x.is_nan())
        }
        (Node::Anything, _)
        | (Node::Bool, DeValue::Boolean(_))
        | (Node::Number, DeValue::Integer(_))
        | (Node::Words(_) | Node::Text, DeValue::String(_)) => true,
        _ => false,
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
