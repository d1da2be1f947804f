//! What a server may do with a replacement in pieces, which the vendor's tool sends and no page promises.

use super::IN_PIECES;
use crate::rig::{Making, Rig, bytes, play, sha256};
use slipway_engine::Settle;
use slipway_engine::failure::Code;
use slipway_sandbox::{Effect, Endpoint, Fault, KindBy, ReplaceChunks, Switches};
use std::path::PathBuf;

/// A server that overlooks the chunk fields: each piece is a whole file to it.
fn overlooking(kind_by: KindBy) -> Switches {
    Switches { replace_chunks: ReplaceChunks::EachIsWhole, kind_by, ..Switches::documented() }
}

/// A film with a film's beginning, so that its first piece passes for one.
fn film(rig: &Rig) -> PathBuf {
    let path = rig.file("second cut.mp4", IN_PIECES);
    let mut film = bytes("second cut", IN_PIECES);
    film[..24].copy_from_slice(b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2");
    std::fs::write(&path, film).unwrap();
    path
}

#[tokio::test]
async fn where_each_piece_is_taken_for_a_file_the_first_is_refused_and_the_whole_goes_as_one() {
    let rig = Making::of(overlooking(KindBy::Content)).start().await;
    let video = rig.standing("first cut.mp4").await;
    let item = rig.replaced(video, &film(&rig)).await;
    rig.assert_replaced_once("a piece was refused", &item, video);
    let log = rig.log(item.id).await;
    assert!(log.contains("does not take this in pieces"), "{log}");
}

#[tokio::test]
async fn a_server_that_puts_a_piece_in_the_videos_place_is_told_of_and_sent_the_whole() {
    let rig = Making::of(overlooking(KindBy::Extension)).start().await;
    let video = rig.standing("first cut.mp4").await;
    let path = film(&rig);
    let item = rig.replaced(video, &path).await;
    assert_eq!(item.failure.map(|failure| failure.code), Some(Code::PieceReplacedFile), "{}", rig.story());
    let pieces = rig.chunks().iter().filter(|it| it.api_method == "photo/replace").count();
    assert_eq!(pieces, 1, "no further piece was sent: {}", rig.story());
    rig.engine().settle(item.id, Settle::SendAgain).await.unwrap();
    let item = rig.rest(item.id).await;
    assert_eq!(item.stage, "done", "{}", rig.story());
    assert_eq!(rig.video(video).sha256, sha256(&std::fs::read(&path).unwrap()));
}

/// The answer says no more than `ok`, and the piece stands in the video's place: the look after it notices.
#[tokio::test]
async fn a_piece_that_changes_the_video_in_silence_is_noticed_before_the_next_one_goes() {
    let rig = Making::of(overlooking(KindBy::Extension)).start().await;
    let video = rig.standing("first cut.mp4").await;
    rig.sandbox().inject(Fault::on(Endpoint::Replace).lose_answer_after_work());
    let item = rig.replaced(video, &film(&rig)).await;
    assert_eq!(item.failure.map(|failure| failure.code), Some(Code::PieceReplacedFile), "{}", rig.story());
}

#[tokio::test]
async fn what_was_begun_in_pieces_is_looked_at_again_after_a_restart() {
    let mut rig = Making::of(overlooking(KindBy::Extension)).start().await;
    let video = rig.standing("first cut.mp4").await;
    let path = film(&rig);
    // The piece does its harm, and nobody hears of it before the end of the engine.
    rig.sandbox().inject(Fault::on(Endpoint::Replace).lose_answer_after_work());
    rig.sandbox().inject(Fault::on(Endpoint::Replace).nth(2).always().stall_before_reading());
    let id = rig.replace(video, &path).await.item.id;
    rig.until_struck("StallBeforeReading").await;
    rig.stop().await;
    rig.sandbox().clear_faults();
    rig.start().await;
    let item = rig.rest(id).await;
    assert_eq!(item.failure.map(|failure| failure.code), Some(Code::PieceReplacedFile), "{}", rig.story());
}

#[tokio::test(flavor = "multi_thread")]
async fn pieces_go_again_over_a_bad_line_as_those_of_an_upload_do() {
    let troubles = [
        Fault::on(Endpoint::Chunk).times(3).answer(502, "<html>"),
        Fault::on(Endpoint::Chunk).times(2).answer(500, ""),
        Fault::on(Endpoint::Chunk).times(3).with(Effect::CutBodyAfter { bytes: 5000 }),
        Fault::on(Endpoint::Chunk).nth(3).with(Effect::ExpireUploadTokens),
        Fault::on(Endpoint::Chunk).nth(2).with(Effect::PurgeChunks),
    ];
    play(troubles, |fault| async move {
        let what = format!("{fault:?}");
        let rig = Making::of(Switches::documented()).looking_briefly().start().await;
        let video = rig.standing("first cut.mp4").await;
        rig.sandbox().inject(fault);
        let item = rig.replaced(video, &rig.file("second cut.mp4", IN_PIECES)).await;
        rig.assert_replaced_once(&what, &item, video);
    })
    .await;
}
