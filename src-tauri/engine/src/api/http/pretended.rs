//! Names as a test wants them: hosts that lie on this machine, move, or are not there.

use super::names::NameError;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What is said of a name.
#[derive(Debug, Clone)]
pub enum Pretended {
    /// It is here.
    At(IpAddr),
    /// There is no such name.
    Unknown,
    /// There is nobody to ask.
    NoService,
}

/// Answers for names that a test sets, changeable while an engine uses them. All other names are the system's.
#[derive(Debug, Clone, Default)]
pub struct PretendedNames {
    known: Arc<Mutex<HashMap<String, Pretended>>>,
    asked: Arc<AtomicUsize>,
}

impl PretendedNames {
    /// From now on this is said of the name.
    pub fn set(&self, name: &str, answer: Pretended) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), answer);
    }

    /// How often names that are set were asked for.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    pub(super) fn answer(&self, name: &str) -> Option<Result<Vec<IpAddr>, NameError>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = known.get(name)?;
        self.asked.fetch_add(1, Ordering::SeqCst);
        Some(match answer {
            Pretended::At(address) => Ok(vec![*address]),
            Pretended::Unknown => Err(NameError::Unknown(name.to_owned())),
            Pretended::NoService => Err(NameError::NoService(name.to_owned())),
        })
    }
}
