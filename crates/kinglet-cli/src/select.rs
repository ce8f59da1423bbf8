//! Which entries are meant.

use kinglet_derivations::{Entry, Source, catalogue, find};

use crate::error::Error;

/// How many near identifiers an error names.
const NEAREST: usize = 3;

/// The entries that have one of these identifiers, or all if there is none, and that are of the
/// source; in the catalogue's order, each once.
pub(crate) fn select(ids: &[String], source: Option<Source>) -> Result<Vec<&'static Entry>, Error> {
    let mut wanted = Vec::new();
    for id in ids {
        let entry = find(id).ok_or_else(|| unknown(id))?;
        if let Some(source) = source.filter(|source| *source != entry.source) {
            let (id, source_name) = (entry.id, source.prefix());
            return Err(Error::OtherSource { id, source_name });
        }
        wanted.push(entry.id);
    }
    let entries = catalogue().iter();
    Ok(entries
        .filter(|e| ids.is_empty() || wanted.contains(&e.id))
        .filter(|e| source.is_none_or(|source| source == e.source))
        .collect())
}

fn unknown(id: &str) -> Error {
    Error::UnknownEntry {
        id: id.to_owned(),
        nearest: nearest(id),
    }
}

/// The identifiers that need the fewest letters changed, the catalogue's order among equals.
fn nearest(id: &str) -> Vec<&'static str> {
    let id = id.to_uppercase();
    let mut ids: Vec<_> = catalogue().iter().map(|e| e.id).collect();
    ids.sort_by_key(|known| strsim::damerau_levenshtein(&id, known));
    ids.truncate(NEAREST);
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(ids: &[&str], source: Option<Source>) -> Result<Vec<&'static str>, Error> {
        let ids: Vec<String> = ids.iter().map(|id| id.to_string()).collect();
        Ok(select(&ids, source)?.iter().map(|e| e.id).collect())
    }

    #[test]
    fn no_identifier_means_all() {
        assert_eq!(ids(&[], None).unwrap().len(), catalogue().len());
        for source in Source::ALL {
            let ids = ids(&[], Some(source)).unwrap();
            assert!(!ids.is_empty() && ids.iter().all(|id| id.starts_with(source.prefix())));
        }
    }

    #[test]
    fn identifiers_come_once_and_in_order() {
        let picked = ids(&["cs285-02", "Deck-01", "CS285-02"], None).unwrap();
        assert_eq!(picked, ["DECK-01", "CS285-02"]);
    }

    #[test]
    fn an_unknown_identifier_names_the_nearest() {
        let error = ids(&["DECK-01", "cs285-99"], None).unwrap_err();
        let Error::UnknownEntry { id, nearest } = &error else {
            panic!("{error}");
        };
        assert_eq!((id.as_str(), nearest.len()), ("cs285-99", NEAREST));
        assert_eq!(nearest[0], "CS285-09");
    }

    #[test]
    fn an_entry_of_another_source_is_refused() {
        let error = ids(&["DECK-01"], Some(Source::Cs285)).unwrap_err();
        assert!(matches!(
            error,
            Error::OtherSource {
                id: "DECK-01",
                source_name: "CS285"
            }
        ));
    }
}
