//! Lays values over each other.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::layer::{Layer, Origin};
use super::schema::{Key, Node};

/// The values of several layers, and where each comes from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Merged {
    pub(crate) table: Table,
    /// By path, `advantage.discount` say; what is not named is a default.
    pub(crate) origins: BTreeMap<String, Origin>,
}

impl Merged {
    /// The default values of everything.
    pub(crate) fn new(defaults: Table) -> Self {
        Self {
            table: defaults,
            origins: BTreeMap::new(),
        }
    }

    /// Lays a layer over what is there.
    pub(crate) fn lay(&mut self, layer: Layer, schema: &Node) {
        let Layer { origin, table } = layer;
        let mut told = Vec::new();
        lay(&mut self.table, table, schema, "", &mut told);
        let told = told.into_iter().map(|path| (path, origin.clone()));
        self.origins.extend(told);
    }
}

/// Lays a table over another; `told` gathers the paths of what it tells.
fn lay(under: &mut Table, over: Table, node: &Node, at: &str, told: &mut Vec<String>) {
    for (name, value) in over {
        let path = if at.is_empty() {
            name.clone()
        } else {
            format!("{at}.{name}")
        };
        let inner = keys(node, under)
            .iter()
            .find(|key| key.name == name)
            .map(|key| &key.node);
        match (under.get_mut(&name), value, inner) {
            (Some(Value::Table(under)), Value::Table(over), Some(node))
                if !keys(node, under).is_empty() =>
            {
                lay(under, over, node, &path, told);
                // A value that may be a table is one value: whoever changed a part of it is named.
                if matches!(node, Node::Either(_)) {
                    told.push(path);
                }
            }
            (_, value, inner) => {
                under.insert(name, fitted(value, inner));
                told.push(path);
            }
        }
    }
}

/// The keys that go together with those of a table that is there.
pub(crate) fn keys<'a>(node: &'a Node, there: &Table) -> &'a [Key] {
    match node {
        Node::Table(keys) => keys,
        Node::Tagged { tag, variants } => {
            let word = there.get(tag).and_then(Value::as_str);
            let variant = variants
                .iter()
                .find(|variant| Some(variant.word.as_str()) == word);
            variant.map_or(&[], |variant| &variant.keys)
        }
        // Of several kinds of tables the one whose keys are there.
        Node::Either(nodes) => {
            let all = |keys: &&[Key]| {
                there
                    .keys()
                    .all(|name| keys.iter().any(|key| key.name == *name))
            };
            nodes
                .iter()
                .map(|node| keys(node, there))
                .filter(|keys| !keys.is_empty())
                .find(all)
                .unwrap_or(&[])
        }
        _ => &[],
    }
}

/// A whole number where any number may stand is that number.
fn fitted(value: Value, node: Option<&Node>) -> Value {
    match (value, node) {
        (Value::Integer(number), Some(Node::Number)) => Value::Float(number as f64),
        (Value::Integer(number), Some(Node::Either(nodes))) if nodes.contains(&Node::Number) => {
            Value::Float(number as f64)
        }
        (Value::Array(items), Some(Node::List(node))) => Value::Array(
            items
                .into_iter()
                .map(|item| fitted(item, Some(node)))
                .collect(),
        ),
        (Value::Table(table), Some(node)) => {
            let keys = keys(node, &table);
            let node = |name: &str| {
                keys.iter()
                    .find(|key| key.name == name)
                    .map(|key| &key.node)
            };
            Value::Table(
                table
                    .into_iter()
                    .map(|(name, value)| (name.clone(), fitted(value, node(&name))))
                    .collect(),
            )
        }
        (value, _) => value,
    }
}
