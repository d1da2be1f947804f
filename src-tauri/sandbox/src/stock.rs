//! Videos that nobody uploaded: a workspace that has been in use for years, made in a moment for whoever wants to look
//! through it. Only what lists show is there; their files are not.

use std::collections::BTreeMap;

use crate::auth;
use crate::inspect::{Kind, VideoRecord};
use crate::state::Entry;
use crate::world::World;

/// Somebody else with an account.
const COLLEAGUE: u64 = 2;

/// Milliseconds between one upload and the next.
const APART: i64 = 7 * 60 * 60 * 1000;

const ABOUT: [&str; 8] =
    ["Onboarding", "Town hall", "Product tour", "Interview", "Webinar", "Teaser", "Lecture", "Recap"];
const OF: [&str; 9] =
    ["sales", "support", "research", "the spring release", "København", "the board", "safety", "Q3", "design"];
const TAGS: [&str; 5] = ["internal", "campaign", "two words", "2026", "people"];

/// Puts so many videos into a workspace that has none.
pub(crate) fn stock(world: &World, count: u32) {
    let now = world.clock.now_ms();
    world.store.change(|state| {
        if count == 0 || !state.videos.is_empty() {
            return ((), Vec::new());
        }
        let albums: Vec<u64> = state.albums.keys().copied().collect();
        let mut last = state.last_id;
        let mut entries: Vec<Entry> = (0..count)
            .map(|index| {
                last += 2;
                let created = now - i64::from(count - index) * APART;
                Entry::Video(Box::new(video(index, last, &albums, created)))
            })
            .collect();
        entries.push(Entry::LastId(last));
        ((), entries)
    });
}

fn video(index: u32, photo_id: u64, albums: &[u64], created_ms: i64) -> VideoRecord {
    let turn = index as usize;
    let title = format!("{} for {} {}", ABOUT[turn % ABOUT.len()], OF[turn % OF.len()], index + 1);
    let kind = match turn % 25 {
        7 => Kind::Image,
        13 => Kind::Audio,
        _ => Kind::Video,
    };
    let extension = match kind {
        Kind::Video => "mp4",
        Kind::Audio => "mp3",
        Kind::Image => "jpg",
    };
    VideoRecord {
        photo_id,
        tree_id: photo_id - 1,
        token: auth::random_hex(32),
        user_id: if turn.is_multiple_of(3) { COLLEAGUE } else { auth::USER_ID },
        kind,
        sha256: String::new(),
        chunk_sha256: Vec::new(),
        bytes: 1_000_000 + u64::from(index) * 7919,
        original_filename: format!("{}.{extension}", title.replace(' ', "_")),
        description: format!("What {title} was about."),
        title,
        tags: TAGS.iter().skip(turn % TAGS.len()).take(turn % 3).map(|tag| (*tag).to_owned()).collect(),
        album_ids: albums.iter().copied().skip(turn % (albums.len() + 1)).take(1).collect(),
        published: !turn.is_multiple_of(5),
        publish_date: None,
        absolute_url: String::new(),
        promoted: turn % 97 == 3,
        upload_token: None,
        upload_token_hint: String::new(),
        identifier: None,
        variables: BTreeMap::new(),
        created_ms,
        stored_ms: created_ms,
        revision: 1,
        replaced: 0,
        thumbnail_sha256: None,
        thumbnail_time: None,
        subtitles: Vec::new(),
        before: None,
        changed_ms: 0,
    }
}
