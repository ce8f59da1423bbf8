//! All the pages, so that one can link to another.

use std::{fmt, fs, path::Path, process::Command};

use crate::{Chapter, Fault, Macros, Run, chapter::Heading, link::Target, lint, run};

/// The pages of the book and its shorthands.
#[derive(Clone, Debug, Default)]
pub struct Book {
    /// The pages, chapters among them, in the order of their file names.
    pub pages: Vec<Chapter>,
    /// The shorthands of formulae.
    pub macros: Macros,
}

/// What keeps a book from being woven: faults, each with its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(
    /// The file, as a path from the root of the repository, and the fault.
    pub Vec<(String, Fault)>,
);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.0.iter().map(|(file, fault)| format!("{file}:{fault}"));
        f.write_str(&lines.collect::<Vec<_>>().join("\n"))
    }
}

impl std::error::Error for Error {}

impl Book {
    /// Reads the book in a folder: `src/*.md` but `SUMMARY.md`, and `macros.txt`.
    ///
    /// # Errors
    /// Everything that is wrong with any page.
    pub fn load(folder: &Path) -> Result<Self, Error> {
        let mut faults = Vec::new();
        let mut book = Book::default();
        match Macros::parse(&read(&folder.join("macros.txt"))?) {
            Ok(macros) => book.macros = macros,
            Err(fault) => faults.push(("book/macros.txt".into(), fault)),
        }
        for file in files(&folder.join("src"))? {
            match Chapter::parse(&file, &read(&folder.join("src").join(&file))?) {
                Ok(page) => book.pages.push(page),
                Err(found) => faults.extend(found.into_iter().map(|f| (source(&file), f))),
            }
        }
        if faults.is_empty() {
            faults = book.faults();
        }
        match faults.is_empty() {
            true => Ok(book),
            false => Err(Error(faults)),
        }
    }

    /// The chapters: pages named `NN-title.md`.
    pub fn chapters(&self) -> impl Iterator<Item = &Chapter> {
        self.pages.iter().filter(|page| page.is_chapter())
    }

    /// Runs every chapter by `program`, which takes a chapter's name, and reads what it writes: one
    /// run for each page, an empty one for a page without cells.
    ///
    /// # Errors
    /// What stopped the first chapter that did not run to its end, in words.
    pub fn run(&self, program: &Path) -> Result<Vec<Run>, String> {
        let one = |page: &Chapter| match page.is_chapter() {
            true => run_chapter(page, program),
            false => Ok(Run::default()),
        };
        self.pages.iter().map(one).collect()
    }

    /// Everything that is wrong with the pages, each by itself and one with another.
    pub fn faults(&self) -> Vec<(String, Fault)> {
        let mut faults = Vec::new();
        for page in &self.pages {
            let mut found = lint::cells(page);
            found.extend(self.dead_links(page));
            if let (Some(cell), false) = (page.cells.first(), page.is_chapter()) {
                let message = "only chapters hold cells: name the file `NN-title.md`";
                found.push(Fault::new(cell.line, message));
            }
            found.sort();
            faults.extend(found.into_iter().map(|fault| (source(&page.file), fault)));
        }
        faults
    }

    fn dead_links(&self, page: &Chapter) -> Vec<Fault> {
        let dead = page.links.iter().filter_map(|link| {
            let message = match &link.target {
                Target::Equation(id) if self.equation(page, id).is_none() => {
                    format!("no page displays the equation {id}")
                }
                Target::Page(file, _) if self.page(file).is_none() => {
                    format!("there is no page {file}")
                }
                Target::Page(file, Some(anchor)) if !self.anchors(file).contains(anchor) => {
                    format!("{file} has no heading or equation #{anchor}")
                }
                Target::Here(anchor) if !self.anchors(&page.file).contains(anchor) => {
                    format!("the page has no heading or equation #{anchor}")
                }
                _ => return None,
            };
            Some(Fault::new(link.line, message))
        });
        dead.collect()
    }

    pub(crate) fn page(&self, file: &str) -> Option<&Chapter> {
        self.pages.iter().find(|page| page.file == file)
    }

    /// The page that displays an equation: the page that asks, if it does, else the first.
    pub(crate) fn equation<'a>(&'a self, asking: &'a Chapter, id: &str) -> Option<&'a str> {
        let displays =
            |page: &&Chapter| page.formulas.iter().any(|f| f.ids.iter().any(|i| i == id));
        let here = Some(asking).filter(displays);
        here.or_else(|| self.pages.iter().find(displays))
            .map(|page| page.file.as_str())
    }

    /// The heading of a page that an anchor of the book names.
    pub(crate) fn heading(&self, file: &str, anchor: &str) -> Option<&Heading> {
        let mut headings = self.page(file)?.headings.iter();
        headings.find(|heading| slug(&heading.text) == anchor)
    }

    fn anchors(&self, file: &str) -> Vec<String> {
        let Some(page) = self.page(file) else {
            return Vec::new();
        };
        let headings = page.headings.iter().map(|heading| slug(&heading.text));
        headings
            .chain(page.ids().into_iter().map(|id| id.name))
            .collect()
    }
}

fn run_chapter(chapter: &Chapter, program: &Path) -> Result<Run, String> {
    let output = Command::new(program)
        .arg(chapter.slug())
        .env("KINGLET_DISPLAY", "1")
        .output()
        .map_err(|error| format!("{} does not start: {error}", program.display()))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr)
            .trim_end()
            .to_owned());
    }
    run::read(chapter, &String::from_utf8_lossy(&output.stdout))
        .map_err(|fault| format!("{}:{fault}", source(&chapter.file)))
}

/// The anchor that the book gives a heading.
pub(crate) fn slug(heading: &str) -> String {
    let kept = heading
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c })
        .flat_map(char::to_lowercase)
        .collect()
}

fn source(file: &str) -> String {
    format!("book/src/{file}")
}

fn files(folder: &Path) -> Result<Vec<String>, Error> {
    let entries = fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut files: Vec<String> = names
        .filter(|name| name.ends_with(".md") && name != "SUMMARY.md")
        .collect();
    files.sort();
    Ok(files)
}

fn read(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error(vec![(
        path.display().to_string(),
        Fault::new(1, error.to_string()),
    )])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book(pages: &[(&str, &str)]) -> Book {
        let pages = pages
            .iter()
            .map(|(file, text)| Chapter::parse(file, text).unwrap());
        Book {
            pages: pages.collect(),
            macros: Macros::default(),
        }
    }

    #[test]
    fn a_link_to_nothing_is_a_fault() {
        let book = book(&[
            ("01-a.md", "# A\n\n$$x$$ {#DECK-01}\n\n## Of *two*: words\n"),
            (
                "02-b.md",
                "# B\n\n[DECK-01] and [DECK-02]\n[a](01-a.md#of-two-words) [b](01-a.md#no)\n\
                 [c](03-c.md) [d](#b) [e](#no) [f](https://example.org/#no) [g](01-a.md#DECK-01)\n",
            ),
        ]);
        let faults: Vec<String> = book
            .faults()
            .into_iter()
            .map(|(file, fault)| format!("{file}:{fault}"))
            .collect();
        assert_eq!(
            faults,
            [
                "book/src/02-b.md:3: no page displays the equation DECK-02",
                "book/src/02-b.md:4: 01-a.md has no heading or equation #no",
                "book/src/02-b.md:5: the page has no heading or equation #no",
                "book/src/02-b.md:5: there is no page 03-c.md",
            ]
        );
    }

    #[test]
    fn only_chapters_hold_cells() {
        let page = ("introduction.md", "# I\n\n```rust\nlet x = 1.5;\n```\n");
        assert_eq!(book(&[page]).faults().len(), 1);
    }

    #[test]
    fn an_equation_is_looked_for_on_the_same_page_first() {
        let equation = |title| format!("# {title}\n\n$$x$$ {{#DECK-01}}\n");
        let (a, b) = (equation("A"), equation("B"));
        let book = book(&[("01-a.md", &a), ("02-b.md", &b), ("03-c.md", "# C\n")]);
        assert_eq!(book.equation(&book.pages[1], "DECK-01"), Some("02-b.md"));
        assert_eq!(book.equation(&book.pages[2], "DECK-01"), Some("01-a.md"));
    }
}
