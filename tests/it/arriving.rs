//! A file arrives: whole, once, under its name, as a draft.

use crate::rig::{CHUNK, Rig, play};
use slipway_sandbox::Profile;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_of_every_size_around_the_plans_boundaries_arrive_whole_and_once() {
    let sizes = [1, 100, CHUNK - 1, CHUNK, 2 * CHUNK - 1, 2 * CHUNK, 2 * CHUNK + 1, 3 * CHUNK, 7 * CHUNK + 5];
    let all = [Profile::Documented, Profile::Hostile].into_iter().flat_map(|it| sizes.map(|size| (it, size)));
    play(all, |(profile, size)| async move {
        let rig = Rig::new(profile).await;
        let file = rig.file("talk.mp4", size);
        let item = rig.upload(&file).await;
        rig.assert_done_once(&format!("{profile:?} {size}"), &item);
        assert!(!rig.copies(&file)[0].published);
    })
    .await;
}
