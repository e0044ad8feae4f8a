//! Values that a function might return without doing its work, by its return type.

use syn::{GenericArgument, PathArguments, ReturnType, Type};

/// Types that are `Result` with an error of their own.
const RESULTS: [&str; 2] = ["Result", "Sql"];

/// What a function of this type returns instead, as source text.
pub fn of_return(output: &ReturnType) -> Vec<String> {
    match output {
        ReturnType::Default => vec!["()".into()],
        ReturnType::Type(_, kind) => of_type(kind),
    }
}

/// What a function returns that does nothing, where its type has such a value.
pub fn nothing(output: &ReturnType) -> Option<&'static str> {
    match of_return(output).first().map(String::as_str) {
        Some("()") => Some("()"),
        Some("Ok(())") => Some("Ok(())"),
        _ => None,
    }
}

fn of_type(kind: &Type) -> Vec<String> {
    match kind {
        Type::Tuple(tuple) if tuple.elems.is_empty() => vec!["()".into()],
        Type::Tuple(tuple) => of_tuple(tuple),
        Type::Reference(reference) => of_reference(reference),
        Type::Path(path) => of_path(path),
        Type::Paren(inner) => of_type(&inner.elem),
        _ => Vec::new(),
    }
}

fn of_tuple(tuple: &syn::TypeTuple) -> Vec<String> {
    let each: Vec<Vec<String>> = tuple.elems.iter().map(of_type).collect();
    let longest = each.iter().map(Vec::len).max().unwrap_or(0);
    if each.iter().any(Vec::is_empty) {
        return Vec::new();
    }
    (0..longest)
        .map(|index| {
            let values: Vec<&str> = each.iter().map(|of| of[index % of.len()].as_str()).collect();
            format!("({},)", values.join(", "))
        })
        .collect()
}

fn of_reference(reference: &syn::TypeReference) -> Vec<String> {
    let is_str = matches!(&*reference.elem, Type::Path(path) if path.path.is_ident("str"));
    match (&*reference.elem, reference.mutability) {
        (_, None) if is_str => vec!["\"\"".into(), "\"xyzzy\"".into()],
        (Type::Slice(_), None) => vec!["&[]".into()],
        (inner, None) => of_type(inner)
            .into_iter()
            .map(|value| format!("Box::leak(Box::new({value}))"))
            .collect(),
        _ => Vec::new(),
    }
}

fn of_path(path: &syn::TypePath) -> Vec<String> {
    let Some(last) = path.path.segments.last() else {
        return Vec::new();
    };
    let name = last.ident.to_string();
    let inner = first_argument(&last.arguments);
    let within = |around: &dyn Fn(&str) -> String| -> Vec<String> {
        let values = inner.map(of_type).unwrap_or_default();
        values.iter().map(|value| around(value)).collect()
    };
    match name.as_str() {
        "bool" => vec!["true".into(), "false".into()],
        "u8" | "u16" | "u32" | "u64" | "usize" | "u128" => vec!["0".into(), "1".into()],
        "i8" | "i16" | "i32" | "i64" | "isize" | "i128" => vec!["0".into(), "1".into(), "-1".into()],
        "f32" | "f64" => vec!["0.0".into(), "1.0".into(), "-1.0".into()],
        "String" => vec!["String::new()".into(), "\"xyzzy\".into()".into()],
        "Option" => {
            let mut values = vec!["None".into()];
            values.extend(within(&|value| format!("Some({value})")));
            values
        }
        "Vec" => {
            let mut values = vec!["vec![]".into()];
            values.extend(within(&|value| format!("vec![{value}]")));
            values
        }
        "Box" => within(&|value| format!("Box::new({value})")),
        "Arc" => within(&|value| format!("std::sync::Arc::new({value})")),
        "Decision" => vec!["Decision::new(\"\")".into()],
        "Self" => vec!["Default::default()".into()],
        name if RESULTS.contains(&name) => within(&|value| format!("Ok({value})")),
        _ => vec!["Default::default()".into()],
    }
}

fn first_argument(arguments: &PathArguments) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = arguments else {
        return None;
    };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(kind) => Some(kind),
        _ => None,
    })
}
