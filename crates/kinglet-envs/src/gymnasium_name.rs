//! Names of whatever an installed Gymnasium has.

use std::collections::BTreeSet;
use std::fmt::{self, Display};
use std::sync::Mutex;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An environment of an installed Gymnasium: `gym/` and its id, `gym/CartPole-v1`; and after a question mark options of
/// `gymnasium.make`, `gym/ALE/Pong-v5?obs_type=ram&frameskip=4`.
///
/// Whether there is such an environment shows when it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GymnasiumName(&'static str);

impl GymnasiumName {
    /// How such a name begins.
    pub(crate) const PREFIX: &'static str = "gym/";

    /// The name; `None` where it does not begin as such names do, or ends there.
    pub(crate) fn read(name: &str) -> Option<Self> {
        let id = name.strip_prefix(Self::PREFIX)?;
        (!id.is_empty()).then(|| Self(kept(name)))
    }

    /// The name.
    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// What is to be made. The value of an option is JSON; a word needs no quotes.
    #[cfg(feature = "gymnasium")]
    pub fn recipe(self) -> crate::gymnasium::Recipe {
        let rest = self.0.strip_prefix(Self::PREFIX).unwrap_or(self.0);
        let (id, options) = rest.split_once('?').unwrap_or((rest, ""));
        let options = options.split('&').filter(|option| !option.is_empty());
        let option = |text: &str| {
            let (key, value) = text.split_once('=').unwrap_or((text, "true"));
            let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
            (key.to_owned(), value)
        };
        let mut recipe = crate::gymnasium::Recipe::new(id);
        recipe.options.extend(options.map(option));
        recipe
    }
}

impl Serialize for GymnasiumName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

impl<'de> Deserialize<'de> for GymnasiumName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        Self::read(&name).ok_or_else(|| D::Error::custom(format!("{name} is no gym/ID")))
    }
}

/// A text that stays for as long as the program runs, each once: there are as many as a user types.
fn kept(name: &str) -> &'static str {
    static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut names = NAMES
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(known) = names.get(name) {
        return known;
    }
    let name: &'static str = Box::leak(name.to_owned().into_boxed_str());
    names.insert(name);
    name
}

impl Display for GymnasiumName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_begins_with_the_suite_and_is_kept_once() {
        assert_eq!(GymnasiumName::read("cartpole"), None);
        assert_eq!(GymnasiumName::read("gym/"), None);
        let [one, other] = [(); 2].map(|()| GymnasiumName::read("gym/CartPole-v1").unwrap());
        assert!(std::ptr::eq(one.as_str(), other.as_str()));
    }

    #[cfg(feature = "gymnasium")]
    #[test]
    fn options_follow_a_question_mark() {
        let recipe = |name| GymnasiumName::read(name).unwrap().recipe();
        let pong = recipe("gym/ALE/Pong-v5?obs_type=ram&frameskip=4&repeat_action_probability=0.0");
        assert_eq!(pong.id, "ALE/Pong-v5");
        assert_eq!(pong.options["obs_type"], "ram");
        assert_eq!(pong.options["frameskip"], 4);
        assert_eq!(pong.options["repeat_action_probability"], 0.0);
        assert!(recipe("gym/Taxi-v4").options.is_empty());
    }
}
