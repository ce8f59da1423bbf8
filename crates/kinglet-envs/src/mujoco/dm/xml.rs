//! Models that are made of a file's text.

use std::fs;
use std::ops::Range;
use std::path::Path;

use roxmltree::{Document, Node};

use crate::Error;
use crate::mujoco::Physics;

/// A change of a text: which bytes, and what takes their place.
pub(super) type Edit = (Range<usize>, String);

/// Reads a model after changes of its text, which do not overlap.
///
/// # Errors
/// [`Error::MujocoModel`] where the file cannot be read, is no XML, lacks what is to be changed (`None`), or is no model
/// afterwards.
pub(super) fn load(
    path: &Path,
    edits: impl FnOnce(&Document<'_>) -> Option<Vec<Edit>>,
) -> Result<Physics, Error> {
    let error = |reason: String| Error::MujocoModel {
        path: path.display().to_string(),
        reason,
    };
    let mut text = fs::read_to_string(path).map_err(|e| error(e.to_string()))?;
    let document = Document::parse(&text).map_err(|e| error(e.to_string()))?;
    let missing = || error("it is not the file of dm_control 1.0.50".to_owned());
    let mut edits = edits(&document).ok_or_else(missing)?;
    // From the end, so that what comes before stays in its place.
    edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    for (range, new) in edits {
        text.replace_range(range, &new);
    }
    Physics::parse(path, &text)
}

/// The first element with this tag and name.
pub(super) fn find<'a>(document: &'a Document<'_>, tag: &str, name: &str) -> Option<Node<'a, 'a>> {
    let mut elements = document.descendants();
    elements.find(|e| e.has_tag_name(tag) && e.attribute("name") == Some(name))
}

/// Leaves an element out.
pub(super) fn remove(element: Node<'_, '_>) -> Edit {
    (element.range(), String::new())
}

/// Adds to the end of an element that is not empty.
pub(super) fn append(element: Node<'_, '_>, content: String) -> Option<Edit> {
    let end = element.last_child()?.range().end;
    Some((end..end, content))
}
