//! For tests: a bus as bad as the contract allows.

use std::sync::Mutex;

use model::Moved;

use crate::embedded::Embedded;
use crate::{Engine, Subscription};

/// Loses, repeats and reorders what it is given, as a seed decides.
pub struct Unreliable {
    inner: Embedded,
    state: Mutex<State>,
}

struct State {
    random: u64,
    held_back: Vec<Moved>,
}

impl Unreliable {
    pub fn new(seed: u64) -> Self {
        let state = State { random: seed | 1, held_back: Vec::new() };
        Self { inner: Embedded::default(), state: Mutex::new(state) }
    }
}

impl State {
    /// xorshift64: enough to make a mess that can be repeated.
    fn roll(&mut self, sides: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % sides
    }
}

impl Engine for Unreliable {
    fn publish(&self, moved: &[Moved]) {
        let mut state = self.state.lock().expect("no publisher panics");
        for one in moved {
            match state.roll(5) {
                0 => {}
                1 => self.inner.publish(&[one.clone(), one.clone()]),
                2 => state.held_back.push(one.clone()),
                3 => {
                    let late = std::mem::take(&mut state.held_back);
                    self.inner.publish(std::slice::from_ref(one));
                    self.inner.publish(&late);
                }
                _ => self.inner.publish(std::slice::from_ref(one)),
            }
        }
    }

    fn subscribe(&self) -> Subscription {
        self.inner.subscribe()
    }
}
