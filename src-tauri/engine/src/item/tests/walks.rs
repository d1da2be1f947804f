//! Random ways through the table. A walk proposes events without asking whether they are legal, follows the legal ones
//! and keeps the refused ones: so the properties are about everything that can be recorded.

use super::*;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use std::collections::BTreeSet;

/// What to propose next. Particulars come from the stage, so that most proposals make sense.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "a handful of them live at a time")]
enum Move {
    Open { total: u64 },
    AcknowledgeMissing { pick: prop::sample::Index },
    AcknowledgeAny { number: u32 },
    Withdraw { number: u32 },
    Details { version: u32 },
    ReplaceToken,
    StartOver { total: u64, with_token: bool, same_identifier: bool },
    Simple(Event),
}

struct Step {
    before: Stage,
    event: Event,
    after: Stage,
}

#[derive(Default)]
struct Walk {
    steps: Vec<Step>,
    /// What was refused, with the number of steps before it.
    refused: Vec<(usize, Event)>,
}

impl Walk {
    fn along(moves: Vec<Move>) -> Self {
        let mut walk = Self::default();
        let mut stage = Stage::Queued;
        for (serial, proposed) in moves.into_iter().enumerate() {
            let event = proposed.event(&stage, serial as u32 + 10);
            match stage.clone().next(event.clone()) {
                Ok(after) => {
                    walk.steps.push(Step { before: stage, event, after: after.clone() });
                    stage = after;
                }
                Err(_) => walk.refused.push((walk.steps.len(), event)),
            }
        }
        walk
    }

    fn events(&self) -> Vec<Event> {
        self.steps.iter().map(|step| step.event.clone()).collect()
    }

    fn end(&self) -> Stage {
        self.steps.last().map_or(Stage::Queued, |step| step.after.clone())
    }
}

impl Move {
    /// `serial` grows along a walk: tokens and identifiers made from it are new.
    fn event(self, stage: &Stage, serial: u32) -> Event {
        let session = stage.session();
        let plan = |total| Plan::for_size(total, LIMITS).unwrap();
        match self {
            Self::Open { total } => opened(plan(total)),
            Self::AcknowledgeMissing { pick } => {
                let missing = session.map(Session::missing).unwrap_or_default();
                acknowledged(if missing.is_empty() { 1 } else { *pick.get(&missing) })
            }
            Self::AcknowledgeAny { number } => acknowledged(number),
            Self::Withdraw { number } => Event::ChunkWithdrawn { number },
            Self::Details { version } => Event::DetailsAcknowledged { version },
            Self::ReplaceToken => Event::TokenReplaced(token(serial.into())),
            Self::StartOver { total, with_token, same_identifier } => Event::StartedOver {
                token: with_token.then(|| token(serial.into())),
                identifier: match session {
                    Some(session) if same_identifier => session.identifier().clone(),
                    _ => identifier(serial),
                },
                plan: plan(total),
                endpoint: Endpoint::RedeemUploadV2,
            },
            Self::Simple(event) => event,
        }
    }
}

/// Weights are such that walks get far: half of all moves bring a piece home, and few end the walk.
fn a_move() -> impl Strategy<Value = Move> {
    let total = || 1u64..90;
    let class = prop_oneof![Just(Unclear::Accepted), Just(Unclear::Refused), Just(Unclear::Silence)];
    let answered = class.prop_map(|class| Event::CommitAnswered { class, status: 200, excerpt: "ok".into() });
    let settled = prop_oneof![
        (0usize..3).prop_map(|open| SettleAnswer::Arrived(stored(open))),
        Just(SettleAnswer::SendAgain),
        Just(SettleAnswer::KeepLooking),
    ];
    let simple = prop_oneof![
        8 => Just(commit_sent()),
        1 => Just(Event::CommitUnsent),
        2 => answered,
        2 => (0usize..3).prop_map(|open| Event::VideoFound(stored(open))),
        4 => (0usize..3).prop_map(|index| Event::FollowUpDone { index }),
        1 => (0usize..3).prop_map(|index| Event::FollowUpBegun { index }),
        1 => (0u32..4, any::<bool>()).prop_map(|(details_version, publish)| Event::FollowUpsPlanned {
            details_version,
            open: publish.then_some(FollowUpKind::Publish).into_iter().collect(),
        }),
        2 => any::<bool>().prop_map(|seen| Event::PlayableChecked { seen }),
        1 => Just(Event::PublicAddressKnown("https://video.example.com/talk".into())),
        3 => Just(Event::Finished),
        3 => Just(failed()),
        3 => Just(Event::Retried),
        4 => settled.prop_map(Event::Settled),
        1 => Just(Event::Cancelled),
    ];
    prop_oneof![
        6 => total().prop_map(|total| Move::Open { total }),
        40 => any::<prop::sample::Index>().prop_map(|pick| Move::AcknowledgeMissing { pick }),
        3 => (0u32..10).prop_map(|number| Move::AcknowledgeAny { number }),
        2 => (0u32..10).prop_map(|number| Move::Withdraw { number }),
        1 => (1u32..5).prop_map(|version| Move::Details { version }),
        1 => Just(Move::ReplaceToken),
        2 => (total(), any::<bool>(), any::<bool>()).prop_map(|(total, with_token, same_identifier)| {
            Move::StartOver { total, with_token, same_identifier }
        }),
        34 => simple.prop_map(Move::Simple),
    ]
}

fn a_walk() -> impl Strategy<Value = Walk> {
    prop::collection::vec(a_move(), 0..90).prop_map(Walk::along)
}

impl fmt::Debug for Walk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.steps.iter().map(|step| &step.event)).finish()
    }
}

fn through_json<T: Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}

/// Without this the properties below could hold because nothing ever happens.
#[test]
fn walks_reach_every_stage_and_take_and_refuse_every_event() {
    let mut runner = TestRunner::deterministic();
    let (mut stages, mut taken, mut refused) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for _ in 0..500 {
        let walk = a_walk().new_tree(&mut runner).unwrap().current();
        stages.extend(walk.steps.iter().map(|step| step.after.name()));
        taken.extend(walk.steps.iter().map(|step| step.event.name()));
        refused.extend(walk.refused.iter().map(|(_, event)| event.name()));
    }
    assert_eq!(stages.len(), 7, "{stages:?}");
    assert_eq!(taken.len(), 20, "{taken:?}");
    assert_eq!(refused.len(), 20, "{refused:?}");
}

proptest! {
    #![proptest_config(Config { cases: 200, failure_persistence: None, ..Config::default() })]

    #[test]
    fn a_journal_read_back_from_its_text_gives_the_stage_that_was_reached_step_by_step(walk in a_walk()) {
        let events = walk.events();
        prop_assert_eq!(Stage::replay(events.clone()).unwrap(), walk.end());
        let read: Vec<Event> = events.iter().map(through_json).collect();
        prop_assert_eq!(&read, &events);
        prop_assert_eq!(Stage::replay(read).unwrap(), walk.end());
        for step in &walk.steps {
            prop_assert_eq!(&through_json(&step.after), &step.after);
        }
    }

    #[test]
    fn a_commit_is_recorded_only_when_all_else_is_acknowledged_and_the_identifier_may_be_used(walk in a_walk()) {
        for step in walk.steps.iter().filter(|step| matches!(step.event, Event::CommitSent { .. })) {
            for stage in [&step.before, &step.after] {
                let session = stage.session().unwrap();
                prop_assert_eq!(session.missing(), Vec::<u32>::new());
                prop_assert!(!session.is_spent());
            }
        }
    }

    #[test]
    fn acknowledged_bytes_stay_below_the_total_by_at_least_the_commit_chunk(walk in a_walk()) {
        for session in walk.steps.iter().filter_map(|step| step.after.session()) {
            let plan = session.plan();
            prop_assert!(!session.acknowledged().contains_key(&plan.commit_chunk()));
            prop_assert!(session.acknowledged().keys().all(|number| (1..=plan.count()).contains(number)));
            let commit = plan.span(plan.commit_chunk()).len;
            prop_assert!(session.acknowledged_bytes() <= plan.total() - commit);
            prop_assert_eq!(session.acknowledged_bytes() == plan.total() - commit, session.missing().is_empty());
        }
    }

    #[test]
    fn a_commit_whose_outcome_is_unknown_is_never_cancelled(walk in a_walk()) {
        let mut open = false;
        for step in &walk.steps {
            match &step.event {
                Event::CommitSent { .. } => open = true,
                // Answered, taken back, settled by a person, or by lookups that found nothing for their whole time.
                Event::CommitUnsent | Event::VideoFound(_) | Event::Settled(_) | Event::StartedOver { .. } => open = false,
                Event::Cancelled => prop_assert!(!open),
                _ => {}
            }
            prop_assert!(!open || step.after.is_unsettled(), "{:?}", step.after);
        }
    }

    #[test]
    fn starting_over_keeps_every_token_and_no_acknowledgement_of_the_old_identifier(walk in a_walk()) {
        for step in &walk.steps {
            let (Some(before), Some(after)) = (step.before.session(), step.after.session()) else { continue };
            prop_assert!(after.tokens().starts_with(before.tokens()));
            if let Event::StartedOver { token, .. } = &step.event {
                prop_assert_ne!(before.identifier(), after.identifier());
                prop_assert!(after.acknowledged().is_empty());
                prop_assert!(!after.is_spent());
                prop_assert_eq!(after.tokens().len(), before.tokens().len() + usize::from(token.is_some()));
                let counted = match before.spent_by() {
                    Some(Spent::PersonSaysSendAgain) => 0,
                    _ => before.restarts() + u32::from(before.committed_at().is_some()),
                };
                prop_assert_eq!(after.restarts(), counted);
            } else {
                prop_assert_eq!(before.identifier(), after.identifier());
            }
        }
    }

    #[test]
    fn the_first_commit_is_remembered_until_the_session_ends(walk in a_walk()) {
        for step in &walk.steps {
            let (Some(before), Some(after)) = (step.before.session(), step.after.session()) else { continue };
            prop_assert!(before.committed_at().is_none() || after.committed_at() == before.committed_at());
        }
    }

    #[test]
    fn a_journal_with_an_event_slipped_in_where_it_cannot_be_is_an_error(walk in a_walk()) {
        for (at, event) in &walk.refused {
            let mut tampered = walk.events();
            tampered.insert(*at, event.clone());
            let stage = if *at == 0 { "queued" } else { walk.steps[*at - 1].after.name() };
            prop_assert_eq!(Stage::replay(tampered), Err(Illegal { stage, event: event.name() }));
        }
    }

    #[test]
    fn what_is_over_stays_as_it_is_unless_an_edit_takes_it_up(walk in a_walk()) {
        for step in walk.steps.iter().filter(|step| step.before.is_over()) {
            prop_assert!(matches!(step.event, Event::FollowUpsPlanned { .. }), "{:?}", step.event);
            prop_assert_eq!(step.after.video(), step.before.video());
        }
    }

    #[test]
    fn what_was_done_stays_done_and_what_may_be_public_stays_planned(walk in a_walk()) {
        let stored = |stage: &Stage| match stage {
            Stage::Stored(stored) | Stage::Done(stored) => Some(stored.clone()),
            _ => None,
        };
        for step in &walk.steps {
            let (Some(before), Some(after)) = (stored(&step.before), stored(&step.after)) else { continue };
            let done = |it: &Stored| it.follow_ups.iter().filter(|it| it.done).count();
            prop_assert!(done(&after) >= done(&before));
            prop_assert!(after.may_be_public() || !before.may_be_public());
        }
    }
}

#[test]
fn a_journal_with_a_line_taken_out_is_an_error() {
    let whole = [
        opened(four_chunks()),
        acknowledged(1),
        acknowledged(4),
        acknowledged(2),
        commit_sent(),
        Event::VideoFound(stored(1)),
        Event::FollowUpDone { index: 0 },
        Event::Finished,
    ];
    assert_eq!(replayed(&whole).name(), "done");
    for missing in 0..whole.len() - 1 {
        let mut tampered = whole.to_vec();
        let line = tampered.remove(missing);
        assert!(Stage::replay(tampered).is_err(), "without \"{}\"", line.name());
    }
}
