//! Finds `{{…}}` in a page before Markdown is read, which would take their brackets for its own.

use std::ops::Range;

use crate::{Fault, Number, chapter::Demo, number, text::line_of};

/// What stands between double braces.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Place {
    Number(Number),
    Demo(Demo),
}

/// The page with its places made harmless, byte for byte as long; the places; what is wrong.
pub(crate) fn find(text: &str, code: &[Range<usize>]) -> (String, Vec<Place>, Vec<Fault>) {
    let mut masked = text.to_owned();
    let (mut places, mut faults) = (Vec::new(), Vec::new());
    let mut at = 0;
    while let Some(found) = text[at..].find("{{") {
        let braces = text[at + found..]
            .bytes()
            .take_while(|&b| b == b'{')
            .count();
        let start = at + found + braces - 2;
        if let Some(range) = code.iter().find(|range| range.contains(&start)) {
            at = range.end.max(start + 2);
            continue;
        }
        let line = line_of(text, start);
        let rest = text[start..].lines().next().unwrap_or("");
        let Some(length) = rest.find("}}") else {
            faults.push(Fault::new(line, "`{{` without its `}}` on the same line"));
            at = start + 2;
            continue;
        };
        let range = start..start + length + 2;
        let alone = text
            .lines()
            .nth(line - 1)
            .is_some_and(|l| l.trim() == &text[range.clone()]);
        match place(&rest[2..length], range.clone(), line, alone) {
            Ok(place) => places.push(place),
            Err(message) => faults.push(Fault::new(line, message)),
        }
        masked.replace_range(range.clone(), &"x".repeat(range.len()));
        at = range.end;
    }
    (masked, places, faults)
}

fn place(body: &str, range: Range<usize>, line: usize, alone: bool) -> Result<Place, String> {
    if let Some(command) = body.strip_prefix('#') {
        let name = command
            .strip_prefix("demo ")
            .map(str::trim)
            .ok_or_else(|| {
                format!("`{{{{#{command}}}}}` is not known; only {{{{#demo name}}}} is")
            })?;
        if !alone {
            return Err("{{#demo name}} stands on a line of its own".into());
        }
        return Ok(Place::Demo(Demo {
            range,
            name: name.into(),
            line,
        }));
    }
    let (expression, source, format) = number::parse(body)?;
    Ok(Place::Number(Number {
        names: number::names(&expression),
        source,
        format,
        line,
        range,
        in_formula: false,
        cells_before: 0,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found_outside_code() {
        let text = "a {{x:.2}} `{{y}}` {{z[0]}}";
        let (masked, places, faults) = find(text, &[11..18, 27..27]);
        assert_eq!(masked, "a xxxxxxxx `{{y}}` xxxxxxxx");
        assert_eq!((places.len(), faults.len()), (2, 0));
    }

    #[test]
    fn braces_of_a_formula_are_left_to_it() {
        let (masked, _, faults) = find(r"$\frac{{{x}}}{2}$", &[]);
        assert_eq!((masked.as_str(), faults.len()), (r"$\frac{xxxxx}{2}$", 0));
    }

    #[test]
    fn a_demo_stands_alone() {
        let name = |text| match &find(text, &[]).1[..] {
            [Place::Demo(demo)] => Some(demo.name.clone()),
            _ => None,
        };
        assert_eq!(name("a\n{{#demo cliff}}\nb").as_deref(), Some("cliff"));
        assert_eq!(name("a {{#demo cliff}}"), None);
    }

    #[test]
    fn what_is_wrong_is_named_by_line() {
        let (_, _, faults) = find("a\n{{x\n}} {{#include f}}\n{{}}", &[]);
        assert_eq!(
            faults.iter().map(|fault| fault.line).collect::<Vec<_>>(),
            [2, 3, 4]
        );
    }
}
