//! The data folder goes away under a running engine. A full or read-only one needs a real mount, and is in the command's
//! own tests.

use crate::rig::{LARGE, Making, Rig};
use slipway_engine::Update;
use slipway_engine::failure::{Code, Failure};
use slipway_sandbox::{Endpoint, Fault, Switches};
use std::fs;
use std::path::PathBuf;

fn homes(rig: &Rig) -> (PathBuf, PathBuf) {
    let folder = rig.file("beside the data folder", 1).parent().unwrap().to_owned();
    (folder.join("home"), folder.join("elsewhere"))
}

async fn trouble(mut updates: tokio::sync::broadcast::Receiver<Update>) -> Failure {
    loop {
        if let Ok(Update::Trouble(failure)) = updates.recv().await {
            return failure;
        }
    }
}

/// Open files of a folder that was moved or deleted take everything that is written to them. So nothing shows but the
/// folder itself, and that is looked at.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_data_folder_that_goes_away_stops_everything_and_its_return_lets_it_go_on() {
    for held in [Fault::on(Endpoint::Chunk).chunk(3), Fault::on(Endpoint::List)] {
        let rig = Making::of(Switches::documented()).looking_briefly().start().await;
        let (home, elsewhere) = homes(&rig);
        rig.sandbox().inject(held.stall_before_reading());
        let file = rig.file("talk.mp4", LARGE);
        let id = rig.add(&file).await;
        rig.until_struck("StallBeforeReading").await;
        let updates = rig.engine().subscribe();
        fs::rename(&home, &elsewhere).unwrap();
        rig.sandbox().clear_faults();
        let failure = trouble(updates).await;
        assert_eq!(failure.code, Code::DataFolderUnwritable, "{failure:?}");
        assert!(rig.uploads().is_empty(), "{}", rig.story());
        fs::rename(&elsewhere, &home).unwrap();
        rig.assert_done_once("it is back", &rig.rest(id).await);
        rig.assert_commits_alone("it is back");
    }
}
