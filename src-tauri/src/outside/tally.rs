//! How many items stand where, and what became of them since the queue last stood empty. Pure, and kept by adding and taking
//! away, so that news of one item cost one item. Where an item stands is read as the pages read it (`ui/src/state/standing.ts`).

use crate::rows::{Stage, name_of};
use slipway_engine::ItemView;
use slipway_engine::failure::{Failure, Remedy};
use slipway_engine::item::{Intent, ItemId, Lane};
use std::collections::{BTreeMap, HashMap, VecDeque};

/// Results that are kept.
const LAST: usize = 3;

/// Where an item stands, as somebody outside the window wants to know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stand {
    NeedsYou,
    OnTheWay,
    Waiting,
    Paused,
    /// Being taken out.
    Leaving,
    Sent,
    Removed,
}

impl Stand {
    /// Whether it goes on by itself.
    fn stirs(self) -> bool {
        matches!(self, Self::OnTheWay | Self::Waiting)
    }
}

/// What is known of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) stand: Stand,
    /// Nothing more becomes of it unless somebody asks for it.
    pub(crate) ended: bool,
    /// Its bytes move, where nothing holds it up.
    pub(crate) sends: bool,
    /// What needs somebody.
    pub(crate) trouble: Option<Failure>,
    pub(crate) title: String,
    pub(crate) automatic: bool,
    /// Bytes, and those of them that are there.
    pub(crate) total: u64,
    pub(crate) stored: u64,
}

impl Seen {
    pub(crate) fn of(item: &ItemView) -> Self {
        let stage = Stage::named(&item.stage);
        let stand = match (stage, item.intent) {
            (Stage::Done, _) => Stand::Sent,
            (Stage::Failed, _) if item.failure.is_some() => Stand::NeedsYou,
            (Stage::Cancelled | Stage::Failed, _) => Stand::Removed,
            (_, Intent::Cancel) => Stand::Leaving,
            (Stage::Queued | Stage::Uploading | Stage::Confirming, Intent::Pause) => Stand::Paused,
            (Stage::Queued, _) => Stand::Waiting,
            _ => Stand::OnTheWay,
        };
        let title = if item.details.title.is_empty() { name_of(&item.file) } else { item.details.title.clone() };
        Self {
            stand,
            ended: matches!(stage, Stage::Done | Stage::Cancelled | Stage::Failed),
            sends: stand == Stand::OnTheWay && stage != Stage::Stored,
            trouble: item.failure.clone().filter(|_| stand == Stand::NeedsYou),
            title,
            automatic: item.lane == Lane::Automatic,
            total: item.total,
            stored: item.stored,
        }
    }
}

/// Whether somebody has to do something, rather than a network or a server.
fn wants_somebody(failure: &Failure) -> bool {
    match failure.remedy() {
        Remedy::RetryNow | Remedy::RetryAfter | Remedy::WaitForNetwork => false,
        Remedy::WaitForFile | Remedy::SignIn | Remedy::FixSettings | Remedy::Settle | Remedy::GiveUp => true,
    }
}

/// What became of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Last {
    pub(crate) title: String,
    /// Sent, or in need of somebody.
    pub(crate) sent: bool,
}

/// Items by where they stand, and the bytes of the batch under way: of what was under way since the queue last stood empty.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) on_the_way: usize,
    pub(crate) waiting: usize,
    pub(crate) paused: usize,
    pub(crate) need_you: usize,
    pub(crate) total: u64,
    pub(crate) stored: u64,
}

impl Counts {
    /// Items that go on by themselves.
    pub(crate) fn stirring(&self) -> usize {
        self.on_the_way + self.waiting
    }

    /// What is left for the next start.
    pub(crate) fn unfinished(&self) -> usize {
        self.stirring() + self.paused
    }

    /// How much of the batch is there; nothing where nothing is under way.
    pub(crate) fn percent(&self) -> Option<u8> {
        let part = self.stored.min(self.total) * 100;
        let percent = part.checked_div(self.total)?;
        (self.unfinished() > 0).then(|| u8::try_from(percent).unwrap_or(100))
    }
}

/// What was sent since the start, and by whom.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Sent {
    /// All of them, and those among them that no watched folder brought.
    pub(crate) all: usize,
    pub(crate) by_hand: usize,
    /// The last one's title.
    pub(crate) title: String,
}

/// The tally.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    items: HashMap<ItemId, Known>,
    counts: Counts,
    open: usize,
    sent: Sent,
    last: VecDeque<Last>,
    /// What needs somebody, by its code: one failure of each, and how many items have it.
    troubles: BTreeMap<&'static str, (Failure, usize)>,
}

#[derive(Debug)]
struct Known {
    seen: Seen,
    /// Whether it belongs to the batch under way.
    counted: bool,
}

impl Tally {
    /// An item as it is now.
    pub(crate) fn note(&mut self, id: ItemId, seen: Seen) {
        let before = self.items.remove(&id);
        if let Some(known) = &before {
            self.take(known);
            let turned = known.seen.stand != seen.stand;
            match seen.stand {
                Stand::Sent if turned => {
                    self.sent.all += 1;
                    self.sent.by_hand += usize::from(!seen.automatic);
                    self.sent.title.clone_from(&seen.title);
                    self.keep(&seen, true);
                }
                Stand::NeedsYou if turned => self.keep(&seen, false),
                _ => {}
            }
        }
        let was_counted = before.is_some_and(|known| known.counted);
        if !seen.ended && !was_counted && self.open == 0 {
            self.begin();
        }
        let counted = (was_counted || !seen.ended) && seen.stand != Stand::Removed;
        let known = Known { seen, counted };
        self.add(&known);
        self.items.insert(id, known);
    }

    /// An item is not there any more.
    pub(crate) fn forget(&mut self, id: ItemId) {
        if let Some(known) = self.items.remove(&id) {
            self.take(&known);
        }
    }

    pub(crate) fn counts(&self) -> Counts {
        self.counts
    }

    /// The counts, with what these items have handed to the network by now.
    pub(crate) fn counts_with(&self, sent: impl IntoIterator<Item = (ItemId, u64)>) -> Counts {
        let ahead = |(id, sent): (ItemId, u64)| {
            let known = self.items.get(&id).filter(|known| known.counted)?;
            Some(sent.min(known.seen.total).saturating_sub(known.seen.stored))
        };
        let ahead: u64 = sent.into_iter().filter_map(ahead).sum();
        Counts { stored: self.counts.stored + ahead, ..self.counts }
    }

    /// Whether an item sends bytes, where nothing holds it up.
    pub(crate) fn sends(&self, id: ItemId) -> bool {
        self.items.get(&id).is_some_and(|known| known.seen.sends)
    }

    /// Items that something may still become of.
    pub(crate) fn open(&self) -> impl Iterator<Item = ItemId> {
        self.items.iter().filter(|(_, known)| !known.seen.ended).map(|(id, _)| *id)
    }

    /// What an item waits for.
    pub(crate) fn wait(&mut self, id: ItemId, failure: &Failure) {
        if let Some(mut known) = self.items.remove(&id) {
            self.take(&known);
            if known.seen.stand.stirs() && wants_somebody(failure) {
                known.seen.stand = Stand::NeedsYou;
                known.seen.trouble = Some(failure.clone());
            }
            known.seen.sends = false;
            self.add(&known);
            self.items.insert(id, known);
        }
    }

    /// Nothing goes on, or it does again.
    pub(crate) fn set_trouble(&mut self, failure: Option<Failure>) {
        self.troubles.retain(|_, (_, count)| *count > 0);
        if let Some(failure) = failure {
            self.troubles.entry(failure.code.as_str()).or_insert((failure, 0));
        }
    }

    pub(crate) fn sent(&self) -> &Sent {
        &self.sent
    }

    /// The last results, the newest first.
    pub(crate) fn last(&self) -> impl Iterator<Item = &Last> {
        self.last.iter()
    }

    /// What needs somebody: one failure of each kind, and how many items have it.
    pub(crate) fn troubles(&self) -> &BTreeMap<&'static str, (Failure, usize)> {
        &self.troubles
    }

    /// A new batch: what is over does not count any more.
    fn begin(&mut self) {
        for known in self.items.values_mut() {
            known.counted = false;
        }
        (self.counts.total, self.counts.stored) = (0, 0);
    }

    fn keep(&mut self, seen: &Seen, sent: bool) {
        self.last.push_front(Last { title: seen.title.clone(), sent });
        self.last.truncate(LAST);
    }

    fn add(&mut self, known: &Known) {
        if let Some(place) = self.place_of(known.seen.stand) {
            *place += 1;
        }
        self.open += usize::from(!known.seen.ended);
        if known.counted {
            self.counts.total += known.seen.total;
            self.counts.stored += known.seen.stored;
        }
        if let Some(failure) = &known.seen.trouble {
            self.troubles.entry(failure.code.as_str()).or_insert_with(|| (failure.clone(), 0)).1 += 1;
        }
    }

    fn take(&mut self, known: &Known) {
        if let Some(place) = self.place_of(known.seen.stand) {
            *place -= 1;
        }
        self.open -= usize::from(!known.seen.ended);
        if known.counted {
            self.counts.total -= known.seen.total;
            self.counts.stored -= known.seen.stored;
        }
        if let Some(failure) = &known.seen.trouble
            && let Some((_, count)) = self.troubles.get_mut(failure.code.as_str())
        {
            *count -= 1;
            if *count == 0 {
                self.troubles.remove(failure.code.as_str());
            }
        }
    }

    fn place_of(&mut self, stand: Stand) -> Option<&mut usize> {
        match stand {
            Stand::NeedsYou => Some(&mut self.counts.need_you),
            Stand::OnTheWay => Some(&mut self.counts.on_the_way),
            Stand::Waiting => Some(&mut self.counts.waiting),
            Stand::Paused => Some(&mut self.counts.paused),
            Stand::Leaving | Stand::Sent | Stand::Removed => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use slipway_engine::failure::Code;
    use uuid::Uuid;

    fn id(n: u128) -> ItemId {
        ItemId(Uuid::from_u128(n))
    }

    fn seen(stand: Stand) -> Seen {
        let ended = matches!(stand, Stand::Sent | Stand::Removed | Stand::NeedsYou);
        let trouble = (stand == Stand::NeedsYou).then(|| Failure::new(Code::FileRefused));
        let stored = if stand == Stand::Sent { 100 } else { 0 };
        Seen { stand, ended, sends: false, trouble, title: "Talk".into(), automatic: false, total: 100, stored }
    }

    fn tally(items: impl IntoIterator<Item = Stand>) -> Tally {
        let mut tally = Tally::default();
        (0..).zip(items).for_each(|(n, stand)| tally.note(id(n), seen(stand)));
        tally
    }

    #[test]
    fn items_are_counted_where_they_stand_and_no_more_once_they_left() {
        use Stand::{Leaving, NeedsYou, OnTheWay, Paused, Removed, Sent, Waiting};
        let mut tally = tally([NeedsYou, OnTheWay, OnTheWay, Waiting, Paused, Leaving, Sent, Removed]);
        let Counts { on_the_way, waiting, paused, need_you, .. } = tally.counts();
        assert_eq!((on_the_way, waiting, paused, need_you), (2, 1, 1, 1));
        assert_eq!((tally.counts().stirring(), tally.counts().unfinished()), (3, 4));
        assert_eq!(tally.troubles().values().map(|(_, count)| *count).sum::<usize>(), 1);
        for n in [0, 1, 2, 4, 5, 6, 7] {
            tally.forget(id(n));
        }
        assert_eq!(tally.counts(), Counts { waiting: 1, total: 100, ..Counts::default() });
        assert!(tally.troubles().is_empty());
    }

    #[test]
    fn the_percent_are_of_what_was_under_way_since_the_queue_stood_empty() {
        let mut tally = tally([Stand::Sent, Stand::Waiting, Stand::OnTheWay]);
        assert_eq!(tally.counts().percent(), Some(0));
        tally.note(id(1), seen(Stand::Sent));
        assert_eq!(tally.counts().percent(), Some(50));
        tally.note(id(2), seen(Stand::Sent));
        assert_eq!(tally.counts().percent(), None);
        tally.note(id(3), Seen { stored: 30, ..seen(Stand::OnTheWay) });
        assert_eq!(tally.counts().percent(), Some(30));
    }

    #[test]
    fn what_was_handed_to_the_network_counts_and_never_twice() {
        let mut tally = tally([Stand::OnTheWay, Stand::Waiting]);
        tally.note(id(0), Seen { stored: 60, ..seen(Stand::OnTheWay) });
        let percent = |sent| tally.counts_with([(id(0), sent), (id(7), 50)]).percent();
        assert_eq!([percent(0), percent(80), percent(900)], [Some(30), Some(40), Some(50)]);
    }

    #[test]
    fn what_waits_for_somebody_needs_them_until_there_is_news_of_it() {
        let mut tally = tally([Stand::OnTheWay, Stand::OnTheWay, Stand::Paused]);
        tally.wait(id(0), &Failure::new(Code::SignInNeeded));
        tally.wait(id(1), &Failure::new(Code::WorkspaceUnreachable));
        tally.wait(id(2), &Failure::new(Code::SignInNeeded));
        let Counts { on_the_way, paused, need_you, .. } = tally.counts();
        assert_eq!((on_the_way, paused, need_you), (1, 1, 1));
        tally.note(id(0), seen(Stand::OnTheWay));
        assert_eq!((tally.counts().need_you, tally.troubles().len()), (0, 0));
    }

    #[test]
    fn trouble_with_the_queue_itself_is_one_of_its_own() {
        let mut tally = tally([Stand::OnTheWay]);
        tally.set_trouble(Some(Failure::new(Code::DataFolderUnwritable)));
        assert_eq!(tally.troubles().len(), 1);
        tally.set_trouble(None);
        assert!(tally.troubles().is_empty());
    }

    #[test]
    fn a_file_without_bytes_has_no_percent() {
        let mut tally = Tally::default();
        tally.note(id(1), Seen { total: 0, ..seen(Stand::OnTheWay) });
        assert_eq!(tally.counts().percent(), None);
    }

    #[test]
    fn what_was_sent_counts_once_and_what_was_sent_before_does_not_count() {
        let mut tally = tally([Stand::Sent, Stand::Waiting, Stand::Waiting]);
        assert_eq!(tally.sent().all, 0);
        tally.note(id(1), Seen { automatic: true, ..seen(Stand::Sent) });
        tally.note(id(1), Seen { automatic: true, ..seen(Stand::Sent) });
        tally.note(id(2), seen(Stand::NeedsYou));
        assert_eq!((tally.sent().all, tally.sent().by_hand), (1, 0));
        assert_eq!(tally.last().map(|it| it.sent).collect::<Vec<_>>(), [false, true]);
    }
}
