//! Python's side of a recipe.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use serde_json::{Map, Value};

use super::interpreter::raised;
use super::{Recipe, Vectorisation};
use crate::Error;

/// The environment of a recipe. What is neither a box nor discrete to see is flattened by Gymnasium's own wrapper.
///
/// # Errors
/// [`Error::Python`]: Gymnasium, or the environment's own package, is not installed; Gymnasium's own words for an id, an
/// option or a wrapper that does not exist.
pub(super) fn make<'py>(py: Python<'py>, recipe: &Recipe) -> Result<Bound<'py, PyAny>, Error> {
    let gymnasium = gymnasium(py)?;
    register(py, &gymnasium, &recipe.id)?;
    let doing = format!("gymnasium.make({:?})", recipe.id);
    let made = keywords(py, &recipe.options)
        .and_then(|options| gymnasium.call_method("make", (&recipe.id,), Some(&options)));
    let mut env = made.map_err(|error| raised(py, doing, &error))?;
    for wrapper in &recipe.wrappers {
        let doing = format!("gymnasium.wrappers.{}", wrapper.name);
        env = wrap(&gymnasium, &env, &wrapper.name, &wrapper.options)
            .map_err(|error| raised(py, doing, &error))?;
    }
    let flat =
        is_flat(&gymnasium, &env).map_err(|error| raised(py, "observation_space", &error))?;
    if flat {
        return Ok(env);
    }
    wrap(&gymnasium, &env, "FlattenObservation", &Map::new())
        .map_err(|error| raised(py, "gymnasium.wrappers.FlattenObservation", &error))
}

/// Gymnasium itself.
///
/// # Errors
/// [`Error::Python`] where it is not installed.
pub(super) fn gymnasium(py: Python<'_>) -> Result<Bound<'_, PyModule>, Error> {
    let imported = py.import(intern!(py, "gymnasium"));
    imported.map_err(|error| {
        raised(
            py,
            "import gymnasium (cargo xtask mujoco installs it)",
            &error,
        )
    })
}

/// Atari's games are known to Gymnasium once their package is imported.
///
/// # Errors
/// [`Error::Python`] where it is not installed.
pub(super) fn register(
    py: Python<'_>,
    gymnasium: &Bound<'_, PyModule>,
    id: &str,
) -> Result<(), Error> {
    if !id.starts_with("ALE/") {
        return Ok(());
    }
    let registered = py
        .import("ale_py")
        .and_then(|games| gymnasium.call_method1("register_envs", (games,)));
    match registered {
        Ok(_) => Ok(()),
        Err(error) => {
            let doing = "import ale_py (cargo xtask mujoco --atari installs it)";
            Err(raised(py, doing, &error))
        }
    }
}

/// JSON's values as Python has them.
pub(super) fn keywords<'py>(
    py: Python<'py>,
    options: &Map<String, Value>,
) -> PyResult<Bound<'py, PyDict>> {
    let text = serde_json::to_string(options).expect("JSON is written from JSON");
    let read = py.import("json")?.call_method1("loads", (text,))?;
    Ok(read.cast_into::<PyDict>()?)
}

fn wrap<'py>(
    gymnasium: &Bound<'py, PyModule>,
    env: &Bound<'py, PyAny>,
    name: &str,
    options: &Map<String, Value>,
) -> PyResult<Bound<'py, PyAny>> {
    let options = keywords(env.py(), options)?;
    let wrapper = gymnasium.getattr("wrappers")?.getattr(name)?;
    wrapper.call((env,), Some(&options))
}

/// A batch of a recipe's environments, which stand where they ended until they are reset, or have been reset in the same
/// step and tell where they ended, where the vectorisation is their own.
///
/// # Errors
/// As [`make`]; [`Error::Python`] for an environment's own vectorisation that can do neither.
pub(super) fn make_vector<'py>(
    py: Python<'py>,
    recipe: &Recipe,
    n: usize,
    by: Vectorisation,
) -> Result<Bound<'py, PyAny>, Error> {
    let gymnasium = gymnasium(py)?;
    register(py, &gymnasium, &recipe.id)?;
    let made = || {
        let options = keywords(py, &recipe.options)?;
        options.set_item("num_envs", n)?;
        let (mode, own) = match by {
            Vectorisation::Sync => ("sync", PyDict::new(py)),
            Vectorisation::Async => ("async", PyDict::new(py)),
            Vectorisation::Own => ("vector_entry_point", options.clone()),
        };
        let resets = match by {
            Vectorisation::Own => "SameStep",
            Vectorisation::Sync | Vectorisation::Async => "Disabled",
        };
        own.set_item("autoreset_mode", resets)?;
        if by == Vectorisation::Async {
            // A process that has threads cannot be forked safely.
            own.set_item("context", "spawn")?;
        }
        if by != Vectorisation::Own {
            options.set_item("vector_kwargs", own)?;
        }
        options.set_item("vectorization_mode", mode)?;
        options.set_item("wrappers", partial(&gymnasium, recipe)?)?;
        gymnasium.call_method("make_vec", (&recipe.id,), Some(&options))
    };
    made().map_err(|error| raised(py, format!("gymnasium.make_vec({:?})", recipe.id), &error))
}

/// A recipe's wrappers as functions of an environment.
fn partial<'py>(gymnasium: &Bound<'py, PyModule>, recipe: &Recipe) -> PyResult<Bound<'py, PyList>> {
    let py = gymnasium.py();
    let partial = py.import("functools")?.getattr("partial")?;
    let all = PyList::empty(py);
    for wrapper in &recipe.wrappers {
        let class = gymnasium.getattr("wrappers")?.getattr(&*wrapper.name)?;
        let options = keywords(py, &wrapper.options)?;
        all.append(partial.call((class,), Some(&options))?)?;
    }
    Ok(all)
}

fn is_flat(gymnasium: &Bound<'_, PyModule>, env: &Bound<'_, PyAny>) -> PyResult<bool> {
    let space = env.getattr("observation_space")?;
    let spaces = gymnasium.getattr("spaces")?;
    Ok(space.is_instance(&spaces.getattr("Box")?)?
        || space.is_instance(&spaces.getattr("Discrete")?)?)
}
