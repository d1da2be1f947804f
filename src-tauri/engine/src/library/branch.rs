//! One workspace as the library speaks to it: its API, the way in, and what is asked beside the question itself.

use super::pictures::Gates;
use super::video::{Beside, Names};
use crate::access::{Access, Denied};
use crate::api::{Api, CallError, FoundPicture, FoundVideo, ListedCategory, Pass, PictureSecret};
use crate::categories::Categories;
use crate::failure::{Code, Failure};
use crate::item::Category;
use crate::timing::Timing;
use crate::vault::Vault;
use futures_util::future::join_all;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

/// Videos of one answer whose progress is asked for: each costs a call, and somebody waits for the page.
const PERCENTS: usize = 6;

/// What the workspace said no to, for somebody who looks at the library.
pub(super) fn refused(error: CallError) -> Failure {
    match error.into_failure() {
        failure if failure.code == Code::RequestRefused => Failure { code: Code::LibraryRefused, ..failure },
        failure => failure,
    }
}

/// Videos whose pictures' places are remembered: some screens full.
const SEEN: usize = 5000;

/// A workspace.
#[derive(Debug)]
pub(super) struct Branch {
    api: Api,
    access: Access,
    timing: Timing,
    categories: Categories,
    /// Where the pictures are of the videos that were listed last.
    seen: Mutex<HashMap<u64, SeenVideo>>,
    pub(super) gates: Gates,
}

/// What was seen of a video and is not told: addresses and tokens open drafts, and stay in memory.
#[derive(Debug, Clone)]
pub(super) struct SeenVideo {
    pub(super) picture: Option<FoundPicture>,
    pub(super) token: Option<PictureSecret>,
    /// Another one whenever its file may be another one.
    pub(super) cut: String,
}

impl Branch {
    pub(super) fn new(api: Api, vault: Arc<Vault>, timing: Timing) -> Self {
        let access = Access::new(api.clone(), vault);
        Self { api, access, timing, categories: Categories::default(), seen: Mutex::default(), gates: Gates::new() }
    }

    /// Makes a call; once more where the credential was refused and there is another.
    pub(super) async fn ask<T, Called>(&self, call: impl Fn(Api, Pass) -> Called) -> Result<T, Failure>
    where
        Called: Future<Output = Result<T, CallError>>,
    {
        self.call(call).await?.map_err(refused)
    }

    /// The same, for those who look at what came of the call itself; an error is that there is nothing to show.
    pub(super) async fn call<T, Called>(
        &self,
        call: impl Fn(Api, Pass) -> Called,
    ) -> Result<Result<T, CallError>, Failure>
    where
        Called: Future<Output = Result<T, CallError>>,
    {
        let pass = self.access.pass().await.map_err(Denied::into_failure)?;
        let denied = match call(self.api.clone(), pass.clone()).await {
            Err(error @ CallError::Credential { .. }) => error,
            result => return Ok(result),
        };
        match self.access.instead_of(&pass).await.map_err(Denied::into_failure)? {
            Some(fresh) => Ok(call(self.api.clone(), fresh).await),
            None => Ok(Err(denied)),
        }
    }

    /// Takes note of where the pictures of these videos are.
    pub(super) fn see(&self, found: &[FoundVideo], beside: &Beside) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() > SEEN {
            seen.clear();
        }
        for video in found {
            let version = |listed: &str| beside.version(video.id, listed);
            let picture = video.picture.clone().map(|it| FoundPicture { version: version(&it.version), ..it });
            seen.insert(video.id, SeenVideo { picture, token: video.token.clone(), cut: version(&video.cut) });
        }
    }

    /// What was seen of a video last, if that is still at hand.
    pub(super) fn seen(&self, id: u64) -> Option<SeenVideo> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    /// Epoch seconds on the server's clock.
    pub(super) fn server_now(&self) -> i64 {
        self.api.server_now()
    }

    /// The category that somebody named.
    pub(super) async fn category(&self, name: &str) -> Result<u64, Failure> {
        let ids = self.categories(&[Category::parse(name)]).await?;
        ids.first().copied().ok_or_else(|| Failure::new(Code::CategoryUnknown).detail(format!("“{name}”")))
    }

    /// The ids of categories that somebody named.
    pub(super) async fn categories(&self, wanted: &[Category]) -> Result<Vec<u64>, Failure> {
        self.categories.ids(wanted, self.timing.categories, self.list_categories()).await?
    }

    async fn list_categories(&self) -> Result<Vec<ListedCategory>, Failure> {
        self.ask(|api, pass| async move { api.categories(&pass).await }).await
    }

    /// What the categories of these videos are called, as far as that can be found out.
    pub(super) async fn names(&self, found: &[FoundVideo]) -> Names {
        let wanted: HashSet<u64> = found.iter().flat_map(|video| video.categories.iter().copied()).collect();
        if wanted.is_empty() {
            return Names::default();
        }
        let seen = self.categories.seen(self.timing.category_names);
        if let Some(list) = seen.filter(|list| wanted.iter().all(|id| list.iter().any(|it| it.id == *id))) {
            return Names::of(&list);
        }
        let Ok(list) = self.list_categories().await else { return Names::default() };
        let names = Names::of(&list);
        self.categories.see(Arc::new(list));
        names
    }

    /// How much can be played of those that cannot be played whole; the first few of them, where the server says so.
    pub(super) async fn percents(&self, found: &[FoundVideo]) -> HashMap<u64, u8> {
        let unfinished: Vec<u64> = found.iter().filter(|it| !it.playable).map(|it| it.id).take(PERCENTS).collect();
        let looks = unfinished.into_iter().map(|id| async move {
            let share = self.ask(|api, pass| async move { api.transcoding(id, &pass).await }).await.ok()??;
            Some((id, (share.clamp(0.0, 1.0) * 100.0).floor() as u8))
        });
        join_all(looks).await.into_iter().flatten().collect()
    }
}
