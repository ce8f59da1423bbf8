//! Runs a chapter of the book: `kinglet-book 01-elbo`; without a name, lists them.

use std::{env, process::ExitCode};

use kinglet_book::{CHAPTERS, runtime};

fn main() -> ExitCode {
    let Some(name) = env::args().nth(1) else {
        for (slug, _) in CHAPTERS {
            println!("{slug}");
        }
        return ExitCode::SUCCESS;
    };
    let Some((slug, program)) = CHAPTERS.iter().find(|(slug, _)| *slug == name) else {
        eprintln!("there is no chapter `{name}`; without a name the chapters are listed");
        return ExitCode::from(2);
    };
    match runtime::run(slug, *program) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}
