//! A file arrives: whole, once, under its name, as a draft.

use crate::rig::{CHUNK, Rig};
use slipway_sandbox::Profile;

#[tokio::test]
async fn files_of_every_size_around_the_plans_boundaries_arrive_whole_and_once() {
    for profile in [Profile::Documented, Profile::Hostile] {
        for size in [1, 100, CHUNK - 1, CHUNK, 2 * CHUNK - 1, 2 * CHUNK, 2 * CHUNK + 1, 3 * CHUNK, 7 * CHUNK + 5] {
            let rig = Rig::new(profile).await;
            let file = rig.file("talk.mp4", size);
            let item = rig.upload(&file).await;
            assert_eq!(item.stage, "done", "{profile:?} {size}: {:?}", item.failure);
            rig.assert_arrived_once(&file);
            assert!(!rig.copies(&file)[0].published);
        }
    }
}
