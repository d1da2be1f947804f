//! Empty on purpose: this package exists for `it/main.rs`, where it can use the engine and the sandbox together.
