//! What the kernel calls, by name, in the process in which the cells run.
//!
//! The functions have the signature of a compiled cell, which takes and returns the store of
//! variables; they hand it on untouched.

// The symbols must be found by name in the dynamic library. The names carry the project's own
// prefix, so that they clash with nothing, and the pointer is never looked at.
#![expect(unsafe_code, reason = "symbols that the kernel looks up by name")]

use std::{
    cell::Cell,
    ffi::c_void,
    io::{Write, stdout},
    panic::PanicHookInfo,
    thread,
    time::Duration,
};

use kinglet_display::{Message, emit};

/// The line on standard error that ends what a cell has written there.
pub const END_OF_CELL: &str = "\u{2}kinglet:end-of-cell\u{3}";

/// How long text without a newline waits until it is shown.
const PAUSE: Duration = Duration::from_millis(50);

thread_local! {
    static CELLS: Cell<u64> = const { Cell::new(0) };
}

/// How many cells have run to their end in this process, those of the kernel's own start among
/// them.
pub fn cells() -> u64 {
    CELLS.get()
}

/// Before the first cell: panics are reported as messages, and text without a newline is shown
/// while a cell runs.
#[unsafe(no_mangle)]
pub extern "C" fn kinglet_session_start(store: *mut c_void) -> *mut c_void {
    std::panic::set_hook(Box::new(report));
    thread::spawn(|| {
        loop {
            thread::sleep(PAUSE);
            flush();
        }
    });
    store
}

/// After every cell: what it has written leaves the buffers, and a line on standard error tells
/// the reader that nothing more follows there.
#[unsafe(no_mangle)]
pub extern "C" fn kinglet_cell_end(store: *mut c_void) -> *mut c_void {
    CELLS.set(CELLS.get() + 1);
    flush();
    eprintln!("{END_OF_CELL}");
    store
}

/// Nobody reads the output of a process whose reader has gone: there is nothing to report to.
fn flush() {
    let _ = stdout().flush();
}

fn report(info: &PanicHookInfo<'_>) {
    let text = info.payload_as_str().unwrap_or("a value that is not text");
    emit(&Message::Panic {
        text: text.into(),
        location: info.location().map(ToString::to_string).unwrap_or_default(),
    });
}
