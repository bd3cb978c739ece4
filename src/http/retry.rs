//! When a request is sent once more, and how long that may take.

use std::time::{Duration, Instant};

/// How often and how long a client tries.
#[derive(Clone, Copy, Debug)]
pub struct RetryPolicy {
    /// Tries of one request.
    pub tries: u32,
    /// Time for tries that fail and the pauses after them, of all requests together.
    pub in_all: Duration,
    /// First pause where the server names none; it doubles.
    pub pause: Duration,
    /// Time of one try.
    pub timeout: Duration,
}

impl Default for RetryPolicy {
    fn default() -> RetryPolicy {
        RetryPolicy {
            tries: 4,
            in_all: Duration::from_secs(60),
            pause: Duration::from_secs(1),
            timeout: Duration::from_secs(20),
        }
    }
}

/// The tries of one request. They draw on the client's `left`.
pub(crate) struct Tries<'c> {
    patience: &'c RetryPolicy,
    left: &'c std::cell::Cell<Duration>,
    made: u32,
    since: Instant,
}

impl<'c> Tries<'c> {
    pub(crate) fn new(patience: &'c RetryPolicy, left: &'c std::cell::Cell<Duration>) -> Tries<'c> {
        Tries { patience, left, made: 0, since: Instant::now() }
    }

    /// After a try that failed: waits and says whether there is another one. `wanted` is the pause that the server asks for;
    /// one that is longer than what is left is not begun.
    pub(crate) fn again(&mut self, wanted: Option<Duration>) -> bool {
        self.made += 1;
        let left = self.left.get().saturating_sub(self.since.elapsed());
        let pause =
            wanted.unwrap_or_else(|| self.patience.pause.saturating_mul(1 << (self.made - 1).min(16)));
        let goes_on = self.made < self.patience.tries && pause <= left;
        if goes_on {
            std::thread::sleep(pause);
        }
        self.left.set(if goes_on { left - pause } else { left });
        self.since = Instant::now();
        goes_on
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn patience(tries: u32, in_all: u64) -> RetryPolicy {
        let in_all = Duration::from_millis(in_all);
        RetryPolicy { tries, in_all, pause: Duration::from_millis(1), timeout: in_all }
    }

    #[test]
    fn tries_are_counted() {
        let patience = patience(4, 10_000);
        let left = Cell::new(patience.in_all);
        let mut tries = Tries::new(&patience, &left);
        assert_eq!([(); 4].map(|()| tries.again(None)), [true, true, true, false]);
        // One, two and four milliseconds.
        assert!(left.get() <= Duration::from_millis(10_000 - 7));
    }

    #[test]
    fn a_pause_beyond_all_patience_is_not_begun() {
        let patience = patience(4, 1000);
        let left = Cell::new(patience.in_all);
        let begun = Instant::now();
        assert!(!Tries::new(&patience, &left).again(Some(Duration::from_secs(60))));
        assert!(begun.elapsed() < Duration::from_secs(1));
    }

    #[test]
    fn all_requests_draw_on_the_same_patience() {
        let patience = patience(100, 40);
        let left = Cell::new(patience.in_all);
        let pause = Some(Duration::from_millis(15));
        let mut first = Tries::new(&patience, &left);
        assert!(first.again(pause) && first.again(pause) && !first.again(pause));
        assert!(!Tries::new(&patience, &left).again(pause));
    }
}
