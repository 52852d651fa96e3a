//! The fast twins of [`crate::ops`], one file an operator, judged by equality with it.
//!
//! `unsafe` is allowed here alone: for instructions beyond the build's own, behind [`Level::checked`](level::Level::checked).

#![allow(unsafe_code)]

pub mod level;
