//! Whose turn it is: beginning what may begin, and saying so where something waits for a person without being asked about
//! itself. The rules are in `schedule.rs`.

use super::Owner;
use crate::failure::{Code, Failure};
use crate::item::{Intent, ItemId};
use crate::schedule;
use crate::store::Brief;
use crate::view::Update;
use std::collections::HashMap;

impl Owner {
    pub(super) async fn begin_what_fits(&mut self) {
        while self.work {
            let running = |brief: &Brief| self.running.contains_key(&brief.id);
            let waiting = self.queue.values().filter(|brief| {
                !running(brief)
                    && !self.parked.holds(brief.id)
                    && schedule::ahead_of(brief, self.queue.values(), running).is_none()
            });
            let Some(id) = schedule::next(waiting, self.at_work(), self.slots) else {
                return self.tell_who_waits_for_an_answer();
            };
            if let Err(failure) = self.begin(id).await {
                self.park(id, failure).await;
            }
        }
    }

    /// Behind a replacement that a person is asked about nothing moves, however long anybody watches.
    fn tell_who_waits_for_an_answer(&mut self) {
        let running = |brief: &Brief| self.running.contains_key(&brief.id);
        let held: HashMap<ItemId, ItemId> = self
            .queue
            .values()
            .filter(|brief| brief.replaces.is_some() && !running(brief) && !brief.failed && brief.intent == Intent::Run)
            .filter_map(|brief| {
                let ahead = schedule::ahead_of(brief, self.queue.values(), running)?;
                let asked = self.queue.get(&ahead).is_some_and(|ahead| ahead.failed && ahead.unsettled);
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
