//! Migrations are embedded by a macro that does not tell Cargo about new files.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
