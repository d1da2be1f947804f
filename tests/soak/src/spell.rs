//! Something that is bad for a while and fair again by itself.

use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// What it is like, now and until it is fair again.
#[derive(Debug)]
pub(crate) struct Spell<T> {
    fair: T,
    now: watch::Sender<T>,
    clearing: Option<JoinHandle<()>>,
}

impl<T: Copy + Send + Sync + 'static> Spell<T> {
    /// A fair one, and where to look how it is.
    pub(crate) fn fair(fair: T) -> (Self, watch::Receiver<T>) {
        let (now, watched) = watch::channel(fair);
        (Self { fair, now, clearing: None }, watched)
    }

    /// Like this for so long.
    pub(crate) fn turn(&mut self, to: T, span: Duration) {
        self.clear();
        self.now.send_replace(to);
        let (sender, fair) = (self.now.clone(), self.fair);
        self.clearing = Some(tokio::spawn(async move {
            sleep(span).await;
            sender.send_replace(fair);
        }));
    }

    /// Fair from now on.
    pub(crate) fn clear(&mut self) {
        if let Some(clearing) = self.clearing.take() {
            clearing.abort();
        }
        self.now.send_replace(self.fair);
    }
}

impl<T> Drop for Spell<T> {
    fn drop(&mut self) {
        if let Some(clearing) = &self.clearing {
            clearing.abort();
        }
    }
}
