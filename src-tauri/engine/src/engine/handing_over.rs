//! How a front end hands files over, whoever owns the data folder: each once, however often that has to be said until it
//! is heard, and many of them some hundred at a time.

use super::intake::only;
use super::{Add, Added, Front, Handed, Outcomes, Replace, SetMoment, closed};
use crate::failure::Failure;
use futures_util::{Stream, StreamExt, stream};
use serde::Serialize;
use std::collections::HashMap;
use std::iter;
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
    /// refuses none of the others. Whoever stops listening leaves the files out that come after; so a hundred thousand need
    /// not be there at once.
    pub fn add_all(
        &self,
        files: impl IntoIterator<Item = Add, IntoIter: Send>,
    ) -> impl Stream<Item = (PathBuf, Result<Added, Failure>)> + Send {
        let each = async |batch: Vec<Add>| {
            let names: Vec<PathBuf> = batch.iter().map(|add| add.file.clone()).collect();
            let outcomes = self.take_batch_in(batch.into_iter().map(|add| Handed::Add(Box::new(add))).collect()).await;
            stream::iter(names.into_iter().zip(outcomes))
        };
        stream::iter(batches(files.into_iter())).then(each).flatten()
    }

    /// The same of files that replace others.
    pub fn replace_all(
        &self,
        files: impl IntoIterator<Item = Replace, IntoIter: Send>,
    ) -> impl Stream<Item = Result<Added, Failure>> + Send {
        let each = async |batch: Vec<Replace>| {
            stream::iter(self.take_batch_in(batch.into_iter().map(Handed::Replace).collect()).await)
        };
        stream::iter(batches(files.into_iter())).then(each).flatten()
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
fn batches<T: Serialize>(files: impl Iterator<Item = T>) -> impl Iterator<Item = Vec<T>> {
    let mut files = files.map(|file| (serde_json::to_vec(&file).map_or(0, |text| text.len()), file)).peekable();
    iter::from_fn(move || {
        let (mut bytes, first) = files.next()?;
        let mut batch = vec![first];
        while batch.len() < FILES
            && let Some((own, file)) = files.next_if(|(own, _)| bytes + own <= BYTES)
        {
            bytes += own;
            batch.push(file);
        }
        Some(batch)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::Details;
    use crate::workspace::Origin;

    fn adds(count: usize, description: usize) -> impl Iterator<Item = Add> {
        let workspace = Origin::parse("video.example.com").unwrap();
        let details = Details { description: "d".repeat(description), ..Details::default() };
        (0..count).map(move |n| {
            let add = Add::new(format!("/films/{n}.mp4"), workspace.clone());
            Add { details: details.clone(), ..add }
        })
    }

    #[test]
    fn batches_hold_every_file_once_and_in_order() {
        let sizes: Vec<usize> = batches(adds(2 * FILES + 1, 0)).map(|batch| batch.len()).collect();
        assert_eq!(sizes, [FILES, FILES, 1]);
        let files: Vec<PathBuf> = batches(adds(1000, 0)).flatten().map(|add| add.file).collect();
        assert_eq!(files, (0..1000).map(|n| PathBuf::from(format!("/films/{n}.mp4"))).collect::<Vec<_>>());
        assert_eq!(batches(adds(0, 0)).count(), 0);
    }

    #[test]
    fn much_that_is_said_about_each_file_makes_smaller_batches_and_too_much_one_of_its_own() {
        assert!(batches(adds(64, BYTES / 10)).all(|batch| batch.len() < 10));
        assert_eq!(batches(adds(3, 2 * BYTES)).count(), 3);
    }
}
