//! What a variable would hold, as far as syntax tells: something borrowed or nameless, or a
//! value whose type its own statement does not say.

use syn::{Expr, ExprMethodCall, GenericArgument, Lit, PathArguments, Type};

/// Methods that start an iterator.
const SOURCES: &[&str] = &[
    "iter",
    "iter_mut",
    "into_iter",
    "chars",
    "bytes",
    "lines",
    "windows",
    "chunks",
    "chunks_exact",
    "split_whitespace",
    "char_indices",
    "successors",
    "trajectories",
    "indexed_iter",
    "outer_iter",
    "axis_iter",
    "genrows",
    "lanes",
];

/// Methods that hand an iterator on.
const ADAPTORS: &[&str] = &[
    "map",
    "filter",
    "filter_map",
    "flat_map",
    "flatten",
    "enumerate",
    "zip",
    "rev",
    "skip",
    "take",
    "step_by",
    "chain",
    "cycle",
    "scan",
    "peekable",
    "take_while",
    "skip_while",
    "cloned",
    "copied",
    "inspect",
    "fuse",
    "by_ref",
];

/// Methods that return a reference or a view.
const VIEWS: &[&str] = &[
    "view",
    "view_mut",
    "row",
    "row_mut",
    "column",
    "column_mut",
    "slice",
    "slice_mut",
    "index_axis",
    "t",
    "as_str",
    "as_slice",
    "as_ref",
    "as_mut",
    "as_deref",
    "first",
    "last",
    "get",
    "get_mut",
    "split_at",
    "diag",
];

/// Methods whose result depends on the type that is wanted.
const ASKING: &[&str] = &[
    "collect",
    "parse",
    "into",
    "try_into",
    "sum",
    "product",
    "from_iter",
];

/// Why a variable cannot hold the value: it borrows, or its type has no name.
pub(crate) fn borrowed(value: &Expr, annotation: Option<&Type>) -> Option<&'static str> {
    if let Some(Type::Reference(reference)) = annotation {
        let is_static = reference
            .lifetime
            .as_ref()
            .is_some_and(|l| l.ident == "static");
        return (!is_static).then_some("a reference does not outlive its cell: own the value");
    }
    match peeled(value) {
        Expr::Closure(_) => Some("a closure has no type to name: write a function"),
        Expr::Reference(_) => Some("a reference does not outlive its cell: own the value"),
        Expr::Range(_) => Some("a range is an iterator: write it where it is used"),
        Expr::MethodCall(call) if annotation.is_none() => method(call),
        _ => None,
    }
}

fn method(call: &ExprMethodCall) -> Option<&'static str> {
    let name = call.method.to_string();
    if SOURCES.contains(&name.as_str()) || is_adaptor(call) {
        return Some("an iterator has no type to name: collect it");
    }
    VIEWS.contains(&name.as_str()).then_some(
        "this borrows: own it with `.to_owned()`, `.to_vec()`, `.copied()` or `.clone()`",
    )
}

/// Whether the call adapts an iterator: `map` and the like, somewhere above a source.
fn is_adaptor(call: &ExprMethodCall) -> bool {
    ADAPTORS.contains(&call.method.to_string().as_str()) && iterates(&call.receiver)
}

fn iterates(expression: &Expr) -> bool {
    match peeled(expression) {
        Expr::Range(_) => true,
        Expr::MethodCall(call) => {
            SOURCES.contains(&call.method.to_string().as_str()) || is_adaptor(call)
        }
        _ => false,
    }
}

/// Why nothing says the type of the value.
pub(crate) fn untyped(value: &Expr) -> Option<&'static str> {
    match peeled(value) {
        Expr::Lit(literal) => whole(&literal.lit),
        Expr::Unary(unary) => untyped(&unary.expr),
        Expr::Array(array) => elements(array.elems.iter()),
        Expr::Tuple(tuple) => tuple.elems.iter().find_map(untyped),
        Expr::Macro(call) if is_list(&call.mac) => list(&call.mac),
        Expr::Path(path) if path.path.is_ident("None") => {
            Some("nothing says the type: annotate the variable")
        }
        Expr::Call(call) => constructor(&call.func, call.args.is_empty()),
        Expr::MethodCall(call) => {
            let asks = ASKING.contains(&call.method.to_string().as_str());
            (asks && call.turbofish.is_none())
                .then_some("nothing says the type: annotate the variable or use a turbofish")
        }
        _ => None,
    }
}

fn whole(literal: &Lit) -> Option<&'static str> {
    match literal {
        Lit::Int(literal) if literal.suffix().is_empty() => {
            Some("a whole number without a type: write `3usize` or annotate the variable")
        }
        _ => None,
    }
}

fn elements<'a>(mut elements: impl ExactSizeIterator<Item = &'a Expr>) -> Option<&'static str> {
    match elements.len() {
        0 => Some("nothing says the type of the elements: annotate the variable"),
        _ => elements.next().and_then(untyped),
    }
}

fn is_list(mac: &syn::Macro) -> bool {
    mac.path.is_ident("vec") || mac.path.is_ident("array")
}

fn list(mac: &syn::Macro) -> Option<&'static str> {
    type List = syn::punctuated::Punctuated<Expr, syn::Token![,]>;
    if let Ok(list) = mac.parse_body_with(List::parse_terminated) {
        return elements(list.iter());
    }
    let first = |input: syn::parse::ParseStream<'_>| {
        let element: Expr = input.parse()?;
        input.parse::<proc_macro2::TokenStream>()?;
        Ok(element)
    };
    mac.parse_body_with(first).ok().as_ref().and_then(untyped)
}

/// `Vec::new()`, `HashMap::with_capacity(3)` and `Default::default()` without type arguments.
fn constructor(function: &Expr, no_arguments: bool) -> Option<&'static str> {
    const MESSAGE: &str = "nothing says the type of the elements: annotate the variable";
    let Expr::Path(path) = function else {
        return None;
    };
    let segments: Vec<_> = path.path.segments.iter().collect();
    let [.., of, name] = &segments[..] else {
        return None;
    };
    let generic = [
        "Vec", "VecDeque", "HashMap", "HashSet", "BTreeMap", "BTreeSet", "Option",
    ];
    let bare = of.arguments.is_none() || !tells(&of.arguments);
    let empty = name.ident == "new" && no_arguments || name.ident == "with_capacity";
    let asks = of.ident == "Default" || generic.contains(&of.ident.to_string().as_str()) && empty;
    (bare && asks).then_some(MESSAGE)
}

/// Whether type arguments say anything (`Vec::<_>` does not).
fn tells(arguments: &PathArguments) -> bool {
    match arguments {
        PathArguments::AngleBracketed(list) => list
            .args
            .iter()
            .any(|argument| !matches!(argument, GenericArgument::Type(Type::Infer(_)))),
        _ => false,
    }
}

/// The expression without parentheses, `?`, `.unwrap()` and `.expect(…)` around it.
fn peeled(expression: &Expr) -> &Expr {
    match expression {
        Expr::Paren(inner) => peeled(&inner.expr),
        Expr::Group(inner) => peeled(&inner.expr),
        Expr::Try(inner) => peeled(&inner.expr),
        Expr::MethodCall(call) if call.method == "unwrap" || call.method == "expect" => {
            peeled(&call.receiver)
        }
        other => other,
    }
}
