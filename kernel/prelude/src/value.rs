//! The value of a cell that ends with an expression.

use std::fmt::Debug;

use kinglet_display::{Bundle, show};

/// Shows a value as `{:?}` does.
///
/// A cell that ends with an expression calls its `evcxr_display`. A type that has more to show has
/// that method itself; every other type has this one, so that the cell need not be compiled a
/// second time without the call.
pub trait ShowAsDebug: Debug {
    /// Displays the value as text.
    fn evcxr_display(&self) {
        show_debug(&self);
    }
}

impl<T: Debug + ?Sized> ShowAsDebug for T {}

/// Not generic: compiled here, and not in the cell.
fn show_debug(value: &dyn Debug) {
    show(&Bundle::text(format!("{value:?}")));
}

#[cfg(test)]
mod tests {
    use super::ShowAsDebug as _;

    struct Rich;

    impl Rich {
        fn evcxr_display(&self) -> &'static str {
            "rich"
        }
    }

    impl std::fmt::Debug for Rich {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("poor")
        }
    }

    #[test]
    fn a_types_own_method_goes_first() {
        assert_eq!((Rich).evcxr_display(), "rich");
        let rich = &Rich;
        assert_eq!(rich.evcxr_display(), "rich");
        let (): () = (1.5).evcxr_display();
        let (): () = ("text").evcxr_display();
    }
}
