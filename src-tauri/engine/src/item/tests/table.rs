//! What may follow what, cell by cell.

use super::*;
use std::collections::BTreeSet;

/// A capital is the stage that follows: Queued, Uploading, Confirming, Stored, Done, Failed, or X for cancelled. A dot is
/// an event that cannot happen. The reasons, where they are not plain from the names:
///
/// - Before "commit sent" there can be no video; once there was one, it may turn up at any time until a person or a
///   lookup has settled it.
/// - "Commit sent" needs every other piece acknowledged and an identifier that may still be used; an upload's comes with
///   a lookup that returned zero ("sent"), a replacement's with the look of the video ("onto"), and never the other way.
/// - An upload does not become a replacement by starting over, nor the other way.
/// - Nothing runs beside a commit, so while it is unclear no piece, token or version of the details is acknowledged.
/// - Cancelling after "commit sent" means settling first.
/// - A person is asked only when something has failed, and only about a session.
/// - An edit plans anew what is to be done about a video that is there, also after the end.
/// - What replaces something is finished when its new version was looked for, and that is once, after all follow-ups.
/// - What sends no file finds its target at once, with what it is to be compared to.
/// - What failed may fail anew, for another reason, when it was looked at again.
const TABLE: &str = "
                                                open ack gone details token over base sent onto unsent answer found target begin plan tick version play address finish fail retry arrived again look cancel renew
queued                                            U   .    .     .      .     .    .    .    .     .      .     .      S     .     .    .     .      .     .       .     F    .      .      .     .     X     .
uploading: some acknowledged                      .   U    U     U      U     U    .    .    .     .      .     .      .     .     .    .     .      .     .       .     F    .      .      .     .     X     .
uploading: all but the commit                     .   .    U     U      U     U    .    C    .     .      .     .      .     .     .    .     .      .     .       .     F    .      .      .     .     X     .
uploading: spent                                  .   .    U     U      U     U    .    .    .     .      .     S      .     .     .    .     .      .     .       .     F    .      .      .     .     X     .
uploading: commit taken back                      .   .    U     U      U     U    .    C    .     .      .     S      .     .     .    .     .      .     .       .     F    .      .      .     .     X     .
uploading: over after a commit                    .   U    .     U      U     U    .    .    .     .      .     S      .     .     .    .     .      .     .       .     F    .      .      .     .     X     .
uploading: a replacement                          .   U    U     U      U     .    U    .    .     .      .     .      .     .     .    .     .      .     .       .     F    .      .      .     .     X     .
uploading: all of a replacement but the commit    .   .    U     U      U     .    U    .    C     .      .     .      .     .     .    .     .      .     .       .     F    .      .      .     .     X     .
confirming: sent                                  .   .    .     .      .     U    .    C    .     U      C     S      .     .     .    .     .      .     .       .     F    .      .      .     .     .     .
confirming: answered                              .   .    .     .      .     U    .    C    .     U      C     S      .     .     .    .     .      .     .       .     F    .      .      .     .     .     .
confirming: looking, pieces missing               .   .    .     .      .     U    .    .    .     U      C     S      .     .     .    .     .      .     .       .     F    .      .      .     .     .     .
confirming: a replacement                         .   .    .     .      .     .    .    .    C     U      C     S      .     .     .    .     .      .     .       .     F    .      .      .     .     .     .
stored: follow-ups open                           .   .    .     .      .     .    .    .    .     .      .     .      .     S     S    S     .      S     S       .     F    .      .      .     .     X     .
stored: follow-ups ticked                         .   .    .     .      .     .    .    .    .     .      .     .      .     .     S    .     .      S     S       D     F    .      .      .     .     X     .
stored: playable seen                             .   .    .     .      .     .    .    .    .     .      .     .      .     S     S    S     .      .     S       .     F    .      .      .     .     X     .
stored: a replacement                             .   .    .     .      .     .    .    .    .     .      .     .      .     .     S    .     S      S     S       .     F    .      .      .     .     X     .
stored: a replacement that was seen               .   .    .     .      .     .    .    .    .     .      .     .      .     .     S    .     .      S     S       D     F    .      .      .     .     X     .
done                                              .   .    .     .      .     .    .    .    .     .      .     .      .     .     S    .     .      .     .       .     .    .      .      .     .     .     .
failed: queued                                    .   .    .     .      .     .    .    .    .     .      .     .      .     .     .    .     .      .     .       .     F    Q      .      .     .     X     Q
failed: uploading                                 .   .    .     .      .     .    .    .    .     .      .     .      .     .     .    .     .      .     .       .     F    U      S      U     .     X     U
failed: over after a commit                       .   .    .     .      .     .    .    .    .     .      .     .      .     .     .    .     .      .     .       .     F    U      S      U     C     X     U
failed: confirming                                .   .    .     .      .     .    .    .    .     .      .     .      .     .     .    .     .      .     .       .     F    C      S      U     C     .     .
failed: stored                                    .   .    .     .      .     .    .    .    .     .      .     .      .     .     F    .     .      .     .       .     F    S      .      .     .     X     .
cancelled                                         .   .    .     .      .     .    .    .    .     .      .     .      .     .     .    .     .      .     .       .     .    .      .      .     .     .     .
cancelled: with a video                           .   .    .     .      .     .    .    .    .     .      .     .      .     .     .    .     .      .     .       .     .    .      .      .     .     .     .
";

/// Names every kind of an enum. The match is exhaustive, so a new kind does not compile until it has a name here, and
/// the test below fails until that name has its place in the table.
macro_rules! kinds {
    ($of:ty, $list:ident, $name:ident: $($pattern:pat => $word:literal),+ $(,)?) => {
        const $list: &[&str] = &[$($word),+];
        fn $name(it: &$of) -> &'static str {
            match it { $($pattern => $word),+ }
        }
    };
}

kinds!(Event, COLUMNS, column:
    Event::SessionOpened(_) => "open",
    Event::ChunkAcknowledged { .. } => "ack",
    Event::ChunkWithdrawn { .. } => "gone",
    Event::DetailsAcknowledged { .. } => "details",
    Event::TokenReplaced(_) => "token",
    Event::StartedOver { .. } => "over",
    Event::BaselineTaken(_) => "base",
    Event::CommitSent { proof: Proof::Zero { .. }, .. } => "sent",
    Event::CommitSent { proof: Proof::Baseline(_), .. } => "onto",
    Event::CommitUnsent => "unsent",
    Event::CommitAnswered { .. } => "answer",
    Event::VideoFound(_) => "found",
    Event::TargetFound(_) => "target",
    Event::FollowUpBegun { .. } => "begin",
    Event::FollowUpsPlanned { .. } => "plan",
    Event::FollowUpDone { .. } => "tick",
    Event::VersionChecked { .. } => "version",
    Event::PlayableChecked { .. } => "play",
    Event::PublicAddressKnown(_) => "address",
    Event::Finished => "finish",
    Event::Failed(_) => "fail",
    Event::Retried => "retry",
    Event::Settled(SettleAnswer::Arrived(_)) => "arrived",
    Event::Settled(SettleAnswer::SendAgain) => "again",
    Event::Settled(SettleAnswer::KeepLooking) => "look",
    Event::Cancelled => "cancel",
    Event::SourceRenewed => "renew",
);

kinds!(Stage, STAGES, stage_word:
    Stage::Queued => "queued",
    Stage::Uploading(_) => "uploading",
    Stage::Confirming(_) => "confirming",
    Stage::Stored(_) => "stored",
    Stage::Done(_) => "done",
    Stage::Failed { .. } => "failed",
    Stage::Cancelled(_) => "cancelled",
);

/// One of each kind, made to fit wherever its kind is legal at all.
fn events() -> Vec<Event> {
    vec![
        opened(four_chunks()),
        acknowledged(2),
        Event::ChunkWithdrawn { number: 1 },
        Event::DetailsAcknowledged { version: 2 },
        Event::TokenReplaced(token(2)),
        started_over(9),
        Event::BaselineTaken(Baseline::default()),
        commit_sent(),
        onto_sent(),
        Event::CommitUnsent,
        Event::CommitAnswered { class: Unclear::Accepted, status: 200, excerpt: "ok".into() },
        Event::VideoFound(stored(1)),
        Event::TargetFound(replaced(1)),
        Event::FollowUpBegun { index: 0 },
        Event::FollowUpsPlanned { details_version: 2, open: vec![FollowUpKind::Publish] },
        Event::FollowUpDone { index: 0 },
        Event::VersionChecked { seen: true },
        Event::PlayableChecked { seen: true },
        Event::PublicAddressKnown("https://video.example.com/talk".into()),
        Event::Finished,
        failed(),
        Event::Retried,
        Event::Settled(SettleAnswer::Arrived(stored(0))),
        Event::Settled(SettleAnswer::SendAgain),
        Event::Settled(SettleAnswer::KeepLooking),
        Event::Cancelled,
        Event::SourceRenewed,
    ]
}

fn rows() -> Vec<(&'static str, Stage)> {
    let some = vec![opened(four_chunks()), acknowledged(1), acknowledged(4)];
    let onto = vec![opened_at(Endpoint::ReplaceV2, four_chunks()), acknowledged(1)];
    let all = [some.clone(), vec![acknowledged(2)]].concat();
    let sent = [all.clone(), vec![commit_sent()]].concat();
    let over = [sent.clone(), vec![started_over(2)]].concat();
    let stored_open = [sent.clone(), vec![Event::VideoFound(stored(1))]].concat();
    let onto_stored =
        [onto.clone(), vec![acknowledged(4), acknowledged(2), onto_sent(), Event::VideoFound(replaced(0))]].concat();
    let after = |events: &[Event], then: &[Event]| replayed(&[events, then].concat());
    let answered = Event::CommitAnswered { class: Unclear::Silence, status: 0, excerpt: String::new() };
    let again = Event::Settled(SettleAnswer::SendAgain);
    let look = Event::Settled(SettleAnswer::KeepLooking);
    vec![
        ("queued", Stage::Queued),
        ("uploading: some acknowledged", replayed(&some)),
        ("uploading: all but the commit", replayed(&all)),
        ("uploading: spent", after(&sent, &[failed(), again])),
        ("uploading: commit taken back", after(&sent, &[Event::CommitUnsent])),
        ("uploading: over after a commit", replayed(&over)),
        ("uploading: a replacement", replayed(&onto)),
        ("uploading: all of a replacement but the commit", after(&onto, &[acknowledged(4), acknowledged(2)])),
        ("confirming: sent", replayed(&sent)),
        ("confirming: answered", after(&sent, &[answered])),
        ("confirming: looking, pieces missing", after(&over, &[failed(), look])),
        ("confirming: a replacement", after(&onto, &[acknowledged(4), acknowledged(2), onto_sent()])),
        ("stored: follow-ups open", replayed(&stored_open)),
        ("stored: follow-ups ticked", after(&stored_open, &[Event::FollowUpDone { index: 0 }])),
        ("stored: playable seen", after(&stored_open, &[Event::PlayableChecked { seen: true }])),
        ("stored: a replacement", replayed(&onto_stored)),
        ("stored: a replacement that was seen", after(&onto_stored, &[Event::VersionChecked { seen: true }])),
        ("done", after(&stored_open, &[Event::FollowUpDone { index: 0 }, Event::Finished])),
        ("failed: queued", replayed(&[failed()])),
        ("failed: uploading", after(&some, &[failed()])),
        ("failed: over after a commit", after(&over, &[failed()])),
        ("failed: confirming", after(&sent, &[failed()])),
        ("failed: stored", after(&stored_open, &[failed()])),
        ("cancelled", replayed(&[Event::Cancelled])),
        ("cancelled: with a video", after(&stored_open, &[Event::Cancelled])),
    ]
}

fn named(cell: &str) -> Option<&'static str> {
    match cell {
        "Q" => Some("queued"),
        "U" => Some("uploading"),
        "C" => Some("confirming"),
        "S" => Some("stored"),
        "D" => Some("done"),
        "F" => Some("failed"),
        "X" => Some("cancelled"),
        "." => None,
        other => panic!("\"{other}\" is not a cell"),
    }
}

/// The header's words, then each row's label with its cells.
fn parsed() -> (Vec<&'static str>, Vec<(String, Vec<&'static str>)>) {
    let mut lines = TABLE.lines().filter(|line| !line.trim().is_empty());
    let header: Vec<_> = lines.next().unwrap().split_whitespace().collect();
    let rows = lines.map(|line| {
        let mut words: Vec<_> = line.split_whitespace().collect();
        let cells = words.split_off(words.len() - header.len());
        (words.join(" "), cells)
    });
    let rows = rows.collect();
    (header, rows)
}

#[test]
fn the_table_has_a_row_for_each_stage_and_a_column_for_each_event() {
    let (header, table) = parsed();
    assert_eq!(header, COLUMNS);
    assert_eq!(events().iter().map(column).collect::<Vec<_>>(), COLUMNS);
    let rows = rows();
    let labels: Vec<&str> = table.iter().map(|(label, _)| label.as_str()).collect();
    assert_eq!(labels, rows.iter().map(|(label, _)| *label).collect::<Vec<_>>());
    for (label, stage) in &rows {
        assert!(label.starts_with(stage_word(stage)), "the row \"{label}\" is about {stage:?}");
    }
    let told: BTreeSet<&str> = rows.iter().map(|(_, stage)| stage_word(stage)).collect();
    assert_eq!(told, STAGES.iter().copied().collect());
}

#[test]
fn every_event_leads_from_every_stage_to_where_the_table_says() {
    let (_, table) = parsed();
    let mut wrong = Vec::new();
    for ((label, stage), (_, cells)) in rows().into_iter().zip(&table) {
        for (event, cell) in events().into_iter().zip(cells) {
            let expected = named(cell).ok_or(Illegal { stage: stage.name(), event: event.name() });
            let column = column(&event);
            let found = stage.clone().next(event);
            if found.as_ref().map(Stage::name).map_err(|illegal| *illegal) != expected {
                wrong.push(format!("{label} / {column}: expected {expected:?}, found {found:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_stage_has_one_name_everywhere() {
    for (_, stage) in rows() {
        assert_eq!(stage.name(), stage_word(&stage));
        let json = serde_json::to_value(&stage).unwrap();
        let tag = json.as_str().or_else(|| json.as_object()?.keys().next().map(String::as_str));
        assert_eq!(tag, Some(stage.name()), "{json}");
    }
}

/// The same kinds as above, with particulars that cannot be.
#[test]
fn an_event_of_a_legal_kind_may_not_say_what_cannot_be() {
    let rows = rows();
    let row = |wanted: &str| rows.iter().find(|(label, _)| *label == wanted).unwrap().1.clone();
    let some = row("uploading: some acknowledged");
    let open = row("stored: follow-ups open");
    let ticked = row("stored: follow-ups ticked");
    let begun = open.clone().next(Event::FollowUpBegun { index: 0 }).unwrap();
    let moment = Stage::Queued.next(Event::TargetFound(replaced(1))).unwrap();
    let nothing = |details_version| Event::FollowUpsPlanned { details_version, open: Vec::new() };
    let current = some.session().unwrap().identifier().clone();
    let same_again = Event::StartedOver {
        token: Some(token(2)),
        identifier: current,
        plan: four_chunks(),
        endpoint: Endpoint::RedeemUploadV2,
    };
    let cases = [
        ("the commit chunk is never an ordinary acknowledgement", some.clone(), acknowledged(3)),
        ("chunks are counted from one", some.clone(), acknowledged(0)),
        ("no chunk beyond the last", some.clone(), acknowledged(5)),
        ("a chunk is acknowledged once", some.clone(), acknowledged(1)),
        ("only what was acknowledged can be withdrawn", some.clone(), Event::ChunkWithdrawn { number: 2 }),
        ("starting over needs a new identifier", some, same_again),
        ("no follow-up beyond the last", open.clone(), Event::FollowUpDone { index: 1 }),
        ("a follow-up is ticked once", ticked.clone(), Event::FollowUpDone { index: 0 }),
        ("what is ticked is not begun", ticked.clone(), Event::FollowUpBegun { index: 0 }),
        ("what may have made it public is not planned away", begun, nothing(1)),
        ("the details do not go back", ticked, nothing(0)),
        ("nothing is finished while a follow-up is open", open, Event::Finished),
        ("no target without how it looked", Stage::Queued, Event::TargetFound(stored(1))),
        ("no new version before it was asked for", moment, Event::VersionChecked { seen: true }),
    ];
    for (rule, stage, event) in cases {
        let illegal = Illegal { stage: stage.name(), event: event.name() };
        assert_eq!(stage.next(event), Err(illegal), "{rule}");
    }
}

#[test]
fn a_file_of_one_piece_goes_from_its_token_straight_to_the_commit() {
    let one = Plan::for_size(7, LIMITS).unwrap();
    assert_eq!(one.count(), 1);
    let stage = replayed(&[opened(one)]);
    assert!(stage.clone().next(acknowledged(1)).is_err(), "its only piece is the commit");
    assert_eq!(stage.next(commit_sent()).unwrap().name(), "confirming");
}

#[test]
fn a_session_is_opened_with_one_token_and_nothing_done_yet() {
    let fresh = serde_json::to_value(opened(four_chunks())).unwrap();
    let tampered = [
        ("tokens", serde_json::json!([])),
        ("acknowledged", serde_json::json!({ "9": "hash" })),
        ("committed_at", serde_json::json!(1_800_000_000)),
        ("restarts", serde_json::json!(1)),
        ("spent", serde_json::json!("source_changed")),
    ];
    for (field, value) in tampered {
        let mut json = fresh.clone();
        assert_ne!(json["session_opened"][field], value);
        json["session_opened"][field] = value;
        let event: Event = serde_json::from_value(json).unwrap();
        assert!(Stage::replay([event]).is_err(), "{field}");
    }
}

#[test]
fn what_was_stored_is_still_known_when_it_is_cancelled_or_fails() {
    for (label, stage) in rows() {
        let expected =
            label.starts_with("stored") || matches!(label, "done" | "failed: stored" | "cancelled: with a video");
        assert_eq!(stage.video().map(|video| video.id), expected.then_some(77), "{label}");
    }
}

#[test]
fn only_a_commit_whose_outcome_is_unknown_is_unsettled() {
    for (label, stage) in rows() {
        // What failed there was a question for a person, also while everything was being sent again.
        let asked = matches!(label, "failed: confirming" | "failed: over after a commit");
        let expected = label.starts_with("confirming") || asked;
        assert_eq!(stage.is_unsettled(), expected, "{label}");
        assert_eq!(stage.is_over(), label == "done" || label.starts_with("cancelled"), "{label}");
    }
}

#[test]
fn a_commit_sent_twice_is_counted_and_the_first_time_is_kept() {
    let all = [opened(four_chunks()), acknowledged(1), acknowledged(4), acknowledged(2)];
    let later = Event::CommitSent { proof: Proof::Zero { seen_at: 1_800_000_500 }, sent_at: 1_800_000_501 };
    let answer = Event::CommitAnswered { class: Unclear::Refused, status: 400, excerpt: "error".into() };
    let stage = replayed(&[&all[..], &[commit_sent(), answer, later]].concat());
    let Stage::Confirming(confirming) = stage else { panic!("{stage:?}") };
    assert_eq!(confirming.sends, 2);
    assert_eq!(confirming.answer, None, "the first one's answer says nothing about the second");
    assert_eq!(confirming.session.committed_at(), Some(1_800_000_001));
}

#[test]
fn a_person_who_has_us_keep_looking_does_not_make_a_commit_of_what_was_never_sent() {
    let over =
        [opened(four_chunks()), acknowledged(1), acknowledged(4), acknowledged(2), commit_sent(), started_over(2)];
    let look = Event::Settled(SettleAnswer::KeepLooking);
    let sends = |events: &[Event]| match replayed(events) {
        Stage::Confirming(confirming) => confirming.sends,
        other => panic!("{other:?}"),
    };
    let asked = [&over[..], &[failed(), look.clone()]].concat();
    assert_eq!(sends(&asked), 0, "the new identifier has had no commit");
    assert_eq!(sends(&[&asked[..], &[failed(), look.clone()]].concat()), 0);
    assert_eq!(sends(&[&over[..5], &[failed(), look]].concat()), 1, "the same identifier has had one");
}
