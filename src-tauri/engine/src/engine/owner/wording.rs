//! What is said about an item's video changes at any time: by an edit, by the same file handed over again, by a retry after
//! something was mended. A transfer that runs reads the wording again before each step that depends on it, and nothing
//! is called finished over a change of the same moment, so each change reaches the server.

use super::super::intake::{Edit, Intake, is_about_wording};
use super::{Owner, not_now};
use crate::failure::{Code, Failure};
use crate::item::{Event, Intent, Item, ItemId, Stage, Stored, title_from};
use crate::store::{Revision, With};
use std::path::PathBuf;

/// How often a change is tried against a journal that grows meanwhile.
const TRIES: usize = 100;

impl Owner {
    pub(super) async fn edit(&mut self, id: ItemId, edit: Edit) -> Result<(), Failure> {
        let change = move |item: &Item| {
            let mut revision = Revision::of(item);
            if let Some(details) = edit.details.clone() {
                revision.details = details;
                if revision.details.title.trim().is_empty() {
                    revision.details.title = title_from(&item.source);
                }
            }
            revision.publish = edit.publish.unwrap_or(revision.publish);
            revision
        };
        self.revise(id, change).await
    }

    /// The same file was handed over again: what was said differently this time is an edit. What goes with it is looked
    /// at anew until the video is there; then nothing that was taken in is forgotten.
    pub(super) async fn say_what_is_new(&mut self, id: ItemId, intake: &Intake) -> Result<(), Failure> {
        if let Some(failure) = &intake.failure {
            self.yard.store.note(id, format!("handed over again, and passed over: {failure}"));
            return Ok(());
        }
        let change = |item: &Item| with_what_is_new(item, intake);
        match self.revise(id, change).await {
            // Too late for when it becomes public: that was begun as it was said first. The rest is not.
            Err(failure) if failure.code == Code::NotPossibleNow && intake.said.publish.is_some() => {
                self.yard.store.note(id, "too late to say when it becomes public".to_owned());
                let change = |item: &Item| Revision { publish: item.publish, ..with_what_is_new(item, intake) };
                self.revise(id, change).await
            }
            result => result,
        }
        .or_else(|failure| self.is_too_late(id, failure))
    }

    /// What can take no change any more is as it is.
    fn is_too_late(&self, id: ItemId, failure: Failure) -> Result<(), Failure> {
        if failure.code != Code::NotPossibleNow {
            return Err(failure);
        }
        self.yard.store.note(id, format!("handed over again, too late for a change: {failure}"));
        Ok(())
    }

    /// Something lies beside an item's file that did not before, or does otherwise: from now on it goes along.
    pub(super) async fn take_along(&mut self, id: ItemId, intake: Intake) -> Result<(), Failure> {
        let item = self.load(id).await?;
        let unusable = intake.failure.clone();
        let mends = item.intent == Intent::Run
            && item.summary.failure.as_ref().is_some_and(|failure| is_about_wording(failure.code));
        if mends && (unusable.is_none() || item.summary.video.is_none()) {
            self.retry_with(&item, intake).await?;
            self.parked.release(id);
            self.reread(id).await;
        } else {
            self.say_what_is_new(id, &intake).await?;
        }
        unusable.map_or(Ok(()), Err)
    }

    /// An item's file was renamed or moved. What was in its way for that reason is not any more.
    pub(super) async fn find_at(&mut self, id: ItemId, file: PathBuf) -> Result<(), Failure> {
        let item = self.load(id).await?;
        self.yard.store.set_source(id, file).await?;
        let lost = |failure: &Failure| matches!(failure.code, Code::SourceMissing | Code::SourceChanged);
        if item.summary.failure.as_ref().is_some_and(lost) {
            self.apply(id, Event::Retried).await?;
        }
        self.parked.release(id);
        self.reread(id).await;
        Ok(())
    }

    /// Lets an item go on with what was found with its file this time, in one step: without it, it must not.
    pub(super) async fn retry_with(&mut self, item: &Item, intake: Intake) -> Result<(), Failure> {
        if let Some(failure) = intake.failure {
            return self.apply(item.id, Event::Failed(failure)).await;
        }
        let revision = with_what_is_new(item, &intake);
        self.apply_with(item.id, Event::Retried, With::Revision(Box::new(revision))).await
    }

    async fn revise(&mut self, id: ItemId, change: impl Fn(&Item) -> Revision) -> Result<(), Failure> {
        for _ in 0..TRIES {
            let item = self.load(id).await?;
            let events = self.yard.store.journal(id).await?.len();
            let stage = self.stage(id).await?;
            if matches!(stage, Stage::Cancelled(_)) || item.replaces.is_some() {
                return Err(not_now(&item));
            }
            if stage.is_over() && self.running.contains_key(&id) {
                // It ended since; what follows from the change is planned when its task has returned.
                self.let_end(id).await;
                continue;
            }
            let revision = change(&item);
            let public = stored(&stage).is_some_and(Stored::may_be_public);
            if public && revision.publish != item.publish {
                return Err(not_now(&item));
            }
            let mut revised = item.clone();
            revised.details_version += u32::from(revision.details != item.details);
            revised.details = revision.details.clone();
            revised.publish = revision.publish;
            revised.companions = revision.companions.clone();
            let at_rest = !self.running.contains_key(&id);
            let done = if at_rest {
                // At once with what follows from it, or a crash in between would leave it unsaid.
                self.plan_anew(&revised, With::Revision(Box::new(revision.clone()))).await?
            } else {
                false
            };
            if done || self.yard.store.revise(id, events, revision).await? {
                break;
            }
        }
        self.parked.release(id);
        self.reread(id).await;
        Ok(())
    }

    /// Plans what is to be done about a video that is there; returns whether there was anything to plan.
    async fn plan_anew(&self, item: &Item, with: With) -> Result<bool, Failure> {
        let stage = self.stage(item.id).await?;
        let Some(open) = stored(&stage).and_then(|stored| stored.revised(item)) else { return Ok(false) };
        let event = Event::FollowUpsPlanned { details_version: item.details_version, open };
        self.apply_with(item.id, event, with).await.map(|()| true)
    }
}

fn stored(stage: &Stage) -> Option<&Stored> {
    match stage {
        Stage::Stored(stored) | Stage::Done(stored) => Some(stored),
        Stage::Failed { resume, .. } => stored(resume),
        _ => None,
    }
}

impl Intake {
    /// Whether it leaves an item's wording as it is, and its log as well.
    pub(super) fn says_nothing_new_of(&self, item: &Item) -> bool {
        self.failure.is_none() && with_what_is_new(item, self) == Revision::of(item)
    }
}

fn with_what_is_new(item: &Item, intake: &Intake) -> Revision {
    let mut revision = Revision::of(item);
    let new = intake.said.clone().since(&item.given.said);
    revision.publish = new.publish.unwrap_or(revision.publish);
    revision.details = new.over(revision.details);
    revision.companions = match item.summary.video {
        None => intake.companions.clone(),
        Some(_) => intake.companions.clone().or(item.companions.clone()),
    };
    revision.given.said = intake.said.clone().or(item.given.said.clone());
    revision
}
