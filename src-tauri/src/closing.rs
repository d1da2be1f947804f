//! What closing the window does, as a table. The window is never gone where nothing would bring it back.

use crate::outside::Work;

/// What becomes of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closing {
    End,
    /// The tray brings it back, and so does another start.
    Hide,
    /// Nothing else would bring it back but another start.
    Minimise,
}

impl Closing {
    /// Where a person wants it to go on or not, sees a tray or not, and has left this to be done.
    pub(crate) fn of(keep_running: bool, has_tray: bool, work: Work) -> Self {
        match (keep_running, has_tray, work.is_any()) {
            (true, true, _) => Self::Hide,
            (true, false, true) => Self::Minimise,
            // A window that nothing is left to be done in, and that cannot be closed, is in the way.
            (true, false, false) | (false, ..) => Self::End,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_goes_where_a_person_finds_it_again() {
        let idle = Work::default();
        let sends = Work { unfinished: 1, watches: false };
        let watches = Work { unfinished: 0, watches: true };
        for (keep_running, has_tray, work, closing) in [
            (true, true, idle, Closing::Hide),
            (true, true, sends, Closing::Hide),
            (true, false, sends, Closing::Minimise),
            (true, false, watches, Closing::Minimise),
            (true, false, idle, Closing::End),
            (false, true, sends, Closing::End),
            (false, false, watches, Closing::End),
        ] {
            assert_eq!(Closing::of(keep_running, has_tray, work), closing, "{keep_running} {has_tray} {work:?}");
        }
    }
}
