//! `Debug` for types that hold what belongs to a person: numbers, addresses, names, words. Only
//! the named fields are shown, so that a log line cannot leak the rest (design 7).

/// Implements `Debug` for a struct, showing the listed fields and `..` for the others.
macro_rules! redacted_debug {
    ($type:ident $(, $shown:ident)* $(,)?) => {
        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($type))$(.field(stringify!($shown), &self.$shown))*.finish_non_exhaustive()
            }
        }
    };
}

pub(crate) use redacted_debug;
