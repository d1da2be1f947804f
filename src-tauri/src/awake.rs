//! A machine that does not fall asleep by itself while bytes move. Only that: who closes the lid or asks for sleep gets it,
//! and the screen goes dark as it always does.

use keepawake::{Builder, KeepAwake};
use std::sync::mpsc::{Receiver, Sender, channel};

/// The wish to stay awake.
#[derive(Debug)]
pub(crate) struct Awake(Sender<Option<String>>);

impl Awake {
    /// Nothing is wished yet.
    pub(crate) fn new() -> Self {
        let (wishes, wished) = channel();
        // A thread of its own: Windows knows the wish of a thread, and a bus may take its time.
        std::thread::spawn(move || keep(&wished));
        Self(wishes)
    }

    /// For this reason, which the system may show, or not any more.
    pub(crate) fn wish(&self, reason: Option<String>) {
        // The thread ends with the program.
        let _ = self.0.send(reason);
    }
}

fn keep(wished: &Receiver<Option<String>>) {
    let mut held: Option<KeepAwake> = None;
    for reason in wished {
        // The new one is there before the old one is gone.
        let next = reason.and_then(hold);
        drop(std::mem::replace(&mut held, next));
    }
}

fn hold(reason: String) -> Option<KeepAwake> {
    let mut wish = Builder::default();
    wish.idle(true).reason(reason).app_name("Slipway").app_reverse_domain("app.slipway.desktop");
    match wish.create() {
        Ok(held) => Some(held),
        Err(error) => {
            // As on a machine without a service for it. What sleep cuts off goes on afterwards.
            tracing::info!(%error, "the machine may fall asleep while bytes move");
            None
        }
    }
}
