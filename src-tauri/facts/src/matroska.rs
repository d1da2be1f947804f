//! Matroska and WebM: read from the front to the first media, where the headers are in all but the oddest files. The
//! library could follow the file's own directory to what lies behind the media (an index, chapters, attachments), but
//! nothing of that is a fact.

use super::bounded::Bounded;
use super::{Facts, malformed};
use std::io;
use symphonia_core::codecs::CodecParameters;
use symphonia_core::formats::{FormatOptions, FormatReader};
use symphonia_core::io::{MediaSourceStream, MediaSourceStreamOptions, ReadOnlySource};
use symphonia_format_mkv::MkvReader;

pub(super) fn facts(file: Bounded) -> io::Result<Option<Facts>> {
    let stream = MediaSourceStream::new(Box::new(ReadOnlySource::new(file)), MediaSourceStreamOptions::default());
    let film = MkvReader::try_new(stream, FormatOptions::default()).map_err(malformed)?;
    let size = film.tracks().iter().find_map(|track| match &track.codec_params {
        Some(CodecParameters::Video(video)) => Some((u32::from(video.width?), u32::from(video.height?))),
        _ => None,
    });
    let info = film.media_info();
    let time = info.time_base.zip(info.duration).and_then(|(base, duration)| base.calc_duration(duration));
    Ok(Facts::new(size, time.map(|time| time.as_secs_f64())))
}
