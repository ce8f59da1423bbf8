//! The Python interpreter inside the program.

use std::ffi::{CStr, CString};
use std::mem::MaybeUninit;
use std::sync::OnceLock;

use pyo3::ffi;
use pyo3::prelude::*;

use crate::Error;

/// The Python that the program was built with: the one of the virtual environment, so that its packages are found.
const PROGRAM: &str = env!("KINGLET_PYTHON_PROGRAM");

/// Begins the interpreter, if there is none yet.
///
/// # Errors
/// [`Error::Python`] where Python cannot begin, as when its own library has been removed.
pub(super) fn start() -> Result<(), Error> {
    static STARTED: OnceLock<Result<(), String>> = OnceLock::new();
    let started = STARTED.get_or_init(begin);
    started.clone().map_err(|message| Error::Python {
        doing: PROGRAM.to_owned(),
        message,
    })
}

/// An interpreter that takes itself for [`PROGRAM`]: it finds its own library and the packages from there, and not from
/// whatever `python3` is on the PATH.
///
/// Source: PEP 587.
#[expect(unsafe_code, reason = "an interpreter is configured in C")]
fn begin() -> Result<(), String> {
    let program = CString::new(PROGRAM).map_err(|error| error.to_string())?;
    let mut config = MaybeUninit::<ffi::PyConfig>::uninit();
    // SAFETY: the one caller runs this once, and no other code of this crate uses Python before it has. The configuration
    // is initialised by the function for that, before anything else touches it; `program` outlives the call that copies
    // it; the message of a status is a static text of Python's, or null. The thread that begins an interpreter holds its
    // lock and must give it back for others, and `PyO3` on any thread takes it again when it attaches.
    unsafe {
        if ffi::Py_IsInitialized() != 0 {
            return Ok(());
        }
        ffi::PyConfig_InitPythonConfig(config.as_mut_ptr());
        let config = config.assume_init_mut();
        config.install_signal_handlers = 0;
        config.parse_argv = 0;
        let name = &raw mut config.program_name;
        let mut status = ffi::PyConfig_SetBytesString(config, name, program.as_ptr());
        if ffi::PyStatus_Exception(status) == 0 {
            status = ffi::Py_InitializeFromConfig(config);
        }
        ffi::PyConfig_Clear(config);
        if ffi::PyStatus_Exception(status) != 0 {
            let said = (!status.err_msg.is_null()).then(|| CStr::from_ptr(status.err_msg));
            let said = said.map(|said| said.to_string_lossy().into_owned());
            return Err(said.unwrap_or_else(|| "the interpreter does not begin".to_owned()));
        }
        ffi::PyEval_SaveThread();
    }
    Ok(())
}

/// Does something with the interpreter, for which its lock is held meanwhile.
pub(super) fn attach<T>(what: impl FnOnce(Python<'_>) -> T) -> T {
    thread_local! {
        static SEAT: Seat = Seat::take();
    }
    // A thread that is ending has none any more, and does without.
    let _ = SEAT.try_with(|_| ());
    Python::attach(what)
}

/// What the interpreter knows of this thread. It would be made and thrown away each time that the thread attaches, if it
/// were not kept: that takes longer than many a step.
struct Seat(Option<(ffi::PyGILState_STATE, *mut ffi::PyThreadState)>);

impl Seat {
    #[expect(unsafe_code, reason = "PyO3 keeps no thread's state")]
    fn take() -> Self {
        // SAFETY: the interpreter has begun, since whatever attaches has started it, and it never ends. The second and the
        // third call are a pair that may be made on any thread that does not hold the lock: the first takes it, the second
        // gives it back and leaves the thread's state alive. A thread that holds the lock has a state already, and others
        // count on its holding it.
        unsafe {
            if ffi::PyGILState_Check() != 0 {
                return Self(None);
            }
            let ensured = ffi::PyGILState_Ensure();
            Self(Some((ensured, ffi::PyEval_SaveThread())))
        }
    }
}

impl Drop for Seat {
    #[expect(unsafe_code, reason = "PyO3 keeps no thread's state")]
    fn drop(&mut self) {
        let Some((ensured, thread)) = self.0 else {
            return;
        };
        // SAFETY: the state was saved on this thread, which does not hold the lock: a thread's last values are dropped when
        // it has left every closure, those of `attach` among them. The pair undoes that of `take`.
        unsafe {
            ffi::PyEval_RestoreThread(thread);
            ffi::PyGILState_Release(ensured);
        }
    }
}

/// What Python says of an error: its type and its text.
pub(super) fn raised(py: Python<'_>, doing: impl Into<String>, error: &PyErr) -> Error {
    let name = error
        .get_type(py)
        .name()
        .map_or_else(|_| String::new(), |name| name.to_string());
    let text = error
        .value(py)
        .str()
        .map_or_else(|_| String::new(), |text| text.to_string());
    Error::Python {
        doing: doing.into(),
        message: format!("{name}: {}", text.trim()),
    }
}
