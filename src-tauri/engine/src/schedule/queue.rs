//! The unfinished items, kept so that the next one is found without looking at all of them: however long the queue is, an
//! item that begins or ends costs about the same.

use super::{AtWork, Slot, Slots, Turn, ahead_of, turn, wants_work};
use crate::item::{Intent, ItemId, Lane};
use crate::pace::Held;
use crate::store::Brief;
use crate::workspace::Origin;
use std::collections::{BTreeSet, HashMap, HashSet};

/// The queue as the owner knows it: what there is, what of it is at work, and what is parked.
#[derive(Debug)]
pub(crate) struct Queue {
    small_below: u64,
    briefs: HashMap<ItemId, Brief>,
    at_work: HashSet<ItemId>,
    parked: HashSet<ItemId>,
    /// Lanes of which nothing begins that has bytes to send.
    held: Held,
    /// Those that want work and have none, by their workspace and by what they need to begin.
    ready: HashMap<Origin, [BTreeSet<Turn>; Slot::ALL.len()]>,
    /// Replacements, by the video: few may be in each other's way.
    replacing: HashMap<(Origin, u64), BTreeSet<ItemId>>,
}

impl Queue {
    /// A queue of these, with none at work. Files below `small_below` bytes are small.
    pub(crate) fn new(small_below: u64, briefs: impl IntoIterator<Item = Brief>) -> Self {
        let mut queue = Self {
            small_below,
            briefs: HashMap::new(),
            at_work: HashSet::new(),
            parked: HashSet::new(),
            held: Held::default(),
            ready: HashMap::new(),
            replacing: HashMap::new(),
        };
        for brief in briefs {
            queue.put(brief);
        }
        queue
    }

    /// An item, if it is there.
    pub(crate) fn get(&self, id: ItemId) -> Option<&Brief> {
        self.briefs.get(&id)
    }

    /// How many have something before them that may come by itself.
    pub(crate) fn count_open(&self) -> usize {
        self.briefs.values().filter(|brief| !brief.failed).count()
    }

    /// An item is new, or different.
    pub(crate) fn put(&mut self, brief: Brief) {
        let id = brief.id;
        self.remove(id);
        if let Some(video) = replaced(&brief) {
            self.replacing.entry(video).or_default().insert(id);
        }
        self.briefs.insert(id, brief);
        self.line_up(id);
    }

    /// An item is over, or gone.
    pub(crate) fn remove(&mut self, id: ItemId) {
        self.step_out(id);
        let Some(brief) = self.briefs.remove(&id) else { return };
        if let Some(video) = replaced(&brief)
            && let Some(others) = self.replacing.get_mut(&video)
        {
            others.remove(&id);
            if others.is_empty() {
                self.replacing.remove(&video);
            }
        }
    }

    /// Something else is wanted of an item.
    pub(crate) fn intend(&mut self, id: ItemId, intent: Intent) {
        if let Some(brief) = self.briefs.get(&id).cloned() {
            self.put(Brief { intent, ..brief });
        }
    }

    /// An item is at work, or not any more.
    pub(crate) fn set_at_work(&mut self, id: ItemId, is_at_work: bool) {
        self.step_out(id);
        if is_at_work {
            self.at_work.insert(id)
        } else {
            self.at_work.remove(&id)
        };
        self.line_up(id);
    }

    /// An item waits for something that it cannot bring about, or not any more.
    pub(crate) fn set_parked(&mut self, id: ItemId, is_parked: bool) {
        self.step_out(id);
        if is_parked {
            self.parked.insert(id)
        } else {
            self.parked.remove(&id)
        };
        self.line_up(id);
    }

    /// These lanes are held from now on, and no others.
    pub(crate) fn hold(&mut self, held: Held) {
        self.held = held;
    }

    /// The next item to begin, if any may. What is at work, and in the way of others, is asked for each workspace.
    pub(crate) fn next(&self, at_work: impl Fn(&Origin) -> AtWork, slots: Slots) -> Option<ItemId> {
        let first = self.ready.iter().filter_map(|(workspace, ready)| self.first_of(ready, at_work(workspace), slots));
        first.min().map(|turn| turn.3)
    }

    fn first_of(&self, ready: &[BTreeSet<Turn>], at_work: AtWork, slots: Slots) -> Option<Turn> {
        let may_begin = |turn: &&Turn| self.get(turn.3).is_some_and(|brief| self.ahead_of(brief).is_none());
        let first = |slot: Slot| {
            let mut ready = ready[slot as usize].iter();
            let is_open = |lane| slot.is_free(lane, at_work, slots) && !(slot.sends() && self.held.holds(lane));
            match (is_open(Lane::Manual), is_open(Lane::Automatic)) {
                (true, true) => ready.find(may_begin),
                (true, false) => ready.take_while(|turn| turn.1 == Lane::Manual).find(may_begin),
                (false, true) => ready.find(|turn| turn.1 == Lane::Automatic && may_begin(turn)),
                (false, false) => None,
            }
        };
        Slot::ALL.into_iter().filter_map(first).min().copied()
    }

    /// As [`ahead_of`].
    pub(crate) fn ahead_of(&self, brief: &Brief) -> Option<ItemId> {
        let others = self.replacing.get(&replaced(brief)?)?;
        ahead_of(brief, others.iter().filter_map(|id| self.get(*id)), |other| self.at_work.contains(&other.id))
    }

    /// Items that go in the place of something.
    pub(crate) fn replacements(&self) -> impl Iterator<Item = &Brief> {
        self.replacing.values().flatten().filter_map(|id| self.get(*id))
    }

    fn line_up(&mut self, id: ItemId) {
        if let Some(brief) = self.briefs.get(&id)
            && wants_work(brief)
            && !self.at_work.contains(&id)
            && !self.parked.contains(&id)
        {
            let ready = self.ready.entry(brief.workspace.clone()).or_default();
            ready[Slot::of(brief, self.small_below) as usize].insert(turn(brief));
        }
    }

    fn step_out(&mut self, id: ItemId) {
        if let Some(brief) = self.briefs.get(&id)
            && let Some(ready) = self.ready.get_mut(&brief.workspace)
        {
            ready[Slot::of(brief, self.small_below) as usize].remove(&turn(brief));
        }
    }
}

fn replaced(brief: &Brief) -> Option<(Origin, u64)> {
    brief.replaces.map(|replacement| (brief.workspace.clone(), replacement.video))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::{FileKind, Replacement};
    use crate::schedule::{Count, makes_single_calls};
    use proptest::collection::vec;
    use proptest::prelude::*;
    use uuid::Uuid;

    const SLOTS: Slots = Slots { bulk: 1, small: 2, past_sending: 1 };
    const SMALL_BELOW: u64 = 100;

    /// What may be done to a queue of few items.
    #[derive(Debug, Clone)]
    enum Act {
        Put(Brief),
        Remove(ItemId),
        Intend(ItemId, Intent),
        AtWork(ItemId, bool),
        Parked(ItemId, bool),
        Hold(Held),
    }

    fn an_id() -> impl Strategy<Value = ItemId> {
        (0..8_u128).prop_map(|n| ItemId(Uuid::from_u128(n)))
    }

    fn an_intent() -> impl Strategy<Value = Intent> {
        prop_oneof![Just(Intent::Run), Just(Intent::Pause), Just(Intent::Cancel)]
    }

    prop_compose! {
        fn some_at_work()(bulk in a_count(), small in a_count(), past_sending in 0..2_usize) -> AtWork {
            AtWork { bulk, small, past_sending }
        }
    }

    fn a_count() -> impl Strategy<Value = Count> {
        vec(prop_oneof![Just(Lane::Manual), Just(Lane::Automatic)], 0..3).prop_map(|lanes| {
            let mut count = Count::default();
            for lane in lanes {
                count.add(lane);
            }
            count
        })
    }

    prop_compose! {
        fn a_brief()(
            id in an_id(),
            automatic: bool,
            position in 0..1000_i64,
            intent in an_intent(),
            size in prop_oneof![Just(50_u64), Just(500)],
            (failed, unsettled, stored, sending) in any::<(bool, bool, bool, bool)>(),
            video in proptest::option::of((0..2_u64, any::<bool>())),
            workspace in prop_oneof![Just("a.example"), Just("b.example")],
        ) -> Brief {
            let lane = if automatic { Lane::Automatic } else { Lane::Manual };
            let kind = |picture| if picture { FileKind::Image } else { FileKind::Video };
            let replaces = video.map(|(video, picture)| Replacement::by_file(video, kind(picture)));
            let workspace = Origin::parse(workspace).unwrap();
            Brief { id, workspace, lane, position, intent, size, failed, unsettled, stored, sending, replaces }
        }
    }

    fn an_act() -> impl Strategy<Value = Act> {
        prop_oneof![
            4 => a_brief().prop_map(Act::Put),
            1 => an_id().prop_map(Act::Remove),
            1 => (an_id(), an_intent()).prop_map(|(id, intent)| Act::Intend(id, intent)),
            2 => (an_id(), any::<bool>()).prop_map(|(id, is)| Act::AtWork(id, is)),
            2 => (an_id(), any::<bool>()).prop_map(|(id, is)| Act::Parked(id, is)),
            1 => any::<(bool, bool)>().prop_map(|(manual, automatic)| Act::Hold(Held { manual, automatic })),
        ]
    }

    /// The next item, by looking at all of them.
    fn looked_for(queue: &Queue, at_work: impl Fn(&Origin) -> AtWork) -> Option<ItemId> {
        let runs = |brief: &Brief| queue.at_work.contains(&brief.id);
        let may_begin = |brief: &&Brief| {
            wants_work(brief)
                && !runs(brief)
                && !queue.parked.contains(&brief.id)
                && Slot::of(brief, SMALL_BELOW).is_free(brief.lane, at_work(&brief.workspace), SLOTS)
                && !(Slot::of(brief, SMALL_BELOW).sends() && queue.held.holds(brief.lane))
                && ahead_of(brief, queue.briefs.values(), runs).is_none()
        };
        let order = |brief: &&Brief| (!makes_single_calls(brief), brief.lane, brief.position, brief.id);
        queue.briefs.values().filter(may_begin).min_by_key(order).map(|brief| brief.id)
    }

    proptest! {
        #[test]
        fn whatever_happened_the_next_one_is_the_one_that_looking_at_all_of_them_finds(
            acts in vec(an_act(), 0..40),
            (here, there) in (some_at_work(), some_at_work()),
        ) {
            let mut queue = Queue::new(SMALL_BELOW, []);
            for act in acts {
                match act {
                    Act::Put(brief) => queue.put(brief),
                    Act::Remove(id) => queue.remove(id),
                    Act::Intend(id, intent) => queue.intend(id, intent),
                    Act::AtWork(id, is) => queue.set_at_work(id, is),
                    Act::Parked(id, is) => queue.set_parked(id, is),
                    Act::Hold(held) => queue.hold(held),
                }
                let at_work = |workspace: &Origin| if workspace.host() == "a.example" { here } else { there };
                prop_assert_eq!(queue.next(at_work, SLOTS), looked_for(&queue, at_work));
            }
        }
    }
}
