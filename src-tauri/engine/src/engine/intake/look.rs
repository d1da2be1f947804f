//! What a file is taken in with: the file as it is, what goes with it, and what is said about it.
//!
//! What is said outright goes before the file of details beside the video, and that before what the name says. Whoever
//! names something that cannot be is told at once; what lies beside the video and cannot be used holds the item back in
//! the queue, where it is mended and retried.

use super::super::{Engine, unknown};
use super::{Add, Edit, Handed, Replace, SetMoment};
use crate::companions::{self, Taken, Together};
use crate::failure::{Code, Failure};
use crate::item::{
    Companions, Details, Given, Item, ItemId, Publish, Replacement, Said, Stamp, may_be_variable, title_from,
};
use crate::source;
use crate::store::NewItem;
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file as it was looked at: what it would be as an item.
pub(super) struct Seen {
    pub(super) new: NewItem,
    /// Nothing goes with what replaces another.
    pub(super) intake: Option<Intake>,
}

/// What was found with a file, this time.
#[derive(Debug)]
pub(in crate::engine) struct Intake {
    /// Outright and by the file of details.
    pub(in crate::engine) said: Said,
    pub(in crate::engine) companions: Companions,
    /// Why it cannot be used.
    pub(in crate::engine) failure: Option<Failure>,
    pub(in crate::engine) notes: Vec<String>,
}

impl Intake {
    /// A date that was in time when it was `known` may have passed since.
    fn of(outright: &Said, known: Option<Publish>, taken: Result<Taken, Failure>) -> Self {
        let found = taken.and_then(|Taken { said, details, companions, notes }| {
            let new = said.publish.filter(|publish| outright.publish.is_none() && Some(*publish) != known);
            match (past(new, Code::MetadataInvalid), details) {
                (Some(failure), Some(path)) => Err(failure.detail(format!("{}: publish", path.display()))),
                (Some(failure), None) => Err(failure),
                (None, _) => Ok(Self { said: outright.clone().or(said), companions, failure: None, notes }),
            }
        });
        found.unwrap_or_else(|failure| Self {
            said: outright.clone(),
            companions: Companions::default(),
            failure: Some(failure),
            notes: Vec::new(),
        })
    }
}

impl Engine {
    /// Looks at a file, off this thread.
    pub(super) async fn look(&self, handed: Handed, folders: Arc<Together>) -> Result<Seen, Failure> {
        match handed {
            Handed::Add(add) => self.look_at_new(*add, folders).await,
            Handed::Replace(replace) => look_at_other(replace).await,
            Handed::Moment(moment) => Ok(Seen { new: moment_as_item(moment), intake: None }),
        }
    }

    async fn look_at_new(&self, add: Add, folders: Arc<Together>) -> Result<Seen, Failure> {
        let outright = Said::of(&add.details, add.publish);
        check(&outright)?;
        let (said, choice) = (outright.clone(), add.companions.clone());
        let look = move |path: &Path| {
            let stamp = source::stamp(path)?;
            companions::named(&choice)?;
            Ok((stamp, Intake::of(&said, None, companions::take(path, &choice, &folders))))
        };
        let (file, (stamp, intake)) = looked_at(add.file, look).await?;
        let said = intake.said.clone().or(add.preset);
        let details = said.clone().over(Details { title: title_from(&file), ..Details::default() });
        let new = NewItem {
            workspace: add.workspace,
            source: file,
            stamp,
            details,
            publish: said.publish.unwrap_or_default(),
            companions: intake.companions.clone(),
            given: Given { outright, said: intake.said.clone(), choice: add.companions },
            failure: intake.failure.clone(),
            replaces: None,
            await_playable: add.await_playable,
            lane: add.lane,
            again: add.again,
        };
        if let Some(failure) = past(add.publish, Code::DetailsInvalid) {
            // The same words were in time when they were said first.
            let known = if new.again { None } else { self.store.adoptable(new.clone()).await? };
            if known.is_none_or(|item| Some(item.publish) != add.publish) {
                return Err(failure);
            }
        }
        Ok(Seen { new, intake: Some(intake) })
    }

    /// What goes with an item's file now, where that may be what is in the way.
    pub(in crate::engine) async fn look_again(&self, id: ItemId) -> Result<Option<Box<Intake>>, Failure> {
        let item = self.store.item(id).await?.ok_or_else(|| unknown(id))?;
        let about_wording = item.summary.failure.as_ref().is_some_and(|failure| is_about_wording(failure.code));
        if item.replaces.is_some() || !about_wording {
            return Ok(None);
        }
        Ok(Some(Box::new(self.look_beside(item).await?)))
    }

    /// What goes with an item's file now.
    pub(in crate::engine) async fn look_beside(&self, item: Item) -> Result<Intake, Failure> {
        let id = item.id;
        let folders = self.folders.together();
        let Item { source, given, .. } = item;
        let look =
            move || Intake::of(&given.outright, given.said.publish, companions::take(&source, &given.choice, &folders));
        let intake = tokio::task::spawn_blocking(look)
            .await
            .map_err(|error| Failure::new(Code::CompanionMissing).caused_by(&error))?;
        for note in &intake.notes {
            self.store.note(id, note.clone());
        }
        Ok(intake)
    }
}

async fn look_at_other(replace: Replace) -> Result<Seen, Failure> {
    let look = |path: &Path| source::stamp(path).and_then(|stamp| Ok((stamp, source::kind_of(path)?)));
    let (file, (stamp, kind)) = looked_at(replace.file, look).await?;
    let new = NewItem {
        workspace: replace.workspace,
        details: Details { title: title_from(&file), ..Details::default() },
        source: file,
        stamp,
        publish: Publish::Draft,
        companions: Companions::default(),
        given: Given::default(),
        failure: None,
        replaces: Some(Replacement::by_file(replace.video, kind)),
        await_playable: replace.await_playable,
        lane: replace.lane,
        again: replace.again,
    };
    Ok(Seen { new, intake: None })
}

/// There is no file to look at.
fn moment_as_item(SetMoment { workspace, video, moment, lane }: SetMoment) -> NewItem {
    NewItem {
        workspace,
        details: Details { title: moment.to_string(), ..Details::default() },
        source: PathBuf::new(),
        stamp: Stamp { size: 0, mtime_ns: 0, file_id: None, fingerprint: String::new() },
        publish: Publish::Draft,
        companions: Companions::default(),
        given: Given::default(),
        failure: None,
        replaces: Some(Replacement::by_moment(video, moment)),
        await_playable: false,
        lane,
        again: false,
    }
}

/// Looks at a file off this thread: a drive may take its time to answer.
async fn looked_at<T: Send + 'static>(
    file: PathBuf,
    look: impl FnOnce(&Path) -> Result<T, Failure> + Send + 'static,
) -> Result<(PathBuf, T), Failure> {
    let file = absolute(&file)?;
    let path = file.clone();
    let seen = source::off_thread(move || look(&path)).await?;
    Ok((file, seen))
}

pub(super) fn absolute(file: &Path) -> Result<PathBuf, Failure> {
    let missing = |error| Failure::new(Code::SourceMissing).detail(file.display().to_string()).caused_by(&error);
    std::path::absolute(file).map_err(missing)
}

/// Whether what is said about a video, or what goes with it, may be what is in the way.
pub(in crate::engine) fn is_about_wording(code: Code) -> bool {
    let said = matches!(
        code,
        Code::CategoryUnknown
            | Code::CategoryAmbiguous
            | Code::DetailsInvalid
            | Code::NotWithApi1
            | Code::FollowUpRefused
    );
    said || code.is_about_companions()
}

/// What cannot be, whoever says it.
fn check(said: &Said) -> Result<(), Failure> {
    let wrong = |what: &str, why| Err(Failure::new(Code::DetailsInvalid).detail(what).because(why, []));
    if let Some(key) = said.variables.keys().find(|key| !may_be_variable(key)) {
        return wrong(key, "why.spoken_for");
    }
    match &said.absolute_url {
        Some(address) if !companions::is_address(address) => wrong(address, "why.no_address"),
        _ => Ok(()),
    }
}

pub(in crate::engine) fn check_edit(edit: &Edit) -> Result<(), Failure> {
    if let Some(details) = &edit.details {
        check(&Said::of(details, None))?;
    }
    past(edit.publish, Code::DetailsInvalid).map_or(Ok(()), Err)
}

/// A date that has passed already.
fn past(publish: Option<Publish>, code: Code) -> Option<Failure> {
    let Some(Publish::OnDate(date)) = publish else { return None };
    let here = date.to_zoned(jiff::tz::TimeZone::system()).strftime("%Y-%m-%d %H:%M %Z").to_string();
    (date <= Timestamp::now()).then(|| Failure::new(code).detail(here).because("why.date_past", []))
}
