//! The protocol: whatever is shown arrives as it was, and nothing else is taken for a message.

use kinglet_display::{
    Bundle, Cell, Latex, Markdown, Message, Show, Table, decode, encode, split_line,
};

/// Contents that try to end a message early, to start another, or to be lost.
const HOSTILE: [&str; 9] = [
    "",
    " ",
    "\n\r\n\t\0",
    "\u{2}kinglet:show dGV4dA==\u{3}",
    "\u{3}\u{3}",
    "EVCXR_BEGIN_CONTENT text/html\n<b>\nEVCXR_END_CONTENT",
    "a b  c",
    "é→𝒩\u{301}\u{202e}\u{feff}",
    "\u{10ffff}",
];

fn messages(text: &str) -> Vec<Message> {
    let bundle = Bundle::text(text).with(text, text).with("text/html", "<b>");
    vec![
        Message::Show {
            id: None,
            bundle: bundle.clone(),
        },
        Message::Show {
            id: Some(text.into()),
            bundle: bundle.clone(),
        },
        Message::Show {
            id: None,
            bundle: Bundle::default(),
        },
        Message::Update {
            id: text.into(),
            bundle,
        },
        Message::Value {
            name: text.into(),
            text: text.into(),
        },
        Message::Panic {
            text: text.into(),
            location: text.into(),
        },
        Message::CellStart(text.len()),
        Message::CellEnd(usize::MAX),
    ]
}

#[test]
fn every_message_arrives_as_it_was() {
    for text in HOSTILE {
        for message in messages(text) {
            let line = encode(&message);
            assert_eq!(line.lines().count(), 1, "{line:?}");
            assert_eq!(decode(&line).as_ref(), Some(&message));
            let behind = format!("{}{line}", text.replace(['\n', '\r'], ""));
            let (before, found) = split_line(&behind);
            assert_eq!(
                (before.len() + line.len(), found),
                (behind.len(), Some(message))
            );
        }
    }
}

#[test]
fn a_damaged_line_is_no_message() {
    for message in messages("text") {
        let line = encode(&message);
        for cut in (1..line.len()).filter(|&cut| line.is_char_boundary(cut)) {
            assert_eq!(decode(&line[..cut]), None, "{:?}", &line[..cut]);
            assert_eq!(decode(&line[cut..]), None, "{:?}", &line[cut..]);
        }
        assert_eq!(decode(&format!("{line}\n")), None);
    }
}

#[test]
fn a_line_that_is_none_of_ours_is_text() {
    let lines = HOSTILE
        .into_iter()
        .filter(|line| !line.contains("kinglet:show"));
    for line in lines.chain(["\u{2}kinglet:\u{3}", "\u{2}kinglet:cell-end AA==\u{3}"]) {
        assert_eq!(split_line(line), (line, None), "{line:?}");
    }
}

#[test]
fn html_is_escaped_and_text_is_not() {
    let mut table = Table::new(&["<a>", "\"b\""]);
    table.push(["x & y".into(), Cell::Number(f64::NAN)]);
    let bundle = table.bundle();
    let html = bundle.get("text/html").unwrap();
    assert!(html.contains("&lt;a&gt;") && html.contains("&quot;b&quot;"));
    assert!(html.contains("x &amp; y") && html.contains("NaN"));
    assert!(bundle.get("text/plain").unwrap().contains("x & y"));
}

#[test]
fn columns_are_aligned_by_characters() {
    let mut table = Table::new(&["π", "n"]);
    table.push(["é→".into(), 7.into()]);
    table.push(["a".into(), 1000.into()]);
    let text = "π      n\né→     7\na   1000";
    assert_eq!(table.bundle().get("text/plain"), Some(text));
}

#[test]
#[should_panic(expected = "a row of 1 cells, 2 columns")]
fn a_row_of_another_length_is_refused() {
    Table::new(&["a", "b"]).push(["x".into()]);
}

#[test]
fn sources_are_kept() {
    let (latex, markdown) = (Latex::new(r"\alpha < 1"), Markdown::new("*a*"));
    assert_eq!(latex.bundle().get("text/plain"), Some(r"\alpha < 1"));
    assert_eq!(markdown.bundle().get("text/markdown"), Some("*a*"));
}
