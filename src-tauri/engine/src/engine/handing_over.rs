//! How a front end hands files over, whoever owns the data folder: each once, however often that has to be said until it
//! is heard, and many of them some hundred at a time.

use super::intake::only;
use super::{Add, Added, Front, Handed, Outcomes, Replace, SetMoment, closed};
use crate::failure::Failure;
use futures_util::{Stream, StreamExt, stream};
use std::collections::HashMap;
use std::path::PathBuf;
use uuid::Uuid;

/// Files in one message and one transaction. A transaction costs a flush whatever is in it, and holds up whoever wants to
/// write something else; this many take some ten milliseconds.
const FILES: usize = 256;

/// Bytes in one message, about: far below what an owner reads as one, however much is said about each file.
const BYTES: usize = 1024 * 1024;

impl Front {
    /// Takes a file in.
    pub async fn add(&self, add: Add) -> Result<Added, Failure> {
        self.take_in(Handed::Add(Box::new(add))).await
    }

    /// Takes a file in that replaces another.
    pub async fn replace(&self, replace: Replace) -> Result<Added, Failure> {
        self.take_in(Handed::Replace(replace)).await
    }

    /// Takes a moment in that becomes a video's thumbnail.
    pub async fn set_moment(&self, moment: SetMoment) -> Result<Added, Failure> {
        self.take_in(Handed::Moment(moment)).await
    }

    async fn take_in(&self, handed: Handed) -> Result<Added, Failure> {
        only(self.hand_over(vec![(Uuid::now_v7(), handed.absolute()?)]).await?)
    }

    /// Takes files in, in this order, and tells what became of each as soon as that is known. What is wrong with one
    /// refuses none of the others. Whoever stops listening leaves the files out that come after.
    pub fn add_all(&self, files: Vec<Add>) -> impl Stream<Item = (PathBuf, Result<Added, Failure>)> + Send {
        let names: Vec<PathBuf> = files.iter().map(|add| add.file.clone()).collect();
        let handed = files.into_iter().map(|add| Handed::Add(Box::new(add))).collect();
        stream::iter(names).zip(self.take_all_in(handed))
    }

    /// The same of files that replace others.
    pub fn replace_all(&self, files: Vec<Replace>) -> impl Stream<Item = Result<Added, Failure>> + Send {
        self.take_all_in(files.into_iter().map(Handed::Replace).collect())
    }

    fn take_all_in(&self, files: Vec<Handed>) -> impl Stream<Item = Result<Added, Failure>> + Send {
        stream::iter(batches(files)).then(|batch| self.take_batch_in(batch)).flat_map(stream::iter)
    }

    async fn take_batch_in(&self, files: Vec<Handed>) -> Outcomes {
        let places = files.len();
        let mut refused = HashMap::new();
        let mut handed = Vec::with_capacity(places);
        for (place, file) in files.into_iter().enumerate() {
            // Another process has another working folder.
            match file.absolute() {
                Ok(absolute) => handed.push((Uuid::now_v7(), absolute)),
                Err(failure) => {
                    refused.insert(place, failure);
                }
            }
        }
        let count = handed.len();
        let outcomes = self.hand_over(handed).await.unwrap_or_else(|failure| vec![Err(failure); count]);
        let mut outcomes = outcomes.into_iter();
        let outcome = |place| match refused.remove(&place) {
            Some(failure) => Err(failure),
            None => outcomes.next().unwrap_or_else(|| Err(closed())),
        };
        (0..places).map(outcome).collect()
    }
}

/// The files in their order, so many together as one message may carry.
fn batches(files: Vec<Handed>) -> Vec<Vec<Handed>> {
    let mut batches: Vec<Vec<Handed>> = Vec::new();
    let mut bytes = 0;
    for file in files {
        let own = serde_json::to_vec(&file).map_or(0, |text| text.len());
        match batches.last_mut() {
            Some(batch) if batch.len() < FILES && bytes + own <= BYTES => {
                batch.push(file);
                bytes += own;
            }
            _ => {
                batches.push(vec![file]);
                bytes = own;
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::Details;
    use crate::workspace::Origin;

    fn adds(count: usize, description: usize) -> Vec<Handed> {
        let workspace = Origin::parse("video.example.com").unwrap();
        let details = Details { description: "d".repeat(description), ..Details::default() };
        let add = |n| {
            let add = Add::new(format!("/films/{n}.mp4"), workspace.clone());
            Handed::Add(Box::new(Add { details: details.clone(), ..add }))
        };
        (0..count).map(add).collect()
    }

    fn file(handed: Handed) -> PathBuf {
        match handed {
            Handed::Add(add) => add.file,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn batches_hold_every_file_once_and_in_order() {
        let sizes: Vec<usize> = batches(adds(2 * FILES + 1, 0)).iter().map(Vec::len).collect();
        assert_eq!(sizes, [FILES, FILES, 1]);
        let files: Vec<PathBuf> = batches(adds(1000, 0)).into_iter().flatten().map(file).collect();
        assert_eq!(files, (0..1000).map(|n| PathBuf::from(format!("/films/{n}.mp4"))).collect::<Vec<_>>());
        assert!(batches(Vec::new()).is_empty());
    }

    #[test]
    fn much_that_is_said_about_each_file_makes_smaller_batches_and_too_much_one_of_its_own() {
        assert!(batches(adds(64, BYTES / 10)).iter().all(|batch| batch.len() < 10));
        assert_eq!(batches(adds(3, 2 * BYTES)).len(), 3);
    }
}
