//! The library: the videos of a workspace, to be looked through and changed in place. It asks the workspace for somebody
//! who waits for the answer, beside the queue and without its patience: what cannot be reached now is said now, and what
//! was last known is shown in its stead.
//!
//! What is asked for and told is in `library/page.rs` and `library/video.rs`, the way into one workspace in
//! `library/branch.rs`, its pictures in `library/pictures.rs`; what is said about videos is changed
//! in `library/edit.rs`, and which pictures are for which videos is found in `library/matching.rs`. What puts another file or picture in a video's place is an item of the queue, and nothing of it
//! is here.

mod branch;
mod edit;
mod matching;
mod page;
mod pictures;
mod shelf;
mod video;

pub use edit::{Edited, EditedField, Publication, RefusedField, VideoEdit};
pub use matching::{Match, MatchedBy, PictureMatch, match_pictures};
pub use page::{Show, VideoPage, VideoQuery};
pub use pictures::LibraryPicture;
pub use video::LibraryVideo;

use crate::api::{Api, FoundVideo, Http};
use crate::failure::{Code, Failure, Remedy};
use crate::store::{KnownPage, Sighting, Store};
use crate::timing::Timing;
use crate::vault::Vault;
use crate::workspace::Origin;
use branch::Branch;
use jiff::Timestamp;
use shelf::Shelf;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use video::Beside;

/// The libraries of all workspaces.
#[derive(Debug)]
pub(crate) struct Library {
    store: Store,
    http: Arc<Http>,
    vault: Arc<Vault>,
    timing: Timing,
    shelf: Arc<Shelf>,
    branches: Mutex<HashMap<Origin, Arc<Branch>>>,
}

impl Library {
    /// Keeps its pictures in a folder, which is made when it is needed.
    pub(crate) fn new(store: Store, http: Arc<Http>, vault: Arc<Vault>, timing: Timing, pictures: PathBuf) -> Self {
        let shelf = Arc::new(Shelf::new(pictures, shelf::KEPT));
        Self { store, http, vault, timing, shelf, branches: Mutex::default() }
    }

    fn branch(&self, workspace: &Origin) -> Arc<Branch> {
        let mut branches = self.branches.lock().unwrap_or_else(PoisonError::into_inner);
        let open = || {
            let api = Api::new(workspace.clone(), Arc::clone(&self.http), self.timing);
            Arc::new(Branch::new(api, Arc::clone(&self.vault), self.timing))
        };
        Arc::clone(branches.entry(workspace.clone()).or_insert_with(open))
    }

    /// A page of a workspace's videos; where it cannot be asked, of those that were last known.
    pub(crate) async fn videos(&self, workspace: &Origin, query: VideoQuery) -> Result<VideoPage, Failure> {
        let fresh = tokio::time::timeout(self.timing.library, self.ask_for(workspace, &query)).await;
        let silent = || Failure::new(Code::WorkspaceUnreachable).detail(workspace.host());
        let trouble = match fresh.unwrap_or_else(|_| Err(silent())) {
            Ok(page) => return Ok(page),
            // What was asked for cannot be; the answer would be the same from memory.
            Err(failure) if matches!(failure.remedy(), Remedy::FixSettings | Remedy::GiveUp) => return Err(failure),
            Err(failure) => failure,
        };
        let known = self.store.known_page(workspace.clone(), query.known()).await?;
        let KnownPage { videos, total, as_of: Some(as_of) } = known else { return Err(trouble) };
        let beside = self.beside(workspace).await?;
        let videos = videos.iter().filter_map(|known| LibraryVideo::remembered(known, &beside)).collect();
        let VideoQuery { page, size, .. } = query.bounded();
        Ok(VideoPage { videos, total, page, size, as_of, trouble: Some(trouble) })
    }

    async fn ask_for(&self, workspace: &Origin, query: &VideoQuery) -> Result<VideoPage, Failure> {
        let branch = self.branch(workspace);
        let query = query.bounded();
        let category = match &query.category {
            None => None,
            Some(name) => Some(branch.category(name).await?),
        };
        let wanted = &query.wanted(category);
        let listing = branch.ask(|api, pass| async move { api.find_videos(wanted, &pass).await }).await?;
        let own = query.show == Show::Mine;
        let (videos, as_of) = self.tell(workspace, &branch, &listing.videos, own, query.covered(&listing)).await?;
        Ok(VideoPage { videos, total: listing.total, page: query.page, size: query.size, as_of, trouble: None })
    }

    /// A video as it is now.
    pub(crate) async fn video(&self, workspace: &Origin, id: u64) -> Result<LibraryVideo, Failure> {
        let found = self.found(workspace, id).await?;
        self.tell_one(workspace, &found).await
    }

    /// What the workspace says of a video now.
    async fn found(&self, workspace: &Origin, id: u64) -> Result<FoundVideo, Failure> {
        let branch = self.branch(workspace);
        if let Some(found) = branch.ask(|api, pass| async move { api.find_video(id, &pass).await }).await? {
            return Ok(found);
        }
        self.store.forget_video(workspace.clone(), id).await?;
        Err(Failure::new(Code::VideoUnknown).detail(id.to_string()))
    }

    async fn tell_one(&self, workspace: &Origin, found: &FoundVideo) -> Result<LibraryVideo, Failure> {
        let branch = self.branch(workspace);
        let (videos, _) = self.tell(workspace, &branch, std::slice::from_ref(found), false, None).await?;
        videos.into_iter().next().ok_or_else(|| Failure::new(Code::VideoUnknown).detail(found.id.to_string()))
    }

    /// What was found, in the form that leaves the engine; remembered. With it goes when that was, in epoch seconds.
    async fn tell(
        &self,
        workspace: &Origin,
        branch: &Branch,
        found: &[FoundVideo],
        own: bool,
        all_between: Option<(i64, i64)>,
    ) -> Result<(Vec<LibraryVideo>, i64), Failure> {
        let at = Timestamp::now().as_second();
        let beside = self.beside(workspace).await?;
        branch.see(found, &beside);
        let (names, percents) = tokio::join!(branch.names(found), branch.percents(found));
        let now = branch.server_now();
        let mut told = Vec::with_capacity(found.len());
        let mut remembered = Vec::with_capacity(found.len());
        for found in found {
            let video = LibraryVideo::of(workspace, found, &names, &beside, now);
            remembered.push(video.to_remember(found, own)?);
            told.push(LibraryVideo { percent: percents.get(&found.id).copied(), ..video });
        }
        let sighting = Sighting { videos: remembered, at, all_between };
        self.store.remember_videos(workspace.clone(), sighting).await?;
        Ok((told, at))
    }

    async fn beside(&self, workspace: &Origin) -> Result<Beside, Failure> {
        Ok(Beside::of(self.store.replacements_in(workspace.clone()).await?))
    }

    /// Forgets what was last known of a workspace that nobody is signed in to any more.
    pub(crate) async fn forget(&self, workspace: &Origin) -> Result<(), Failure> {
        self.branches.lock().unwrap_or_else(PoisonError::into_inner).remove(workspace);
        let (shelf, gone) = (Arc::clone(&self.shelf), workspace.clone());
        // Should it panic, some pictures stay until there is no room for them.
        let _ = tokio::task::spawn_blocking(move || shelf.forget(&gone)).await;
        Ok(self.store.forget_videos(workspace.clone()).await?)
    }
}
