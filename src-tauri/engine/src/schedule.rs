//! Which item begins next. Pure: the queue as it stands in, the next item out.

use crate::item::{Intent, ItemId};
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
    /// Files below this size, in bytes, are small.
    pub small_below: u64,
}

impl Slots {
    /// Slots for a pool of `in_flight` chunks.
    #[must_use]
    pub(crate) fn for_pool(in_flight: usize, small_below: u64) -> Self {
        Self { bulk: in_flight.div_ceil(2), small: in_flight, past_sending: 64, small_below }
    }
}

/// What is at work now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct AtWork {
    /// Files of more than one chunk on the line.
    pub bulk: usize,
    /// Files of one chunk on the line.
    pub small: usize,
    /// Items past their last byte.
    pub past_sending: usize,
}

/// The next item to begin, if any may. `queue` holds those that are neither at work nor parked.
pub(crate) fn next<'a>(queue: impl IntoIterator<Item = &'a Brief>, at_work: AtWork, slots: Slots) -> Option<ItemId> {
    let has_slot = |brief: &Brief| {
        if brief.unsettled || brief.intent == Intent::Cancel {
            // What is in doubt waits for nothing.
            true
        } else if brief.stored {
            at_work.past_sending < slots.past_sending
        } else if brief.size < slots.small_below {
            at_work.small < slots.small
        } else {
            at_work.bulk < slots.bulk
        }
    };
    queue
        .into_iter()
        .filter(|brief| wants_work(brief) && has_slot(brief))
        .min_by_key(|brief| (!makes_single_calls(brief), brief.lane, brief.position))
        .map(|brief| brief.id)
}

/// It makes single calls at the most: a commit may be on its way and is settled whatever the user wants, the video is
/// there, or the item is to go.
fn makes_single_calls(brief: &Brief) -> bool {
    brief.unsettled || brief.stored || brief.intent == Intent::Cancel
}

fn wants_work(brief: &Brief) -> bool {
    !brief.failed && (brief.unsettled || brief.intent != Intent::Pause)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::Lane;
    use crate::workspace::Origin;

    const SLOTS: Slots = Slots { bulk: 1, small: 1, past_sending: 1, small_below: 100 };

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
        }
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
        let busy = AtWork { bulk: 1, small: 1, ..AtWork::default() };
        assert_eq!(next([&cancelled], busy, SLOTS), Some(cancelled.id));
    }

    #[test]
    fn a_small_file_begins_beside_a_running_film() {
        let (film, picture) = (brief(1, 500), brief(2, 50));
        let at_work = AtWork { bulk: 1, ..AtWork::default() };
        assert_eq!(next([&film, &picture], at_work, SLOTS), Some(picture.id));
        assert_eq!(next([&film], at_work, SLOTS), None);
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
