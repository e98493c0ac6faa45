//! Answers that are the same for everyone, kept for a moment, so that a crowd costs as much as one visitor.

use std::{
    collections::HashMap,
    future::Future,
    sync::Arc,
    time::{Duration, Instant as Ticks},
};

use kernel_base::Result;
use parking_lot::Mutex;

/// More questions than people ask within a moment; beyond it the memory starts afresh.
const MOST: usize = 256;

/// Answers by the question. Nothing that depends on who asks may be kept here ([`crate::Page::for_everyone`]).
///
/// Age alone ends an answer: a number of changes would miss those of other processes, and would keep nothing on a day
/// when everybody writes.
#[derive(Debug)]
pub struct Kept<T> {
    longest: Duration,
    answers: Mutex<HashMap<String, Arc<Slot<T>>>>,
}

/// Locked while the answer is made, so that those who ask meanwhile wait for it instead of making it too.
#[derive(Debug)]
struct Slot<T>(tokio::sync::Mutex<Option<(Ticks, T)>>);

impl<T: Clone> Kept<T> {
    /// An answer is given for `longest` after it was begun to be made; zero keeps nothing.
    #[must_use]
    pub fn new(longest: Duration) -> Self {
        Self { longest, answers: Mutex::default() }
    }

    /// The answer that is kept, else the one that `make` gives. An error is not kept.
    ///
    /// It was begun at most `longest` before this call; who waits while it is made takes it, however long that lasts, so
    /// that a crowd never makes one answer after another.
    ///
    /// # Errors
    /// Those of `make`.
    pub async fn get(&self, question: &str, make: impl Future<Output = Result<T>> + Send) -> Result<T> {
        if self.longest.is_zero() {
            return make.await;
        }
        let asked = Ticks::now();
        let slot = self.slot(question);
        let mut kept = slot.0.lock().await;
        let young = |begun: Ticks| asked.saturating_duration_since(begun) < self.longest;
        if let Some((_, answer)) = kept.as_ref().filter(|(begun, _)| young(*begun)) {
            return Ok(answer.clone());
        }
        let begun = Ticks::now();
        let answer = make.await?;
        *kept = Some((begun, answer.clone()));
        Ok(answer)
    }

    fn slot(&self, question: &str) -> Arc<Slot<T>> {
        let mut answers = self.answers.lock();
        if let Some(slot) = answers.get(question) {
            return Arc::clone(slot);
        }
        if answers.len() >= MOST {
            answers.clear();
        }
        let slot = Arc::new(Slot(tokio::sync::Mutex::new(None)));
        answers.insert(question.to_owned(), Arc::clone(&slot));
        slot
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use kernel_base::Error;

    use super::*;

    const LONGEST: Duration = Duration::from_millis(200);

    /// Asks; the answer is how often one was made.
    async fn asked(kept: &Kept<usize>, made: &AtomicUsize, question: &str) -> usize {
        let make = async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Ok(made.fetch_add(1, Ordering::SeqCst) + 1)
        };
        kept.get(question, make).await.unwrap()
    }

    #[tokio::test]
    async fn a_crowd_that_asks_at_once_is_answered_by_one_and_later_by_another() {
        let (kept, made) = (Kept::new(LONGEST), AtomicUsize::new(0));
        let crowd = (0..50).map(|_| asked(&kept, &made, "board"));
        assert_eq!(futures_util::future::join_all(crowd).await, [1; 50]);
        assert_eq!(asked(&kept, &made, "another").await, 2, "another question has another answer");
        tokio::time::sleep(LONGEST).await;
        assert_eq!(asked(&kept, &made, "board").await, 3, "no answer is older than the longest time");
    }

    #[tokio::test]
    async fn a_crowd_waits_for_one_answer_also_when_it_takes_longer_than_it_is_kept() {
        let (kept, made) = (Kept::new(LONGEST), AtomicUsize::new(0));
        let slow = |_| {
            kept.get("board", async {
                tokio::time::sleep(LONGEST * 2).await;
                Ok(made.fetch_add(1, Ordering::SeqCst) + 1)
            })
        };
        let answers = futures_util::future::join_all((0..50).map(slow)).await;
        assert!(answers.into_iter().all(|answer| answer.unwrap() == 1));
        assert_eq!(asked(&kept, &made, "board").await, 2, "who asks later has a younger one");
    }

    #[tokio::test]
    async fn nothing_is_kept_for_no_time_and_no_error_is_kept() {
        let (kept, made) = (Kept::new(Duration::ZERO), AtomicUsize::new(0));
        assert_eq!((asked(&kept, &made, "a").await, asked(&kept, &made, "a").await), (1, 2));
        let kept = Kept::new(LONGEST);
        kept.get("a", async { Err(Error::internal("broken")) }).await.unwrap_err();
        assert_eq!(asked(&kept, &made, "a").await, 3);
    }

    #[tokio::test]
    async fn the_memory_is_bounded() {
        let (kept, made) = (Kept::new(Duration::from_secs(60)), AtomicUsize::new(0));
        for number in 0..MOST * 2 {
            kept.get(&number.to_string(), async { Ok(made.fetch_add(1, Ordering::SeqCst)) }).await.unwrap();
        }
        assert!(kept.answers.lock().len() <= MOST);
    }
}
