//! What is held over the window before it is let go, and where.

use serde::Serialize;
use slipway_engine::item::FileKind;
use std::path::PathBuf;
use ts_rs::TS;

/// What is held over the window, before it is dropped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, TS)]
pub(crate) struct Hovering {
    videos: usize,
    images: usize,
    folders: usize,
    others: usize,
}

/// `null` when it has left or was dropped.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, TS)]
#[serde(transparent)]
pub(crate) struct Hover(#[ts(inline)] pub(crate) Option<Hovering>);

impl Hovering {
    /// What these are, by their names; only which are folders is looked up.
    pub(crate) fn of(paths: &[PathBuf]) -> Self {
        let mut hovering = Self::default();
        for path in paths {
            let count = match slipway_engine::kind_by_name(path) {
                _ if path.is_dir() => &mut hovering.folders,
                Some(FileKind::Video) => &mut hovering.videos,
                Some(FileKind::Image) => &mut hovering.images,
                Some(FileKind::Audio) | None => &mut hovering.others,
            };
            *count += 1;
        }
        hovering
    }
}

/// A place in the window, in the pixels that the pages count in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
pub(crate) struct Place {
    pub(crate) x: u32,
    pub(crate) y: u32,
}

impl Place {
    /// Whether a pointer that went from one to the other may be over something else now. Nothing in the window is smaller.
    pub(crate) fn is_elsewhere(self, before: Self) -> bool {
        const STEP: u32 = 6;
        self.x.abs_diff(before.x) >= STEP || self.y.abs_diff(before.y) >= STEP
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hovers_is_counted_by_kind() {
        let dir = tempfile::tempdir().unwrap();
        let paths = [dir.path().to_owned(), "/x/a.mp4".into(), "/x/b.JPG".into(), "/x/c.pdf".into(), "/x/d.MOV".into()];
        assert_eq!(Hovering::of(&paths), Hovering { videos: 2, images: 1, folders: 1, others: 1 });
    }

    #[test]
    fn a_pointer_that_trembles_is_where_it_was() {
        let at = |x, y| Place { x, y };
        assert!(!at(100, 100).is_elsewhere(at(102, 99)));
        assert!(at(100, 106).is_elsewhere(at(100, 100)));
        assert!(at(0, 0).is_elsewhere(at(60, 0)));
    }
}
