//! Names as parts of files' names.

/// An environment's name without what means something to a shell or a file system: `mujoco/hopper` is `mujoco-hopper`.
pub(crate) fn plain(name: &str) -> String {
    name.replace(|c: char| !(c.is_alphanumeric() || "-_.".contains(c)), "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_name_is_one_word_of_one_folder() {
        assert_eq!(plain("mountain-car-continuous"), "mountain-car-continuous");
        assert_eq!(
            plain("gym/ALE/Pong-v5?obs_type=ram"),
            "gym-ALE-Pong-v5-obs_type-ram"
        );
    }
}
