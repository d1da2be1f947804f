//! How many chunks in flight are right for a line, found by trying. Pure: what was seen goes in, a size comes out.
//!
//! No fixed number is right: one connection fills a clean line, and on a long line that loses packets each carries a share
//! that TCP keeps small whatever the line could do. So the size doubles while that is worth it, and afterwards the
//! neighbouring sizes are tried now and then, each against what was measured just before. A size is worth what it brings
//! across: a doubling that brings little more is taken back, because every connection costs the workspace something.
//! Goodput is measured by `pace/gauge.rs`; whoever is turned away is `pace/brake.rs`'s.

use std::time::Duration;

/// What is in flight before anything was measured. The vendor's own clients use 3 to 5.
const FIRST: usize = 4;

/// So many come up without being judged: until its first losses a connection is faster than it will be, so nothing that is
/// seen in these seconds is a measure. On a line of 100 Mbit/s and 100 ms it is about the right number at 0.1 % loss (0.6 MB/s
/// each), and no worse than few where nothing is lost. Where few are enough the tries that follow come down to them.
const UNJUDGED: usize = 24;

/// The most that is tried. At 100 ms and 0.5 % loss a connection carries some 2 Mbit/s, so this many fill a line of
/// 100 Mbit/s; beyond it a workspace would see more connections than browsers and their tabs open.
pub(crate) const MOST: usize = 48;

/// A larger size has to bring this part of what it would bring if each connection carried as much as before. Between the two
/// bounds neither way is worth it, so that noise moves nothing.
const WORTH_MORE: f64 = 0.3;

/// A smaller size may cost this part of what it would cost if each connection carried no more than before.
const WORTH_LESS: f64 = 0.2;

/// While climbing: new connections come up, then it is measured. A handshake of three round trips and slow start to a share
/// of a lossy line take half a second at 100 ms; a line that takes longer gets the second look below.
const CLIMBING: Windows = Windows { settle: Duration::from_millis(500), measure: Duration::from_millis(750) };

/// A doubling that is not judged comes when the connections before it have come up: not before the first of these, and
/// where that takes as long as the second the line is too slow for first losses to matter, and every doubling is judged.
const OPENING: (Duration, Duration) = (Duration::from_millis(750), Duration::from_secs(3));

/// The first measure of all waits until connections are what they will be: at 0.1 % loss they have lost their first packets after
/// some two seconds.
const FIRST_LOOK: Windows = Windows { settle: Duration::from_secs(3), measure: Duration::from_secs(2) };

/// A size that seems not to be worth it is looked at for this much longer before that is believed.
const SECOND_LOOK: Duration = Duration::from_millis(1500);

/// While nothing presses, goodput is averaged over more than one chunk's arrival.
const STEADY: Windows = Windows { settle: Duration::from_secs(1), measure: Duration::from_secs(2) };

/// A window is not over before each connection has moved this much on average (two reads of a file): on a slow line less
/// says nothing.
const ENOUGH_EACH: u64 = 256 * 1024;

/// A window that does not get there is taken as it is.
const LONGEST: Duration = Duration::from_secs(20);

/// Windows between two tries of a neighbouring size: at first, and after tries that led nowhere.
const PATIENCE: (u32, u32) = (4, 32);

/// Goodput that is this many times more or less than it was is another line, or another use of it.
const ANOTHER_LINE: f64 = 1.5;

/// A base that is measured again with more connections, and found lower than this part of itself, was no base.
const STILL_TRUE: f64 = 0.85;

/// What was found is not believed for longer than this without use: a laptop may be elsewhere by then.
const STALE: Duration = Duration::from_mins(1);

/// A trial that is not in use for so long is given up.
const TRIAL_IDLE: Duration = Duration::from_secs(3);

#[derive(Debug, Clone, Copy)]
struct Windows {
    settle: Duration,
    measure: Duration,
}

/// What is seen of the line at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    /// On a clock that only goes on.
    pub(crate) at: Duration,
    /// Bytes that have arrived so far, as well as that is known.
    pub(crate) delivered: u64,
    /// Bytes that connections have taken so far, arrived or not.
    pub(crate) taken: u64,
    /// As much is in flight as may be, more waits, and nothing but the line sets the pace.
    pub(crate) is_telling: bool,
}

/// The size was changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Step {
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// Bytes a second, before and with the size that is left.
    pub(crate) before: Option<f64>,
    pub(crate) now: Option<f64>,
}

#[derive(Debug, Clone, Copy)]
struct Level {
    size: usize,
    /// Bytes a second.
    goodput: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Doubling without a judgement, up to [`UNJUDGED`].
    Opening,
    /// Doubling, as long as that is worth it.
    Climbing,
    /// What is right seems to be found; so many windows until a neighbour is tried.
    Holding(u32),
    /// A neighbour is tried.
    Trying,
}

#[derive(Debug)]
struct Window {
    /// Measured from then on.
    from: Duration,
    /// The first reading after that.
    began: Option<(Duration, u64)>,
    longer: Duration,
}

/// The size, and what it rests on.
#[derive(Debug)]
pub(crate) struct Climb {
    most: usize,
    size: usize,
    phase: Phase,
    /// The size that is known to be worth it, and what it brought when it was last looked at.
    base: Option<Level>,
    window: Option<Window>,
    last_telling: Option<Duration>,
    /// The base was measured on connections that had just come up: until its first loss each is faster than it will be.
    base_is_young: bool,
    patience: u32,
    up_next: bool,
}

impl Climb {
    /// Sizes from 1 to `most`.
    pub(crate) fn up_to(most: usize) -> Self {
        let most = most.max(1);
        Self {
            most,
            size: FIRST.min(most),
            phase: Phase::Opening,
            base: None,
            window: None,
            last_telling: None,
            base_is_young: true,
            patience: PATIENCE.0,
            up_next: true,
        }
    }

    /// How many chunks may be in flight.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// The largest size that may be tried.
    pub(crate) fn most(&self) -> usize {
        self.most
    }

    /// From now on sizes up to `most`; what was found is looked for anew.
    pub(crate) fn limit(&mut self, most: usize) {
        *self = Self { size: self.size.min(most.max(1)), ..Self::up_to(most) };
    }

    /// Takes a reading in. Answers a change of the size.
    pub(crate) fn read(&mut self, reading: Reading) -> Option<Step> {
        if !reading.is_telling {
            return self.rest(reading.at);
        }
        if self.last_telling.is_some_and(|last| reading.at.saturating_sub(last) > STALE) {
            let before = self.size;
            *self = Self::up_to(self.most);
            self.last_telling = Some(reading.at);
            return self.step_from(before, None);
        }
        self.last_telling = Some(reading.at);
        if self.phase == Phase::Opening {
            return self.open(reading);
        }
        let goodput = self.measured(reading)?;
        self.judge(goodput)
    }

    /// Doubles without a judgement, as long as the line takes what the connections have to bring.
    fn open(&mut self, reading: Reading) -> Option<Step> {
        let to = (self.size * 2).min(UNJUDGED).min(self.most);
        let window = self.window.get_or_insert(Window {
            from: reading.at,
            began: Some((reading.at, reading.taken)),
            longer: Duration::ZERO,
        });
        let (at, taken) = window.began?;
        let (time, bytes) = (reading.at.saturating_sub(at), reading.taken.saturating_sub(taken));
        if to <= self.size || time >= OPENING.1 {
            self.phase = Phase::Climbing;
            self.window = None;
            return None;
        }
        let have_come_up = time >= OPENING.0 && bytes >= ENOUGH_EACH * self.size as u64;
        have_come_up.then(|| self.go_to(to, None, None)).flatten()
    }

    /// Nothing can be learnt now: it is idle, at the end of a file, held back, or waits.
    fn rest(&mut self, at: Duration) -> Option<Step> {
        self.window = None;
        let last = self.last_telling?;
        let base = self.base.filter(|base| base.size != self.size)?;
        (at.saturating_sub(last) > TRIAL_IDLE).then(|| self.fall_back_to(base, None)).flatten()
    }

    /// The goodput of a window that is over.
    fn measured(&mut self, reading: Reading) -> Option<f64> {
        let windows = match self.phase {
            Phase::Climbing if self.base.is_none() => FIRST_LOOK,
            Phase::Climbing => CLIMBING,
            _ => STEADY,
        };
        let settled = matches!(self.phase, Phase::Holding(_));
        let window = self.window.get_or_insert_with(|| Window {
            from: if settled { reading.at } else { reading.at + windows.settle },
            began: None,
            longer: Duration::ZERO,
        });
        if reading.at < window.from {
            return None;
        }
        let (at, delivered) = *window.began.get_or_insert((reading.at, reading.delivered));
        let (time, bytes) = (reading.at.saturating_sub(at), reading.delivered.saturating_sub(delivered));
        let enough = bytes >= ENOUGH_EACH * self.size as u64 || time >= LONGEST;
        (time >= windows.measure + window.longer && enough).then(|| bytes as f64 / time.as_secs_f64())
    }

    fn judge(&mut self, goodput: f64) -> Option<Step> {
        let here = Level { size: self.size, goodput };
        let Some(base) = self.base else {
            self.base = Some(here);
            return self.climb(here, None);
        };
        let phase = self.phase;
        match phase {
            Phase::Climbing if is_worth_it(base, here) => self.climb(here, Some(base)),
            Phase::Climbing if self.may_look_again() => None,
            // More connections do not carry less: what they are compared with is not true any more.
            Phase::Climbing if self.base_is_young && here.goodput < base.goodput * STILL_TRUE => {
                self.base_is_young = false;
                self.climb(here, Some(base))
            }
            Phase::Trying if is_worth_it(base, here) => {
                self.patience = PATIENCE.0;
                // What was right once in this direction may be again.
                self.up_next = here.size > base.size;
                self.base = Some(here);
                self.try_neighbour(here)
            }
            Phase::Opening | Phase::Climbing | Phase::Trying => {
                if phase == Phase::Trying {
                    self.patience = (self.patience * 2).min(PATIENCE.1);
                }
                self.up_next = here.size < base.size;
                self.fall_back_to(base, Some(goodput))
            }
            Phase::Holding(left) => {
                self.window = None;
                let ratio = goodput / base.goodput.max(1.0);
                if !(1.0 / ANOTHER_LINE..ANOTHER_LINE).contains(&ratio) {
                    self.patience = PATIENCE.0;
                    self.up_next = true;
                    return self.climb(here, Some(base));
                }
                // What a trial is compared with is what was there just before it, never the best that ever was.
                let recent = Level { goodput: f64::midpoint(goodput, base.goodput), ..here };
                self.base = Some(recent);
                self.phase = Phase::Holding(left.saturating_sub(1));
                if left > 1 { None } else { self.try_neighbour(recent) }
            }
        }
    }

    fn climb(&mut self, here: Level, before: Option<Level>) -> Option<Step> {
        self.base = Some(here);
        if here.size >= self.most {
            return self.hold();
        }
        self.phase = Phase::Climbing;
        self.go_to((here.size * 2).min(self.most), before.map(|it| it.goodput), Some(here.goodput))
    }

    /// A size that brings nothing at the first look may only be slow to come up.
    fn may_look_again(&mut self) -> bool {
        let Some(window) = self.window.as_mut().filter(|window| window.longer.is_zero()) else { return false };
        window.longer = SECOND_LOOK;
        // The first part was the coming up.
        window.began = None;
        true
    }

    fn try_neighbour(&mut self, here: Level) -> Option<Step> {
        let by = here.size.div_ceil(4);
        let up = (here.size + by).min(self.most);
        let down = here.size.saturating_sub(by).max(1);
        let to = if (self.up_next && up > here.size) || down == here.size { up } else { down };
        if to == here.size {
            return self.hold();
        }
        self.phase = Phase::Trying;
        self.go_to(to, None, Some(here.goodput))
    }

    fn fall_back_to(&mut self, base: Level, now: Option<f64>) -> Option<Step> {
        let _ = self.hold();
        self.go_to(base.size, Some(base.goodput), now)
    }

    fn hold(&mut self) -> Option<Step> {
        self.window = None;
        self.phase = Phase::Holding(self.patience);
        None
    }

    fn go_to(&mut self, size: usize, before: Option<f64>, now: Option<f64>) -> Option<Step> {
        let from = std::mem::replace(&mut self.size, size);
        self.window = None;
        (from != size).then_some(Step { from, to: size, before, now })
    }

    fn step_from(&self, from: usize, now: Option<f64>) -> Option<Step> {
        (from != self.size).then_some(Step { from, to: self.size, before: None, now })
    }
}

/// Whether a size is to be preferred to the one before, by what both bring.
fn is_worth_it(base: Level, here: Level) -> bool {
    let sizes = here.size as f64 / base.size as f64;
    let part = if sizes > 1.0 { WORTH_MORE } else { WORTH_LESS };
    here.goodput >= base.goodput * (1.0 + part * (sizes - 1.0))
}

#[cfg(test)]
mod tests;
