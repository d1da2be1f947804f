//! What becomes of a file that stands still and is whole, seen against the ledgers. Pure: one function, and its table.

use crate::folder::{Aftermath, Entry, Fate, Look, OnChange, Sending};
use crate::item::{ItemId, Stamp};

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    /// It is what the ledger says; only how it looks is written down anew.
    Touched,
    /// The ledger's line is about it, and it lies here now.
    Moved(i64),
    /// Its bytes are perhaps those of this line's file, which is still there. Both are to be read.
    Compare(i64),
    /// It is to be sent.
    Send,
    /// It is to take the place of the file of the video that was made of it before.
    SendInPlaceOf(u64),
    /// It changed while its item was under way, which goes on with the file as it is now.
    Renew(ItemId),
    /// It changed, and the folder's rule is to leave it at that.
    LeaveChanged,
}

/// A line of any ledger about this file or one with its ends that goes to the same workspace, and what is at its place now.
#[derive(Debug, Clone)]
pub(super) struct Alike {
    pub(super) entry: Entry,
    pub(super) there: There,
}

/// What is at a place where a file was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum There {
    /// The file, as it was.
    Still,
    /// Nothing, or another one.
    Gone,
}

/// Decides. `known` is the latest line about the file's own place.
pub(super) fn decide(stamp: &Stamp, known: Option<&Entry>, alike: &[Alike], on_change: OnChange) -> Decision {
    match known {
        None => first_met(stamp, alike),
        Some(entry) => known_here(stamp, entry, alike, on_change),
    }
}

fn first_met(stamp: &Stamp, alike: &[Alike]) -> Decision {
    let look = Look::of(stamp);
    let same_bytes = |entry: &Entry| entry.fingerprint.as_ref() == Some(&stamp.fingerprint);
    // The very file under another name. What is still at the old place is another name for it (a hard link): the same
    // bytes, which need no reading to be compared.
    let moved = |it: &&Alike| {
        it.there == There::Gone
            && !is_skipped(&it.entry)
            && (it.entry.look.is_same_file(&look) || (it.entry.look.same_but_for_id(&look) && same_bytes(&it.entry)))
    };
    if let Some(found) = alike.iter().rev().find(moved) {
        return Decision::Moved(found.entry.id);
    }
    let copied = |it: &&Alike| it.there == There::Still && is_in_the_workspace(&it.entry) && same_bytes(&it.entry);
    alike.iter().rev().find(copied).map_or(Decision::Send, |found| Decision::Compare(found.entry.id))
}

/// The line of the very file, which was taken elsewhere: it was put here over another one, or where that was.
fn very_file(stamp: &Stamp, alike: &[Alike]) -> Option<i64> {
    let look = Look::of(stamp);
    let is_it = |it: &&Alike| it.there == There::Gone && !is_skipped(&it.entry) && it.entry.look.is_same_file(&look);
    alike.iter().rev().find(is_it).map(|it| it.entry.id)
}

/// Whether it was left out for what it was called or how far it was, and is nobody's video yet.
fn is_skipped(entry: &Entry) -> bool {
    matches!(entry.fate, Fate::Skipped(_))
}

fn known_here(stamp: &Stamp, entry: &Entry, alike: &[Alike], on_change: OnChange) -> Decision {
    let as_written = entry.look.size == stamp.size && entry.fingerprint.as_ref() == Some(&stamp.fingerprint);
    // What its item has counts, while there is one: that may have gone on with what the file became.
    let sending = entry.sending.as_ref().filter(|sending| sending.seen.is_some());
    let same = sending.map_or(as_written, |sending| sending.has_bytes_of(stamp));
    let taken = matches!(entry.fate, Fate::Queued(_) | Fate::Taken(_) | Fate::Same(_));
    if taken
        && !same
        && let Some(line) = very_file(stamp, alike)
    {
        return Decision::Moved(line);
    }
    match &entry.fate {
        Fate::Again => Decision::Send,
        Fate::Before if entry.look.same_but_for_id(&Look::of(stamp)) => Decision::Touched,
        // Nobody wanted it as it was, and what somebody writes into it now is new; or what was in the way then may not be
        // any more.
        Fate::Before | Fate::Skipped(_) | Fate::Refused(_) => first_met(stamp, alike),
        Fate::Queued(item) if same && sending.is_some_and(|sending| sending.is_stopped_by_the_time_of(stamp)) => {
            Decision::Renew(*item)
        }
        Fate::Queued(_) | Fate::Taken(_) | Fate::Same(_) if same => Decision::Touched,
        // The one before was put away; this is another file that happens to be called so.
        _ if entry.aftermath == Some(Aftermath::Done) => first_met(stamp, alike),
        Fate::Queued(item) if entry.sending.as_ref().is_some_and(Sending::is_before_the_video) => {
            Decision::Renew(*item)
        }
        // Whoever took it back, or took away what could not be sent, did so with other bytes than these.
        Fate::Queued(_) if entry.sending.as_ref().is_some_and(Sending::came_to_nothing) => {
            // What was to be replaced is still there to be.
            match (on_change, entry.sending.as_ref().and_then(|sending| sending.replaces)) {
                (OnChange::Replace, Some(video)) => Decision::SendInPlaceOf(video),
                _ => first_met(stamp, alike),
            }
        }
        Fate::Queued(_) | Fate::Taken(_) | Fate::Same(_) => {
            let video = entry.sending.as_ref().and_then(|sending| sending.video);
            match (on_change, video) {
                (OnChange::Ignore, _) => Decision::LeaveChanged,
                (OnChange::Replace, Some(video)) => Decision::SendInPlaceOf(video),
                (OnChange::New | OnChange::Replace, _) => first_met(stamp, alike),
            }
        }
    }
}

/// Whether the line's bytes are in the workspace or on their way there.
fn is_in_the_workspace(entry: &Entry) -> bool {
    match entry.fate {
        Fate::Taken(_) => true,
        Fate::Queued(_) => entry.sending.as_ref().is_some_and(|it| it.video.is_some() || it.is_before_the_video()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::There::{Gone, Still};
    use super::*;
    use crate::failure::{Code, Failure};
    use crate::folder::{Beside, FolderId};
    use jiff::Timestamp;
    use uuid::Uuid;

    const ITEM: ItemId = ItemId(Uuid::nil());

    fn stamp(size: u64, mtime_ns: i128, file: u64, bytes: &str) -> Stamp {
        Stamp { size, mtime_ns, file_id: Some((1, file)), fingerprint: bytes.into() }
    }

    fn sending(stage: &str, video: Option<u64>) -> Sending {
        Sending {
            stage: stage.into(),
            video,
            replaces: None,
            admin_url: None,
            failure: None,
            cleared: false,
            file: None,
            seen: None,
        }
    }

    fn entry(stamp: &Stamp, fate: Fate, sending: Option<Sending>) -> Entry {
        Entry {
            id: 4,
            folder: FolderId(Uuid::nil()),
            path: "talk.mp4".into(),
            look: Look::of(stamp),
            fingerprint: Some(stamp.fingerprint.clone()),
            fate,
            at: Timestamp::UNIX_EPOCH,
            aftermath: None,
            changed: false,
            beside: Beside::default(),
            sending,
        }
    }

    fn sent(stamp: &Stamp) -> Entry {
        entry(stamp, Fate::Queued(ITEM), Some(sending("done", Some(23))))
    }

    fn alike(entry: Entry, there: There) -> Vec<Alike> {
        vec![Alike { entry, there }]
    }

    #[test]
    fn a_file_at_a_new_place_is_sent_unless_a_ledger_knows_it() {
        let was = stamp(9, 9, 9, "bytes");
        let copied = stamp(9, 10, 10, "bytes");
        let across = stamp(9, 9, 10, "bytes");
        let other = stamp(9, 10, 10, "others");
        let coincidence = stamp(9, 9, 10, "others");
        let reused_number = stamp(9, 10, 9, "others");
        for (what, seen, line, there, decision) in [
            ("renamed", &was, sent(&was), Gone, Decision::Moved(4)),
            ("moved to another drive", &across, sent(&was), Gone, Decision::Moved(4)),
            ("copied with a time of its own", &copied, sent(&was), Still, Decision::Compare(4)),
            ("copied with the old time", &across, sent(&was), Still, Decision::Compare(4)),
            ("linked", &was, sent(&was), Still, Decision::Compare(4)),
            ("copied, and the first one deleted", &copied, sent(&was), Gone, Decision::Send),
            ("other bytes of the same length", &other, sent(&was), Still, Decision::Send),
            ("other bytes of the same length and time", &coincidence, sent(&was), Gone, Decision::Send),
            ("the number of a deleted file", &reused_number, sent(&was), Gone, Decision::Send),
            ("renamed, from before", &was, entry(&was, Fate::Before, None), Gone, Decision::Moved(4)),
            (
                "left out for its name, and renamed",
                &was,
                entry(&was, Fate::Skipped("skip.pattern".into()), None),
                Gone,
                Decision::Send,
            ),
            ("a copy of one from before", &copied, entry(&was, Fate::Before, None), Still, Decision::Send),
            (
                "a copy of a cancelled one",
                &copied,
                entry(&was, Fate::Queued(ITEM), Some(sending("cancelled", None))),
                Still,
                Decision::Send,
            ),
            (
                "a copy of one under way",
                &copied,
                entry(&was, Fate::Queued(ITEM), Some(sending("uploading", None))),
                Still,
                Decision::Compare(4),
            ),
        ] {
            assert_eq!(decide(seen, None, &alike(line, there), OnChange::Ignore), decision, "{what}");
        }
        assert_eq!(decide(&was, None, &[], OnChange::Ignore), Decision::Send);
    }

    #[test]
    fn a_file_that_changed_where_it_is_follows_the_folders_rule() {
        let (was, now) = (stamp(9, 9, 9, "bytes"), stamp(10, 10, 9, "others"));
        for (rule, decision) in [
            (OnChange::Ignore, Decision::LeaveChanged),
            (OnChange::New, Decision::Send),
            (OnChange::Replace, Decision::SendInPlaceOf(23)),
        ] {
            assert_eq!(decide(&now, Some(&sent(&was)), &[], rule), decision);
            let touched = stamp(9, 10, 11, "bytes");
            assert_eq!(decide(&touched, Some(&sent(&was)), &[], rule), Decision::Touched);
            for stage in ["queued", "uploading", "confirming", "failed"] {
                let under_way = entry(&was, Fate::Queued(ITEM), Some(sending(stage, None)));
                assert_eq!(decide(&now, Some(&under_way), &[], rule), Decision::Renew(ITEM), "{stage}");
            }
            let put_here = Entry { id: 9, ..sent(&now) };
            assert_eq!(decide(&now, Some(&sent(&was)), &alike(put_here, Gone), rule), Decision::Moved(9));
            let before = entry(&was, Fate::Before, None);
            assert_eq!(decide(&now, Some(&before), &[], rule), Decision::Send);
            assert_eq!(decide(&was, Some(&before), &[], rule), Decision::Touched);
            let refused = entry(&was, Fate::Skipped("skip.incomplete".into()), None);
            assert_eq!(decide(&now, Some(&refused), &[], rule), Decision::Send);
            assert_eq!(decide(&was, Some(&entry(&was, Fate::Again, None)), &[], rule), Decision::Send);
        }
        let put_away = Entry { aftermath: Some(Aftermath::Done), ..sent(&was) };
        assert_eq!(decide(&now, Some(&put_away), &[], OnChange::Ignore), Decision::Send);
        let cancelled = entry(&was, Fate::Queued(ITEM), Some(sending("cancelled", None)));
        assert_eq!(decide(&now, Some(&cancelled), &[], OnChange::Replace), Decision::Send);
        let cleared = |stage, video| Sending { cleared: true, ..sending(stage, video) };
        for (what, over, decision) in [
            ("cancelled", sending("cancelled", None), Decision::Send),
            ("cancelled and cleared", cleared("cancelled", None), Decision::Send),
            ("cancelled too late", sending("cancelled", Some(23)), Decision::LeaveChanged),
            ("failed and cleared", cleared("failed", None), Decision::Send),
            ("failed with its video there, and cleared", cleared("failed", Some(23)), Decision::LeaveChanged),
        ] {
            let over = entry(&was, Fate::Queued(ITEM), Some(over));
            assert_eq!(decide(&now, Some(&over), &[], OnChange::Ignore), decision, "{what}");
            assert_eq!(decide(&was, Some(&over), &[], OnChange::New), Decision::Touched, "{what}");
        }
    }

    #[test]
    fn what_a_change_was_to_replace_and_did_not_is_replaced_by_the_next_one() {
        let (was, now) = (stamp(9, 9, 9, "bytes"), stamp(10, 10, 9, "others"));
        let replacing = |stage| Sending { replaces: Some(23), ..sending(stage, None) };
        for over in [replacing("cancelled"), Sending { cleared: true, ..replacing("failed") }] {
            let known = entry(&was, Fate::Queued(ITEM), Some(over));
            for (rule, decision) in [(OnChange::Replace, Decision::SendInPlaceOf(23)), (OnChange::New, Decision::Send)]
            {
                assert_eq!(decide(&now, Some(&known), &[], rule), decision);
            }
        }
    }

    #[test]
    fn an_item_goes_on_with_a_file_that_was_only_touched_and_what_it_has_counts_more_than_its_line() {
        let (was, touched, now) = (stamp(9, 9, 9, "bytes"), stamp(9, 10, 9, "bytes"), stamp(10, 10, 9, "others"));
        let lost = || Some(Failure::new(Code::SourceChanged));
        let refused = || Some(Failure::new(Code::FileRefused));
        for (what, stage, failure, line, seen, decision) in [
            ("as it is", "failed", lost(), &was, &touched, Decision::Touched),
            ("touched under way", "uploading", None, &was, &was, Decision::Renew(ITEM)),
            ("touched and failed for it", "failed", lost(), &was, &was, Decision::Renew(ITEM)),
            ("touched, and its line knows", "failed", lost(), &touched, &was, Decision::Renew(ITEM)),
            ("touched and refused", "failed", refused(), &was, &was, Decision::Touched),
            ("changed, and changed back", "uploading", None, &was, &now, Decision::Renew(ITEM)),
        ] {
            let sending = Sending { failure, seen: Some(seen.clone()), ..sending(stage, None) };
            let known = entry(line, Fate::Queued(ITEM), Some(sending));
            assert_eq!(decide(&touched, Some(&known), &[], OnChange::Ignore), decision, "{what}");
        }
        let done = Sending { seen: Some(was.clone()), ..sending("done", Some(23)) };
        let done = entry(&was, Fate::Queued(ITEM), Some(done));
        assert_eq!(decide(&touched, Some(&done), &[], OnChange::Replace), Decision::Touched);
    }
}
