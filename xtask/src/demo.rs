//! `cargo xtask demo`: compiles the live demo to WebAssembly and puts it, with its page, into the
//! fragment that the book includes. The fragment is committed, so that the book needs no
//! WebAssembly target; it holds the only copy of the WebAssembly.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use base64::{Engine, prelude::BASE64_STANDARD};
use duct::cmd;
use regex::Regex;

use crate::report::{Count, Step};
use crate::{setup, workspace};

const PACKAGE: &str = "kinglet-demo-cliff";
const TARGET: &str = "wasm32-unknown-unknown";

/// Rebuilds the fragment.
///
/// # Errors
/// No WebAssembly target, or the demo does not compile.
pub(crate) fn build() -> Result<()> {
    let mut step = Step::open(1, 1, "demo", "compiling the live demo to WebAssembly")?;
    let outcome = make(&mut step).map(|()| Count::passed(1));
    if step.close("demo", &outcome).failed > 0 {
        bail!("the demo was not built");
    }
    println!("{}", fragment_path().display());
    Ok(())
}

fn make(step: &mut Step) -> Result<()> {
    let compiler = compiler()?.with_context(|| {
        format!("Rust's {TARGET} is missing: install it by `rustup target add {TARGET}`")
    })?;
    let wasm = compile(step)?;
    let text = assemble(step, &compiler, &BASE64_STANDARD.encode(wasm))?;
    fs::write(fragment_path(), text).context("demo.html cannot be written")
}

/// Whether the committed fragment is fresh, computes what the crate computes, and shows it.
pub(crate) fn check(step: &mut Step) -> Result<Count> {
    let committed = fs::read_to_string(fragment_path()).context("demo.html is missing")?;
    let (built_by, wasm) = taken_apart(&committed)?;
    ensure!(
        assemble(step, &built_by, &wasm)? == committed,
        "demo.html does not hold what page/ holds: run `cargo xtask demo`"
    );
    let mut count = Count::passed(1);
    match compiler()? {
        Some(compiler) if compiler == built_by => {
            let fresh = BASE64_STANDARD.encode(compile(step)?);
            ensure!(
                fresh == wasm,
                "demo.html's WebAssembly is stale: run `cargo xtask demo`"
            );
            count += Count::passed(1);
        }
        Some(other) => step.say(&format!("not rebuilt: this is {other}, it was {built_by}")),
        None => step.say(&format!("not rebuilt: Rust's {TARGET} is not installed")),
    }
    count += in_node_and_chromium(step)?;
    Ok(count)
}

/// The tests of the fragment against the numbers that the crate computes natively.
fn in_node_and_chromium(step: &mut Step) -> Result<Count> {
    let golden = output("golden.json")?;
    step.run(cmd!(
        "cargo",
        "run",
        "--quiet",
        "-p",
        PACKAGE,
        "--example",
        "golden",
        "--",
        &golden
    ))?;
    let node = setup::node(step, &workspace::root().join("book/tests"))?;
    let chromium = setup::chromium(step)?;
    let tests = folder().join("tests");
    let fragment = fragment_path();
    step.say("comparing the WebAssembly with native values in node");
    let (output, _) = step.attempt(cmd!(&node, tests.join("wasm.mjs"), &fragment, &golden))?;
    let mut count = tally(&output)?;
    step.say("moving the sliders in Chromium");
    let pictures = workspace::target().join("xtask/demo");
    let page = cmd!(&node, tests.join("page.mjs"), &fragment, &golden, pictures);
    let (output, _) = step.attempt(page.env("CHROMIUM", chromium))?;
    count += tally(&output)?;
    Ok(count)
}

/// The last line of a test's output: `12 passed, 0 failed`.
fn tally(output: &str) -> Result<Count> {
    let line = Regex::new(r"^(\d+) passed, (\d+) failed$").expect("the expression is valid");
    let last = output.lines().last().unwrap_or_default();
    let found = line
        .captures(last)
        .with_context(|| format!("the test broke off: {last}"))?;
    Ok(Count {
        passed: found[1].parse()?,
        failed: found[2].parse()?,
    })
}

/// The compiler's name and version, if it has the WebAssembly target.
fn compiler() -> Result<Option<String>> {
    let root = workspace::root();
    let libraries = cmd!("rustc", "--print", "target-libdir", "--target", TARGET).dir(root);
    let installed = libraries
        .stderr_null()
        .read()
        .is_ok_and(|path| Path::new(&path).is_dir());
    let version = cmd!("rustc", "--version").dir(root).read()?;
    Ok(installed.then_some(version))
}

/// The demo as WebAssembly: the same bytes wherever the clone and Cargo's home lie.
fn compile(step: &mut Step) -> Result<Vec<u8>> {
    let flags: Vec<String> = renamings()?
        .iter()
        .map(|(path, name)| format!("--remap-path-prefix={}={name}", path.display()))
        .collect();
    let folder = workspace::target().join("xtask/wasm");
    step.run(
        // A little faster and smaller than optimised for size.
        cmd!(
            "cargo",
            "build",
            "--quiet",
            "--locked",
            "-p",
            PACKAGE,
            "--lib",
            "--target",
            TARGET,
            "--profile",
            "wasm",
            "--config",
            "profile.wasm.opt-level=2",
            "--target-dir",
            &folder
        )
        .env_remove("RUSTFLAGS")
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}")),
    )?;
    let path = folder.join(TARGET).join("wasm/kinglet_demo_cliff.wasm");
    fs::read(&path).with_context(|| format!("{} is missing", path.display()))
}

/// Folders whose names would stand in the WebAssembly's messages, and what stands there instead.
fn renamings() -> Result<Vec<(PathBuf, String)>> {
    let root = workspace::root();
    let verbose = cmd!("rustc", "-vV").dir(root).read()?;
    let commit = verbose
        .lines()
        .find_map(|line| line.strip_prefix("commit-hash: "));
    let sysroot = PathBuf::from(cmd!("rustc", "--print", "sysroot").dir(root).read()?);
    let library = sysroot.join("lib/rustlib/src/rust");
    let mut renamings = vec![
        (root.to_owned(), "kinglet".to_owned()),
        (library, format!("/rustc/{}", commit.unwrap_or("unknown"))),
    ];
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    let sources = home
        .context("no home folder: set CARGO_HOME")?
        .join("registry/src");
    if let Ok(entries) = fs::read_dir(sources) {
        let folders = entries.filter_map(|entry| Some(entry.ok()?.path()));
        renamings.extend(folders.map(|folder| (folder, "cargo".to_owned())));
    }
    Ok(renamings)
}

/// The compiler's name and the WebAssembly in base64 out of a fragment.
fn taken_apart(fragment: &str) -> Result<(String, String)> {
    let part = |expression: &str| -> Result<String> {
        let found = Regex::new(expression)?
            .captures(fragment)
            .map(|found| found[1].to_owned());
        found.context("demo.html was not made by `cargo xtask demo`")
    };
    let compiler = part("<!-- WebAssembly by (.*) -->")?;
    Ok((
        compiler,
        part("class=\"cliff-wasm\">([A-Za-z0-9+/=]*)</script>")?,
    ))
}

/// The fragment: the page's files, a picture for readers without scripts, the WebAssembly.
fn assemble(step: &mut Step, compiler: &str, wasm: &str) -> Result<String> {
    let picture = output("picture.svg")?;
    step.run(cmd!(
        "cargo",
        "run",
        "--quiet",
        "-p",
        PACKAGE,
        "--example",
        "picture",
        "--",
        &picture
    ))?;
    let page = |name: &str| fs::read_to_string(folder().join("page").join(name));
    fill(
        &page("cliff.html")?,
        &[
            ("compiler", compiler),
            ("style", &page("cliff.css")?),
            ("picture", &fs::read_to_string(picture)?),
            ("wasm", wasm),
            ("script", &page("cliff.js")?),
        ],
    )
}

/// Puts each part in the place of its name in double braces.
fn fill(template: &str, parts: &[(&str, &str)]) -> Result<String> {
    let mut pieces = template.split("{{");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (name, rest) = piece
            .split_once("}}")
            .context("cliff.html: {{ without }}")?;
        let part = parts.iter().find(|(known, _)| *known == name);
        let (_, part) = part.with_context(|| format!("cliff.html: {{{{{name}}}}} is unknown"))?;
        text.push_str(part);
        text.push_str(rest);
    }
    Ok(text)
}

/// A file that an example of the demo writes.
fn output(name: &str) -> Result<PathBuf> {
    let folder = workspace::target().join("xtask/demo");
    fs::create_dir_all(&folder)?;
    Ok(folder.join(name))
}

fn folder() -> PathBuf {
    workspace::root().join("book/demos/cliff")
}

fn fragment_path() -> PathBuf {
    folder().join("demo.html")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stand_where_their_names_stood_and_are_not_read_again() {
        let parts = [("a", "{{b}}"), ("b", "2")];
        assert_eq!(fill("<{{a}}|{{b}}>", &parts).unwrap(), "<{{b}}|2>");
        assert!(fill("{{c}}", &parts).is_err());
        assert!(fill("{{a", &parts).is_err());
    }

    #[test]
    fn a_fragment_gives_its_parts_back() {
        let page = "<!-- WebAssembly by rustc 1.95.0 (x y) -->\n<script class=\"cliff-wasm\">AGFz/+0=</script>";
        let parts = taken_apart(page).unwrap();
        assert_eq!(
            parts,
            ("rustc 1.95.0 (x y)".to_owned(), "AGFz/+0=".to_owned())
        );
        assert!(taken_apart("<p>other</p>").is_err());
    }

    #[test]
    fn a_count_is_the_last_line_or_the_test_broke_off() {
        assert_eq!(
            tally("x\n3 passed, 1 failed\n").unwrap(),
            Count {
                passed: 3,
                failed: 1
            }
        );
        assert!(tally("3 passed, 1 failed\nError: boom").is_err());
    }
}
