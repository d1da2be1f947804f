//! On lines that are only arithmetic: how much each connection carries, how much the line does, how soon a new connection
//! comes up, and how much the measurement is off.

use super::*;
use proptest::prelude::*;

const MB: f64 = 1e6;

/// 100 Mbit/s.
const LINE: f64 = 12.5 * MB;

/// How often the line is looked at.
const TICK: Duration = Duration::from_millis(250);

#[derive(Clone)]
struct Line {
    /// Bytes a second, all together.
    carries: f64,
    /// Bytes a second that one connection gets at the most.
    each: f64,
    /// How long a new connection carries nothing.
    comes_up_in: Duration,
    /// A reading is off by this part of itself at the most, either way.
    noise: f64,
}

impl Line {
    fn of(carries: f64, each: f64) -> Self {
        Self { carries, each, comes_up_in: Duration::from_millis(400), noise: 0.05 }
    }
}

struct Run {
    climb: Climb,
    now: Duration,
    delivered: f64,
    /// When each connection was opened.
    connections: Vec<Duration>,
    random: fastrand::Rng,
}

impl Run {
    fn new(most: usize) -> Self {
        let climb = Climb::up_to(most);
        let connections = vec![Duration::ZERO; climb.size()];
        Self { climb, now: Duration::ZERO, delivered: 0.0, connections, random: fastrand::Rng::with_seed(7) }
    }

    /// For so long there is always more to send. Answers the mean goodput in bytes a second.
    fn busy(&mut self, line: &Line, time: Duration) -> f64 {
        let (from, before) = (self.now, self.delivered);
        while self.now < from + time {
            self.now += TICK;
            let up = self.connections.iter().filter(|opened| self.now >= **opened + line.comes_up_in).count();
            let goodput = line.carries.min(up as f64 * line.each);
            let off = 1.0 + line.noise * (2.0 * self.random.f64() - 1.0);
            self.delivered += goodput * off * TICK.as_secs_f64();
            self.look(true);
            self.connections.resize(self.climb.size(), self.now);
        }
        (self.delivered - before) / time.as_secs_f64()
    }

    /// The sizes that it is at in the next five minutes, the smallest first.
    fn sizes(&mut self, line: &Line) -> [usize; 100] {
        let mut sizes = [(); 100].map(|()| {
            self.busy(line, s(3));
            self.climb.size()
        });
        sizes.sort_unstable();
        sizes
    }

    fn idle(&mut self, time: Duration) {
        let until = self.now + time;
        while self.now < until {
            self.now += TICK;
            self.look(false);
        }
        self.connections.clear();
        self.connections.resize(self.climb.size(), self.now);
    }

    fn look(&mut self, is_telling: bool) -> Option<Step> {
        let bytes = self.delivered as u64;
        self.climb.read(Reading { at: self.now, delivered: bytes, taken: bytes, is_telling })
    }
}

const fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn a_line_on_which_each_connection_gets_little_is_filled_by_many() {
    // One connection at 0.1 % and at 0.5 % loss and 100 ms.
    for (each, least) in [(0.6 * MB, 19), (0.25 * MB, 40)] {
        let line = Line::of(LINE, each);
        let mut run = Run::new(MOST);
        run.busy(&line, s(10));
        assert!(run.climb.size() >= least, "{} after ten seconds at {each}", run.climb.size());
        let goodput = run.busy(&line, s(120));
        assert!(goodput > 0.85 * LINE.min(each * MOST as f64), "{goodput} of {LINE}");
    }
}

#[test]
fn a_line_that_one_connection_fills_is_left_to_few() {
    for carries in [0.1 * MB, LINE, 500.0 * MB] {
        let line = Line::of(carries, carries);
        let mut run = Run::new(MOST);
        run.busy(&line, s(600));
        let sizes = run.sizes(&line);
        assert!(sizes[50] <= 2 && sizes[99] <= 8, "{sizes:?} at {carries}");
    }
}

#[test]
fn the_first_seconds_of_a_connection_are_no_measure_so_the_first_doublings_are_not_judged_by_them() {
    // Four young connections fill the line; after their first losses each carries a twentieth of it.
    let (young, line) = (Line::of(LINE, LINE), Line::of(LINE, LINE / 20.0));
    let mut run = Run::new(MOST);
    run.busy(&young, s(3));
    assert_eq!(run.climb.size(), UNJUDGED);
    let goodput = run.busy(&line, s(10));
    assert!(goodput > 0.9 * LINE, "{goodput}");
}

#[test]
fn on_a_slow_line_every_doubling_is_judged() {
    // Two megabits a second: a connection's buffers are no evidence of anything.
    let mut run = Run::new(MOST);
    for _ in 0..4 {
        run.busy(&Line::of(0.25 * MB, 0.25 * MB), s(15));
        assert!(run.climb.size() <= 2 * FIRST, "{}", run.climb.size());
    }
}

#[test]
fn a_line_whose_connections_are_slow_to_come_up_is_not_taken_for_a_full_one() {
    let line = Line { comes_up_in: Duration::from_millis(1200), ..Line::of(LINE, 0.6 * MB) };
    let mut run = Run::new(MOST);
    run.busy(&line, s(20));
    assert!(run.climb.size() >= 16, "{}", run.climb.size());
}

#[test]
fn connections_that_are_fast_until_their_first_loss_are_not_taken_for_a_measure() {
    let (burst, line) = (Line::of(LINE, 2.8 * MB), Line::of(LINE, 0.6 * MB));
    let mut run = Run::new(MOST);
    run.busy(&burst, Duration::from_millis(1500));
    run.busy(&line, s(8));
    assert!(run.climb.size() >= 16, "{}", run.climb.size());
}

#[test]
fn what_was_best_on_another_line_is_not_compared_with() {
    let mut run = Run::new(MOST);
    run.busy(&Line::of(LINE, LINE), s(60));
    // The same machine in a train: a tenth of it, and losses.
    let train = Line::of(LINE / 10.0, LINE / 200.0);
    run.busy(&train, s(60));
    // As a rule: at any moment a smaller size may be on trial.
    let size = run.sizes(&train)[50];
    assert!((14..=40).contains(&size), "{size}");
    run.busy(&Line::of(LINE, LINE), s(900));
    assert!(run.climb.size() <= 4, "{}", run.climb.size());
}

#[test]
fn nothing_is_learnt_while_too_little_waits() {
    let mut run = Run::new(MOST);
    for _ in 0..400 {
        run.delivered += 3.0 * MB;
        run.now += TICK;
        assert_eq!(run.look(false), None);
    }
    assert_eq!(run.climb.size(), FIRST);
}

#[test]
fn a_trial_that_the_end_of_a_file_cuts_short_is_given_up() {
    let line = Line::of(LINE, LINE);
    let mut run = Run::new(MOST);
    while run.climb.size() <= UNJUDGED {
        run.busy(&line, TICK);
    }
    run.idle(s(5));
    assert_eq!(run.climb.size(), UNJUDGED);
}

#[test]
fn what_was_found_lasts_over_a_pause_and_not_over_a_night() {
    let line = Line::of(LINE, 0.6 * MB);
    let mut run = Run::new(MOST);
    run.busy(&line, s(30));
    let found = run.climb.size();
    run.idle(s(20));
    assert!(run.climb.size() > FIRST && run.climb.size().abs_diff(found) <= found / 3, "{}", run.climb.size());
    run.idle(s(3600));
    run.look(true);
    assert_eq!(run.climb.size(), FIRST);
}

#[test]
fn a_smaller_limit_holds_at_once() {
    let line = Line::of(LINE, 0.25 * MB);
    let mut run = Run::new(MOST);
    run.busy(&line, s(20));
    run.climb.limit(3);
    assert_eq!(run.climb.size(), 3);
    run.busy(&line, s(60));
    assert!(run.climb.size() <= 3);
    run.climb.limit(MOST);
    run.busy(&line, s(20));
    assert!(run.climb.size() > 16);
}

proptest! {
    #[test]
    fn whatever_is_read_the_size_stays_between_one_and_the_limit(
        most in 1..100_usize,
        readings in proptest::collection::vec((0..5000_u64, 0..100_000_000_u64, any::<bool>()), 0..300),
    ) {
        let mut climb = Climb::up_to(most);
        let mut at = Duration::ZERO;
        for (later, delivered, is_telling) in readings {
            at += Duration::from_millis(later);
            let before = climb.size();
            let step = climb.read(Reading { at, delivered, taken: delivered, is_telling });
            prop_assert!((1..=most).contains(&climb.size()));
            prop_assert_eq!(step.map(|it| (it.from, it.to)), (before != climb.size()).then_some((before, climb.size())));
        }
    }

    #[test]
    fn every_line_is_used_well_within_half_a_minute_and_not_with_many_more_connections_than_that_takes(
        line in 1.0..50.0_f64,
        each in 0.2..50.0_f64,
        slow_ms in 0..600_u64,
    ) {
        let (carries, each) = (line * MB, each.min(line) * MB);
        let line = Line { comes_up_in: Duration::from_millis(slow_ms), ..Line::of(carries, each) };
        let mut run = Run::new(MOST);
        run.busy(&line, s(30));
        let could = carries.min(each * MOST as f64);
        let did = run.busy(&line, s(120));
        prop_assert!(did > 0.75 * could, "{did} of {could} with {}", run.climb.size());
        let needed = (could / each).ceil() as usize;
        prop_assert!(run.climb.size() <= 2 * needed.max(FIRST), "{} where {needed} do", run.climb.size());
    }
}
