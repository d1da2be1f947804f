//! Kills at random moments, one after the other, until the upload is through.

use crate::rig::{CHUNK, IN_FLIGHT, Rig};
use slipway_sandbox::Profile;
use std::collections::BTreeSet;
use tokio::task::JoinSet;

/// Kills before the upload is let through.
const KILLS: usize = 25;

/// A small generator, so that a seed in a message is enough to see the same moments again.
struct Draws(u64);

impl Draws {
    /// From 1 to `most`.
    fn up_to(&mut self, most: u64) -> usize {
        // Numbers of Knuth's MMIX generator; its high bits are the better ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % most + 1) as usize
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_again_and_again_at_random_moments() {
    let mut running = JoinSet::new();
    for profile in [Profile::Documented, Profile::Hostile] {
        for seed in [7, 23] {
            running.spawn(killed_again_and_again(profile, seed));
        }
    }
    running.join_all().await;
}

async fn killed_again_and_again(profile: Profile, seed: u64) {
    let case = &format!("{profile:?}, seed {seed}");
    let rig = Rig::new(profile).await;
    let file = rig.file("talk.mp4", CHUNK * 60);
    let mut draws = Draws(seed);
    let mut kills = 0;
    let told = loop {
        let mut process = rig.upload(&file).start();
        if kills == KILLS {
            let told = process.end().await;
            told.assert_code(0, case);
            break told;
        }
        // Probes are left out: there is one for each chunk that waits, and no kill would come after them.
        let seen = rig.sandbox.requests().iter().filter(|it| !it.is_probe()).count() + draws.up_to(8);
        tokio::select! {
            () = rig.sandbox.until(|inspection| inspection.requests().iter().filter(|it| !it.is_probe()).count() >= seen) => {
                kills += 1;
                let told = process.kill().await;
                // Somebody was told just before: the same command now would mean another upload.
                if !told.named("done").is_empty() {
                    break told;
                }
            }
            _ = process.until("done") => break process.end().await,
        }
    };
    let video = rig.assert_arrived_once(&file, case);
    assert_eq!(told.only("done")["video_id"], video.photo_id, "{case}");
    rig.assert_nothing_beside_a_commit(case);
    // Each identifier stands for one sending of the whole file; a commit without a trace costs another one.
    let identifiers: BTreeSet<_> = rig.sandbox.requests().into_iter().filter_map(|it| it.identifier).collect();
    let restarts = identifiers.len() as u64 - 1;
    let allowed = kills as u64 * IN_FLIGHT * CHUNK + restarts * video.bytes;
    let again = rig.received_for_nothing(&file);
    assert!(again <= allowed, "{case}: {again} of {allowed} bytes; {}", rig.traffic());
}
