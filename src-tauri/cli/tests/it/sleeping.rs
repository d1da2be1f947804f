//! A process that is stopped and goes on later, as one is whose machine sleeps.

use crate::rig::{CHUNK, Rig};
use slipway_sandbox::{Endpoint, Fault, Profile};
use std::time::Duration;

/// Longer than the silence after which brisk waits take a connection for dead. Nothing can be awaited instead: what is
/// tested is that time passes while the process does not run.
const AWAY: Duration = Duration::from_secs(6);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_that_is_stopped_for_longer_than_its_connections_live_goes_on_and_ends_once() {
    let rig = Rig::new(Profile::Documented).await;
    let film = rig.file("film.mp4", 9 * CHUNK + 7);
    rig.sandbox.inject(Fault::on(Endpoint::Chunk).chunk(3).stall_before_reading());
    let running = rig.upload(&film).start();
    rig.sandbox.until(|seen| seen.requests().iter().any(|it| !it.faults.is_empty())).await;
    running.signal("STOP").await;
    tokio::time::sleep(AWAY).await;
    let before = rig.sandbox.requests().len();
    running.signal("CONT").await;
    let told = running.end().await;
    assert!(told.status.success(), "{told:#?}");
    assert!(rig.sandbox.requests().len() > before, "it went on: {}", rig.traffic());
    rig.assert_arrived_once(&film, "stopped");
}
