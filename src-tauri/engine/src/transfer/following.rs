//! A file of a watched folder that is renamed or moved while it is sent: the item goes on with it where it lies now. It is
//! the very file, so what was sent of it stays sent.

use super::{Stop, Transfer};
use crate::failure::Code;
use crate::folder::Wish;
use crate::item::Lane;
use crate::source;
use std::path::PathBuf;

impl Transfer {
    /// Looks for the file where it is not any more, or where another lies in its place. Returns the stop where that is no
    /// help.
    pub(super) async fn follow_the_file(&mut self, stop: Stop) -> Result<(), Stop> {
        let (Stop::Failed(failure) | Stop::Parked(failure)) = &stop else { return Err(stop) };
        let lost = matches!(failure.code, Code::SourceMissing | Code::SourceAway | Code::SourceChanged);
        if !lost || self.item.lane != Lane::Automatic {
            return Err(stop);
        }
        let Some(path) = self.find_the_file().await? else { return Err(stop) };
        if path == self.item.source {
            return Err(stop);
        }
        self.yard.store.set_source(self.item.id, path.clone()).await?;
        self.note(format!("the file lies at {} now", path.display()));
        self.item.source = path;
        self.publish();
        Ok(())
    }

    /// In the watched folders whose films go where this one goes: what is put anywhere else was taken away.
    async fn find_the_file(&self) -> Result<Option<PathBuf>, Stop> {
        let mut folders = self.yard.store.folders().await?;
        folders.retain(|folder| folder.wish == Wish::Watch && folder.preset.workspace == self.item.workspace);
        let folders: Vec<PathBuf> = folders.into_iter().map(|folder| folder.path).collect();
        let stamp = self.item.stamp.clone();
        // What cannot be looked for is not found; then the file is as lost as it was.
        Ok(source::off_thread(move || Ok(source::find(&stamp, &folders))).await.ok().flatten())
    }
}
