//! Whose turn it is: beginning what may begin, and saying so where something waits for a person without being asked about
//! itself. The rules are in `schedule.rs`.

use super::{Owner, Running};
use crate::failure::{Code, Failure};
use crate::item::{Intent, ItemId};
use crate::schedule::{AtWork, Slots};
use crate::view::Update;
use crate::workspace::Origin;
use std::collections::HashMap;
use std::sync::atomic::Ordering;

impl Owner {
    pub(super) async fn begin_what_fits(&mut self) {
        loop {
            for id in self.parked.take_changed() {
                self.queue.set_parked(id, self.parked.holds(id));
            }
            if !self.work {
                return;
            }
            // What waits for a workspace that is away, or asks for time, is in the way of more for such a workspace, and of
            // nobody else's.
            let (all, getting_on) = (self.at_work(|_| true), self.at_work(|running| running.site.pace.is_fair()));
            let at_work = |workspace: &Origin| if self.is_fair(workspace) { getting_on } else { all };
            let Some(id) = self.queue.next(at_work, self.slots()) else {
                return self.tell_who_waits_for_an_answer();
            };
            if let Err(failure) = self.begin(id).await {
                self.park(id, failure).await;
            }
        }
    }

    fn slots(&self) -> Slots {
        Slots::for_pool(self.yard.line.pool.size(), self.yard.line.most())
    }

    /// Those of what has begun that count.
    fn at_work(&self, counts: impl Fn(&Running) -> bool) -> AtWork {
        let mut at_work = AtWork::default();
        for (id, running) in self.running.iter().filter(|(_, running)| counts(running)) {
            if running.meter.past_sending.load(Ordering::Relaxed) {
                at_work.past_sending += 1;
                continue;
            }
            let Some(brief) = self.queue.get(*id) else { continue };
            if brief.size < self.yard.limits.single_below {
                at_work.small.add(brief.lane);
            } else {
                at_work.bulk.add(brief.lane);
            }
        }
        at_work
    }

    fn is_fair(&self, workspace: &Origin) -> bool {
        self.sites.get(workspace).is_none_or(|site| site.pace.is_fair())
    }

    /// Behind a replacement that a person is asked about nothing moves, however long anybody watches.
    fn tell_who_waits_for_an_answer(&mut self) {
        let rests = |id: &ItemId| !self.running.contains_key(id);
        let held: HashMap<ItemId, ItemId> = self
            .queue
            .replacements()
            .filter(|brief| rests(&brief.id) && !brief.failed && brief.intent == Intent::Run)
            .filter_map(|brief| {
                let ahead = self.queue.ahead_of(brief)?;
                let asked = self.queue.get(ahead).is_some_and(|ahead| ahead.failed && ahead.unsettled);
                asked.then_some((brief.id, ahead))
            })
            .collect();
        for (id, ahead) in &held {
            if self.held.get(id) != Some(ahead) {
                let failure = Failure::new(Code::BehindQuestion).detail(ahead.to_string());
                let _ = self.yard.updates.send(Update::Waiting { id: *id, failure });
            }
        }
        self.held = held;
    }
}
