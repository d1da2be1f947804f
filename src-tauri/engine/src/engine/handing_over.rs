//! How a front end hands files over, whoever owns the data folder: each once, however often that has to be said until it
//! is heard, and many of them some hundred at a time.

use super::intake::only;
use super::{Add, Added, Front, Handed, Replace, SetMoment, closed};
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
        stream::iter(batches(files)).then(|batch| self.add_batch(batch)).flat_map(stream::iter)
    }

    async fn add_batch(&self, files: Vec<Add>) -> Vec<(PathBuf, Result<Added, Failure>)> {
        let names: Vec<PathBuf> = files.iter().map(|add| add.file.clone()).collect();
        let mut refused = HashMap::new();
        let mut handed = Vec::with_capacity(files.len());
        for (place, add) in files.into_iter().enumerate() {
            // Another process has another working folder.
            match Handed::Add(Box::new(add)).absolute() {
                Ok(absolute) => handed.push((Uuid::now_v7(), absolute)),
                Err(failure) => {
                    refused.insert(place, failure);
                }
            }
        }
        let count = handed.len();
        let outcomes = self.hand_over(handed).await.unwrap_or_else(|failure| vec![Err(failure); count]);
        let mut outcomes = outcomes.into_iter();
        let mut outcome = |place| match refused.remove(&place) {
            Some(failure) => Err(failure),
            None => outcomes.next().unwrap_or_else(|| Err(closed())),
        };
        names.into_iter().enumerate().map(|(place, name)| (name, outcome(place))).collect()
    }
}

/// The files in their order, so many together as one message may carry.
fn batches(files: Vec<Add>) -> Vec<Vec<Add>> {
    let mut batches: Vec<Vec<Add>> = Vec::new();
    let mut bytes = 0;
    for add in files {
        let own = serde_json::to_vec(&add).map_or(0, |text| text.len());
        match batches.last_mut() {
            Some(batch) if batch.len() < FILES && bytes + own <= BYTES => {
                batch.push(add);
                bytes += own;
            }
            _ => {
                batches.push(vec![add]);
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

    fn adds(count: usize, description: usize) -> Vec<Add> {
        let workspace = Origin::parse("video.example.com").unwrap();
        let details = Details { description: "d".repeat(description), ..Details::default() };
        let add = |n| Add { details: details.clone(), ..Add::new(format!("/films/{n}.mp4"), workspace.clone()) };
        (0..count).map(add).collect()
    }

    #[test]
    fn batches_hold_every_file_once_and_in_order() {
        let sizes: Vec<usize> = batches(adds(2 * FILES + 1, 0)).iter().map(Vec::len).collect();
        assert_eq!(sizes, [FILES, FILES, 1]);
        let files: Vec<PathBuf> = batches(adds(1000, 0)).into_iter().flatten().map(|add| add.file).collect();
        assert_eq!(files, (0..1000).map(|n| PathBuf::from(format!("/films/{n}.mp4"))).collect::<Vec<_>>());
        assert!(batches(Vec::new()).is_empty());
    }

    #[test]
    fn much_that_is_said_about_each_file_makes_smaller_batches_and_too_much_one_of_its_own() {
        assert!(batches(adds(64, BYTES / 10)).iter().all(|batch| batch.len() < 10));
        assert_eq!(batches(adds(3, 2 * BYTES)).len(), 3);
    }
}
