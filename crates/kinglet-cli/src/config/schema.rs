//! What a config may hold: read from the JSON schema that comes from the types and their docs.

use serde_json::{Map, Value};

/// What may stand at one place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    /// A table with these keys.
    Table(Vec<Key>),
    /// A table whose other keys depend on the word under one of them.
    Tagged { tag: String, variants: Vec<Variant> },
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Integer { least: Option<i64> },
    /// Any number but NaN.
    Number,
    /// Any text.
    Text,
    /// One of these words.
    Words(Vec<Word>),
    /// A list.
    List(Box<Node>),
    /// One of these.
    Either(Vec<Node>),
    /// What the schema does not tell.
    Anything,
}

/// A key of a table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Key {
    pub(crate) name: String,
    /// What the type's documentation says.
    pub(crate) doc: String,
    pub(crate) node: Node,
}

/// The keys that go with a word under the tag.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Variant {
    pub(crate) word: String,
    pub(crate) doc: String,
    pub(crate) keys: Vec<Key>,
}

/// A word, and what it means.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Word {
    pub(crate) word: String,
    pub(crate) doc: String,
}

impl Node {
    /// Reads a schema as schemars writes it.
    pub(crate) fn read(schema: &Value) -> Self {
        Reader { root: schema }.node(schema)
    }

    /// The node under a key, and the key.
    pub(crate) fn key(&self, name: &str) -> Option<&Key> {
        match self {
            Self::Table(keys) => keys.iter().find(|key| key.name == name),
            _ => None,
        }
    }
}

/// Follows references within one schema.
struct Reader<'a> {
    root: &'a Value,
}

impl Reader<'_> {
    fn node(&self, schema: &Value) -> Node {
        let schema = self.follow(schema);
        if let Some(words) = self.words(schema) {
            return Node::Words(words);
        }
        let choices = schema.get("oneOf").or_else(|| schema.get("anyOf"));
        if let Some(choices) = choices.and_then(Value::as_array) {
            return self.choice(choices);
        }
        match type_name(schema) {
            Some("boolean") => Node::Bool,
            Some("integer") => Node::Integer {
                least: schema.get("minimum").and_then(Value::as_i64),
            },
            Some("number") => Node::Number,
            Some("string") => Node::Text,
            Some("array") => {
                let items = schema.get("items");
                Node::List(Box::new(
                    items.map_or(Node::Anything, |item| self.node(item)),
                ))
            }
            Some("object") => Node::Table(self.keys(schema)),
            _ => Node::Anything,
        }
    }

    /// What a reference stands for, where there is nothing beside it that counts.
    fn follow<'s>(&'s self, mut schema: &'s Value) -> &'s Value {
        while schema.get("properties").is_none()
            && let Some(target) = self.target(schema)
        {
            schema = target;
        }
        schema
    }

    fn target(&self, schema: &Value) -> Option<&Value> {
        let reference = schema.get("$ref")?.as_str()?;
        self.root.pointer(reference.trim_start_matches('#'))
    }

    /// The words of an enumeration without data.
    fn words(&self, schema: &Value) -> Option<Vec<Word>> {
        if let Some(word) = schema.get("const").and_then(Value::as_str) {
            let (word, doc) = (word.to_owned(), doc(schema));
            return Some(vec![Word { word, doc }]);
        }
        if let Some(words) = schema.get("enum").and_then(Value::as_array) {
            let word = |word: &Value| {
                word.as_str().map(|word| Word {
                    word: word.to_owned(),
                    doc: String::new(),
                })
            };
            return words
                .iter()
                .filter(|word| !word.is_null())
                .map(word)
                .collect();
        }
        let choices = schema.get("oneOf").and_then(Value::as_array)?;
        let words: Option<Vec<_>> = choices
            .iter()
            .map(|one| self.words(self.follow(one)))
            .collect();
        words.map(|words| words.concat())
    }

    fn choice(&self, choices: &[Value]) -> Node {
        let present: Vec<_> = choices
            .iter()
            .map(|choice| self.follow(choice))
            .filter(|choice| type_name(choice) != Some("null"))
            .collect();
        if let Some(tagged) = self.tagged(&present) {
            return tagged;
        }
        match present.as_slice() {
            [one] => self.node(one),
            several => Node::Either(several.iter().map(|choice| self.node(choice)).collect()),
        }
    }

    /// Tables that are told apart by one key with a fixed word.
    fn tagged(&self, choices: &[&Value]) -> Option<Node> {
        let fixed = |choice: &Value| {
            let properties = choice.get("properties")?.as_object()?;
            properties.iter().find_map(|(name, schema)| {
                let word = schema.get("const")?.as_str()?;
                Some((name.clone(), word.to_owned()))
            })
        };
        let (tag, _) = fixed(choices.first()?)?;
        let variant = |choice: &&Value| {
            let (name, word) = fixed(choice)?;
            let mut keys = self.keys(choice);
            let rest = self.target(choice);
            keys.extend(rest.map(|rest| self.keys(rest)).unwrap_or_default());
            keys.retain(|key| key.name != tag);
            let doc = first_of(doc(choice), || rest.map(doc).unwrap_or_default());
            (name == tag).then_some(Variant { word, doc, keys })
        };
        let variants: Option<Vec<_>> = choices.iter().map(variant).collect();
        Some(Node::Tagged {
            tag,
            variants: variants?,
        })
    }

    fn keys(&self, schema: &Value) -> Vec<Key> {
        let empty = Map::new();
        let properties = schema.get("properties").and_then(Value::as_object);
        let key = |(name, schema): (&String, &Value)| Key {
            name: name.clone(),
            doc: first_of(doc(schema), || doc(self.follow(schema))),
            node: self.node(schema),
        };
        properties.unwrap_or(&empty).iter().map(key).collect()
    }
}

/// The type, but for null beside it.
fn type_name(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::String(name) => Some(name),
        Value::Array(names) => names
            .iter()
            .filter_map(Value::as_str)
            .find(|name| *name != "null"),
        _ => None,
    }
}

fn doc(schema: &Value) -> String {
    let text = schema.get("description").and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

fn first_of(text: String, other: impl FnOnce() -> String) -> String {
    if text.is_empty() { other() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::example::Example;

    /// The schema of a type with everything that a config may hold.
    #[test]
    fn reads_what_the_types_say() {
        let schema = schemars::schema_for!(Example).to_value();
        let node = Node::read(&schema);
        let Node::Table(sections) = &node else {
            panic!("{node:?}")
        };
        let names: Vec<_> = sections.iter().map(|key| key.name.as_str()).collect();
        assert_eq!(names, ["advantage", "algorithm", "network"]);
        let advantage = &node.key("advantage").unwrap();
        assert_eq!(advantage.doc, "How advantages are estimated.");
        let discount = advantage.node.key("discount").unwrap();
        assert_eq!(
            (discount.doc.as_str(), &discount.node),
            ("γ.", &Node::Number)
        );
        let network = &node.key("network").unwrap().node;
        assert_eq!(
            network.key("hidden").unwrap().node,
            Node::List(Box::new(Node::Integer { least: Some(0) }))
        );
        let Node::Words(words) = &network.key("activation").unwrap().node else {
            panic!("{network:?}")
        };
        assert_eq!(words[1].word, "relu");
        assert!(matches!(
            network.key("scale").unwrap().node,
            Node::Either(_)
        ));
        assert_eq!(
            network.key("seed").unwrap().node,
            Node::Integer { least: Some(0) }
        );
    }

    #[test]
    fn reads_tagged_tables() {
        let schema = schemars::schema_for!(Example).to_value();
        let node = Node::read(&schema);
        let Node::Tagged { tag, variants } = &node.key("algorithm").unwrap().node else {
            panic!("{node:?}")
        };
        assert_eq!((tag.as_str(), variants.len()), ("name", 2));
        assert_eq!(variants[0].word, "clipped");
        assert_eq!(variants[0].keys[0].name, "clip");
        assert_eq!(variants[0].keys[0].doc, "How far a ratio counts.");
    }
}
