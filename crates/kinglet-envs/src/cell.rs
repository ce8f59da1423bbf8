//! What a map's cell is, and the character that stands for it.

use std::fmt::{self, Display};

use ndarray::Array2;

use crate::Error;

/// A cell of a grid, and its character on a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cell {
    /// `#`, no state: a walker that moves into it stays where it was.
    Wall,
    /// `.`, an ordinary cell.
    Free,
    /// `S`, ordinary too; a trajectory starts in one of these, each equally probable.
    Start,
    /// `C`, with a reward of its own and perhaps no way back.
    Cliff,
    /// `G`, with a reward of its own and perhaps no way back.
    Goal,
}

impl Cell {
    /// The kind of cell that a character stands for.
    pub fn from_symbol(symbol: char) -> Option<Self> {
        let kinds = [Self::Wall, Self::Free, Self::Start, Self::Cliff, Self::Goal];
        kinds.into_iter().find(|kind| kind.symbol() == symbol)
    }

    /// Its character.
    pub fn symbol(self) -> char {
        match self {
            Self::Wall => '#',
            Self::Free => '.',
            Self::Start => 'S',
            Self::Cliff => 'C',
            Self::Goal => 'G',
        }
    }
}

impl Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.symbol())
    }
}

/// Reads a map, a line a row. White space around lines and blank lines around the map do not
/// count as cells, but they do count in the lines and columns that an error names.
pub(crate) fn read_map(map: &str) -> Result<Array2<Cell>, Error> {
    let mut cells = Vec::new();
    let mut n_cols = None;
    for (line, text) in map.trim_end().lines().enumerate() {
        if n_cols.is_none() && text.trim().is_empty() {
            continue;
        }
        let before = cells.len();
        read_line(line + 1, text, &mut cells)?;
        let found = cells.len() - before;
        let expected = *n_cols.get_or_insert(found);
        if found != expected {
            return Err(Error::RaggedMap {
                line: line + 1,
                expected,
                found,
            });
        }
    }
    let n_cols = n_cols.ok_or(Error::EmptyMap)?;
    let shape = (cells.len() / n_cols, n_cols);
    Ok(Array2::from_shape_vec(shape, cells).expect("all rows have n_cols cells"))
}

fn read_line(line: usize, text: &str, cells: &mut Vec<Cell>) -> Result<(), Error> {
    let indent = text
        .chars()
        .take_while(|symbol| symbol.is_whitespace())
        .count();
    for (column, character) in text.trim().chars().enumerate() {
        let column = indent + column + 1;
        let unknown = Error::UnknownCell {
            character,
            line,
            column,
        };
        cells.push(Cell::from_symbol(character).ok_or(unknown)?);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_indented_map_reads_as_itself() {
        let plain = read_map("S.#\nCCG").unwrap();
        assert_eq!(read_map("\n\n    S.#  \r\n    CCG\n\n  ").unwrap(), plain);
        assert_eq!(plain.dim(), (2, 3));
        assert_eq!(plain[[0, 2]], Cell::Wall);
        assert_eq!(plain[[1, 0]], Cell::Cliff);
    }

    #[test]
    fn errors_count_lines_and_columns_from_one() {
        let unknown = |character, line, column| {
            Err(Error::UnknownCell {
                character,
                line,
                column,
            })
        };
        assert_eq!(read_map("S.G\n..x"), unknown('x', 2, 3));
        assert_eq!(read_map("\n  S.G\n  é.."), unknown('é', 3, 3));
        assert_eq!(read_map("S G"), unknown(' ', 1, 2));
        assert_eq!(read_map("s"), unknown('s', 1, 1));
        let ragged = |line, expected, found| {
            Err(Error::RaggedMap {
                line,
                expected,
                found,
            })
        };
        assert_eq!(read_map("S.G\n..\n..."), ragged(2, 3, 2));
        assert_eq!(read_map("S.G\n\n..."), ragged(2, 3, 0));
        for nothing in ["", " \n\t\n"] {
            assert_eq!(read_map(nothing), Err(Error::EmptyMap));
        }
    }
}
