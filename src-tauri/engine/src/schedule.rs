//! Which item begins next. Pure: the queue as it stands in, the next item out. The rules are here; how the next one is
//! found among a hundred thousand is in `schedule/queue.rs`.

mod queue;

pub(crate) use queue::Queue;

use crate::item::{FileKind, Intent, ItemId, Lane};
use crate::store::Brief;

/// How many items may be at work side by side. Chunks are bounded by the pool; these bounds keep the number of begun
/// items small, so that files finish one after another instead of all at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slots {
    /// Files of more than one chunk on the line.
    pub bulk: usize,
    /// Files of one chunk on the line; apart, so that a thumbnail never waits for a film.
    pub small: usize,
    /// Items that settle, follow up or wait to be playable; they use the line for single calls only.
    pub past_sending: usize,
}

impl Slots {
    /// Slots for a pool of `in_flight` chunks. Two large files at the least, so that one uses the line while the other has
    /// nothing but its first or its last piece to send. Most of what a small file takes is waiting for answers. Never more
    /// than the chunks to which a person limits it: who wants one at a time gets one file at a time.
    #[must_use]
    pub(crate) fn for_pool(in_flight: usize, limit: usize) -> Self {
        let (bulk, small) = (in_flight.div_ceil(2).max(2), (2 * in_flight).max(8));
        Self { bulk: bulk.min(limit), small: small.min(limit), past_sending: 64 }
    }
}

/// What is at work now, as far as it is in the way of others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct AtWork {
    /// Files of more than one chunk on the line.
    pub bulk: Count,
    /// Files of one chunk on the line.
    pub small: Count,
    /// Items past their last byte.
    pub past_sending: usize,
}

/// Items at work, by who wants them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Count {
    manual: usize,
    automatic: usize,
}

impl Count {
    pub(crate) fn add(&mut self, lane: Lane) {
        match lane {
            Lane::Manual => self.manual += 1,
            Lane::Automatic => self.automatic += 1,
        }
    }

    /// How many are in the way of one more in this lane. What folders bring never keeps a person waiting.
    fn before(self, lane: Lane) -> usize {
        match lane {
            Lane::Manual => self.manual,
            Lane::Automatic => self.manual + self.automatic,
        }
    }
}

/// The replacement of the same video that this one has to wait for, if there is one. They go one after the other, first
/// handed over first sent, but the file before its thumbnail: processing a new file may overwrite a picture. One that has
/// begun goes before all that have not, and is waited for until it is over or failed for good; in doubt, until a person
/// has settled it.
pub(crate) fn ahead_of<'a>(
    brief: &Brief,
    queue: impl IntoIterator<Item = &'a Brief>,
    running: impl Fn(&Brief) -> bool,
) -> Option<ItemId> {
    // What may have been done already is found out before anything else: whoever waited here would wait for each other.
    let replacement = brief.replaces.filter(|_| !makes_single_calls(brief))?;
    let turn = |brief: &Brief, kind: FileKind| (!brief.sending, kind == FileKind::Image, brief.lane, brief.position);
    let in_the_way = |other: &&Brief| {
        let Some(its) = other.replaces else { return false };
        if other.id == brief.id || its.video != replacement.video || other.workspace != brief.workspace {
            return false;
        }
        // Of one that was paused once it stood there nothing more is to come.
        let begun = running(other) || other.unsettled || (other.stored && wants_work(other));
        begun || (wants_work(other) && turn(other, its.kind) < turn(brief, replacement.kind))
    };
    queue.into_iter().find(in_the_way).map(|other| other.id)
}

/// It makes single calls at the most: a commit may be on its way and is settled whatever the user wants, the video is
/// there, or the item is to go.
fn makes_single_calls(brief: &Brief) -> bool {
    brief.unsettled || brief.stored || brief.intent == Intent::Cancel
}

fn wants_work(brief: &Brief) -> bool {
    !brief.failed && (brief.unsettled || brief.intent != Intent::Pause)
}

/// What an item needs to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slot {
    /// Nothing: what is in doubt waits for nothing.
    None,
    PastSending,
    Small,
    Bulk,
}

impl Slot {
    const ALL: [Self; 4] = [Self::None, Self::PastSending, Self::Small, Self::Bulk];

    fn of(brief: &Brief, small_below: u64) -> Self {
        if brief.unsettled || brief.intent == Intent::Cancel {
            Self::None
        } else if brief.stored {
            Self::PastSending
        } else if brief.size < small_below {
            Self::Small
        } else {
            Self::Bulk
        }
    }

    /// Whether what begins in it has more to send than single calls.
    fn sends(self) -> bool {
        matches!(self, Self::Small | Self::Bulk)
    }

    /// For one more in this lane. Where it is for automatic work it is for a person's as well.
    fn is_free(self, lane: Lane, at_work: AtWork, slots: Slots) -> bool {
        match self {
            Self::None => true,
            Self::PastSending => at_work.past_sending < slots.past_sending,
            Self::Small => at_work.small.before(lane) < slots.small,
            Self::Bulk => at_work.bulk.before(lane) < slots.bulk,
        }
    }
}

/// Whose turn it is: the least is next. Single calls go first, then manual work, then the order of the queue.
type Turn = (bool, Lane, i64, ItemId);

fn turn(brief: &Brief) -> Turn {
    (!makes_single_calls(brief), brief.lane, brief.position, brief.id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::Replacement;
    use crate::workspace::Origin;

    const SLOTS: Slots = Slots { bulk: 1, small: 1, past_sending: 1 };
    const SMALL_BELOW: u64 = 100;

    fn brief(position: i64, size: u64) -> Brief {
        Brief {
            id: ItemId::fresh(),
            workspace: Origin::parse("a.example").unwrap(),
            lane: Lane::Manual,
            position,
            intent: Intent::Run,
            size,
            failed: false,
            unsettled: false,
            stored: false,
            sending: false,
            replaces: None,
        }
    }

    fn one(lane: Lane) -> Count {
        let mut count = Count::default();
        count.add(lane);
        count
    }

    fn replacing(position: i64, video: u64, kind: FileKind) -> Brief {
        Brief { replaces: Some(Replacement::by_file(video, kind)), ..brief(position, 50) }
    }

    fn next<'a>(briefs: impl IntoIterator<Item = &'a Brief>, at_work: AtWork, slots: Slots) -> Option<ItemId> {
        Queue::new(SMALL_BELOW, briefs.into_iter().cloned()).next(|_| at_work, slots)
    }

    fn waits(brief: &Brief, other: &Brief) -> bool {
        ahead_of(brief, [other, brief], |_| false) == Some(other.id)
    }

    #[test]
    fn replacements_of_one_video_go_one_after_the_other_and_the_file_before_its_thumbnail() {
        let first = replacing(1, 7, FileKind::Video);
        let second = replacing(2, 7, FileKind::Video);
        assert!(waits(&second, &first) && !waits(&first, &second));
        let picture = replacing(0, 7, FileKind::Image);
        assert!(waits(&picture, &first) && !waits(&first, &picture));
        assert!(!waits(&replacing(3, 8, FileKind::Video), &first), "another video");
        let elsewhere = Brief { workspace: Origin::parse("b.example").unwrap(), ..replacing(3, 7, FileKind::Video) };
        assert!(!waits(&elsewhere, &first), "another workspace");
        assert!(!waits(&brief(3, 50), &first), "an upload");
    }

    #[test]
    fn what_has_begun_or_is_in_doubt_is_waited_for_and_what_is_paused_or_failed_is_not() {
        let first = replacing(9, 7, FileKind::Image);
        let later = replacing(1, 7, FileKind::Video);
        assert!(!waits(&later, &first));
        let runs = |brief: &Brief| brief.id == first.id;
        assert_eq!(ahead_of(&later, [&first, &later], runs), Some(first.id), "it runs");
        assert!(waits(&later, &Brief { unsettled: true, failed: true, ..first.clone() }), "it is in doubt");
        assert!(waits(&later, &Brief { stored: true, ..first.clone() }), "it is being processed");
        let doubtful = Brief { unsettled: true, ..first.clone() };
        assert!(!waits(&doubtful, &later), "nobody waits for each other");
        let sending = Brief { sending: true, ..first.clone() };
        assert!(waits(&later, &sending) && !waits(&sending, &later), "pieces of it are there");
        let earlier = replacing(0, 7, FileKind::Video);
        assert!(!waits(&later, &Brief { failed: true, ..earlier.clone() }));
        assert!(!waits(&later, &Brief { intent: Intent::Pause, ..earlier }));
    }

    #[test]
    fn queue_order_within_a_lane_and_manual_before_automatic() {
        let folder = Brief { lane: Lane::Automatic, ..brief(1, 500) };
        let (second, first) = (brief(9, 500), brief(5, 500));
        assert_eq!(next([&folder, &second, &first], AtWork::default(), SLOTS), Some(first.id));
        assert_eq!(next([&folder], AtWork::default(), SLOTS), Some(folder.id));
    }

    #[test]
    fn an_item_whose_cancelling_was_cut_short_is_taken_up_again() {
        let cancelled = Brief { intent: Intent::Cancel, ..brief(1, 500) };
        let busy = AtWork { bulk: one(Lane::Manual), small: one(Lane::Manual), past_sending: 0 };
        assert_eq!(next([&cancelled], busy, SLOTS), Some(cancelled.id));
    }

    #[test]
    fn a_small_file_begins_beside_a_running_film() {
        let (film, picture) = (brief(1, 500), brief(2, 50));
        let at_work = AtWork { bulk: one(Lane::Manual), ..AtWork::default() };
        assert_eq!(next([&film, &picture], at_work, SLOTS), Some(picture.id));
        assert_eq!(next([&film], at_work, SLOTS), None);
    }

    #[test]
    fn what_a_person_drops_begins_beside_whatever_folders_bring() {
        let at_work = AtWork { bulk: one(Lane::Automatic), small: one(Lane::Automatic), past_sending: 0 };
        let (folders, dropped) = (Brief { lane: Lane::Automatic, ..brief(1, 500) }, brief(2, 500));
        assert_eq!(next([&folders, &dropped], at_work, SLOTS), Some(dropped.id));
        assert_eq!(next([&folders], at_work, SLOTS), None);
        let at_work = AtWork { bulk: one(Lane::Manual), ..AtWork::default() };
        assert_eq!(next([&folders], at_work, SLOTS), None, "a person's goes first");
    }

    #[test]
    fn paused_and_failed_items_stay_and_an_unsettled_one_goes_first_even_when_paused() {
        let paused = Brief { intent: Intent::Pause, ..brief(1, 500) };
        let failed = Brief { failed: true, ..brief(2, 500) };
        assert_eq!(next([&paused, &failed], AtWork::default(), SLOTS), None);
        let unsettled = Brief { intent: Intent::Pause, unsettled: true, ..brief(9, 500) };
        assert_eq!(next([&brief(3, 500), &unsettled], AtWork::default(), SLOTS), Some(unsettled.id));
        let asked = Brief { failed: true, unsettled: true, ..brief(2, 500) };
        assert_eq!(next([&asked], AtWork::default(), SLOTS), None);
    }
}
