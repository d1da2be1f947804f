//! Whole-system tests, one module for each behaviour, and `tidy`, which holds what docs/architecture.md promises.

mod tidy;
