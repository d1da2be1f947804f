//! Whole-system tests; see `it/main.rs`.
