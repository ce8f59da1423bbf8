//! The seeds of several runs.

use std::ops::Range;
use std::str::FromStr;

/// Seeds `A..B`, from A to B − 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seeds(pub(crate) Range<u64>);

impl FromStr for Seeds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "expected A..B, two whole numbers, for example 0..10 for the seeds 0 to 9; found `{text}`"
            )
        };
        let (first, end) = text.split_once("..").ok_or_else(wrong)?;
        let (first, end) = (
            first.parse().map_err(|_| wrong())?,
            end.parse().map_err(|_| wrong())?,
        );
        if first >= end {
            return Err(format!(
                "{first}..{end} holds no seed: it goes from {first} to below {end}"
            ));
        }
        Ok(Self(first..end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_not_among_them() {
        assert_eq!(
            "3..6".parse::<Seeds>().unwrap().0.collect::<Vec<_>>(),
            [3, 4, 5]
        );
    }

    #[test]
    fn what_is_no_range_is_told() {
        for (text, word) in [
            ("3", "A..B"),
            ("a..3", "`a..3`"),
            ("-1..3", "A..B"),
            ("4..4", "no seed"),
            ("5..4", "no seed"),
        ] {
            let error = text.parse::<Seeds>().unwrap_err();
            assert!(error.contains(word), "{error}");
        }
    }
}
