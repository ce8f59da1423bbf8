//! What a user may write and what is said of the rest.

use std::path::Path;

use toml::Table;

use super::example::{Activation, Algorithm, Example, Scale};
use super::layer::{Layer, Refused};
use super::merge::Merged;
use super::print::print;
use super::schema::Node;

fn schema() -> Node {
    Node::read(&schemars::schema_for!(Example).to_value())
}

fn defaults() -> Merged {
    Merged::new(Table::try_from(Example::clipped()).unwrap())
}

fn refusal(text: &str) -> Refused {
    Layer::file(Path::new("c.toml"), text, &schema(), "clipped").unwrap_err()
}

fn effective(merged: &Merged) -> Example {
    merged.table.clone().try_into().unwrap()
}

#[test]
fn layers_lie_over_each_other() {
    let (schema, mut merged) = (schema(), defaults());
    let file = "[advantage]\ndiscount = 1\n[network]\nhidden = [32]\nscale = { fixed = 0.5 }";
    let layer = Layer::file(Path::new("c.toml"), file, &schema, "clipped").unwrap();
    merged.lay(layer, &schema);
    for set in [
        "algorithm.clip=0.1",
        "network.activation=relu",
        "network.seed = 7",
    ] {
        merged.lay(Layer::set(set, &schema, "clipped").unwrap(), &schema);
    }
    let config = effective(&merged);
    assert_eq!(
        (config.advantage.discount, config.advantage.normalise),
        (1.0, true)
    );
    assert_eq!(config.network.hidden, [32]);
    assert_eq!(config.network.scale, Scale::Fixed(0.5));
    assert_eq!(config.network.activation, Activation::Relu);
    assert_eq!(config.network.seed, Some(7));
    assert!(matches!(config.algorithm, Algorithm::Clipped(clipped) if clipped.clip == 0.1));
    let origin = |path: &str| merged.origins.get(path).map(ToString::to_string);
    assert_eq!(origin("advantage.discount").as_deref(), Some("c.toml"));
    assert_eq!(
        origin("algorithm.clip").as_deref(),
        Some("--set algorithm.clip=0.1")
    );
    assert_eq!(origin("advantage.normalise"), None);
}

#[test]
fn what_is_printed_says_the_same_again() {
    let (schema, mut merged) = (schema(), defaults());
    merged.lay(
        Layer::set("network.scale={fixed=0.25}", &schema, "clipped").unwrap(),
        &schema,
    );
    let text = print(&merged, &schema);
    let again = Layer::file(Path::new("again.toml"), &text, &schema, "clipped").unwrap();
    assert_eq!(again.table, merged.table);
    // Every key stands under its documentation, also one that is not set.
    for line in [
        "# How advantages are estimated.\n[advantage]\n# γ.\ndiscount = 0.99\n",
        "# The network.\n[network]\n",
        "# What is done.\n# The first.\n[algorithm]\nname = \"clipped\"\n# How far a ratio counts.\nclip = 0.2\n",
        "# Another seed.\n# seed is not set: a whole number of at least 0\n",
        "scale = { fixed = 0.25 } # from --set network.scale={fixed=0.25}\n",
        "# Allowed: \"tanh\", \"relu\".\nactivation = \"tanh\"\n",
    ] {
        assert!(text.contains(line), "{line}\n---\n{text}");
    }
}

#[test]
fn an_unknown_key_is_told_with_its_line_and_the_nearest() {
    let refused = refusal("# mine\n[advantage]\ndiscout = 0.9\n");
    assert_eq!(refused.line, Some(3));
    let words = [
        "`advantage.discout`",
        "the nearest: advantage.discount",
        "discount, normalise",
    ];
    assert!(
        words.iter().all(|word| refused.message.contains(word)),
        "{refused}"
    );
    let refused = refusal("[advntage]\ndiscount = 0.9\n");
    assert_eq!(refused.line, Some(1));
    assert!(
        refused.message.contains("the nearest: advantage"),
        "{refused}"
    );
    // A key of the other algorithm.
    let refused = refusal("\n\nalgorithm.tries = 3");
    assert_eq!(refused.line, Some(3));
    assert!(refused.message.contains("`algorithm.tries`"), "{refused}");
}

#[test]
fn a_value_of_another_type_is_told_with_its_line() {
    for (text, line, words) in [
        (
            "[advantage]\n\ndiscount = \"high\"",
            3,
            ["`advantage.discount`", "a number"],
        ),
        ("advantage.discount = nan", 1, ["nan", "a number"]),
        (
            "[advantage]\nnormalise = 1",
            2,
            ["the whole number 1", "true or false"],
        ),
        (
            "[network]\nhidden = [64,\n  -1]",
            3,
            ["the whole number -1", "at least 0"],
        ),
        (
            "[network]\nhidden = 64",
            2,
            ["the whole number 64", "a list"],
        ),
        (
            "[network]\nactivation = \"rleu\"",
            2,
            ["the nearest: \"relu\"", "\"tanh\", \"relu\""],
        ),
        (
            "[network]\nscale = \"wide\"",
            2,
            ["the text \"wide\"", "\"learned\", or a table of fixed"],
        ),
        (
            "[algorithm]\nname = 3",
            2,
            ["the whole number 3", "`algorithm.name`"],
        ),
        (
            "[network]\nhidden = []\nscale = { fixd = 0.5 }",
            3,
            [
                "unknown key `network.scale.fixd`",
                "nearest: network.scale.fixed",
            ],
        ),
        (
            "[algorithm]\nname = \"cliped\"",
            2,
            ["the nearest: \"clipped\"", "\"bounded\""],
        ),
        (
            "advantage = 3",
            1,
            ["the whole number 3", "a table of discount, normalise"],
        ),
        (
            "[advantage]\ndiscount = 0.9\ndiscount = 0.8",
            3,
            ["duplicate", "key"],
        ),
        ("[advantage\n", 1, ["table", ""]),
    ] {
        let refused = refusal(text);
        assert_eq!(refused.line, Some(line), "{text}\n{refused}");
        assert!(
            words.iter().all(|word| refused.message.contains(word)),
            "{text}\n{refused}"
        );
    }
}

#[test]
fn what_is_set_wrongly_is_told_as_it_was_typed() {
    for (set, word) in [
        ("advantage.discount", "key=value"),
        ("advantage.discount=", "a number"),
        ("advantage.discount=fast", "the text \"fast\""),
        ("discount=0.9", "unknown key `discount`"),
        ("=3", "key"),
        ("a b=3", "key"),
    ] {
        let refused = Layer::set(set, &schema(), "clipped").unwrap_err();
        let text = refused.to_string();
        assert!(text.starts_with(&format!("--set {set}: ")), "{text}");
        assert!(text.contains(word), "{text}");
    }
}
