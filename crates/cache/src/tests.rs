//! The suite that every kind of cache passes.

use model::Instant;

use crate::{Cache, connect};

const NOW: Instant = Instant(1_795_000_000_000_000);

fn conforms(cache: &Cache) {
    let until = NOW.plus_seconds(60);
    for expected in [Some(1), Some(2), Some(3), None, None] {
        assert_eq!(cache.count("one", 3, NOW, until), expected);
    }
    assert_eq!(cache.count("other", 3, NOW, until), Some(1), "keys do not share");
    assert_eq!(cache.count("one", 3, until, until.plus_seconds(60)), Some(1), "a new window");

    assert!(!cache.is_marked("gone", NOW));
    cache.mark("gone", until);
    assert!(cache.is_marked("gone", NOW));
    assert!(!cache.is_marked("gone", until));
}

/// However many count at once, no more get through than the limit allows.
fn is_atomic(cache: &Cache) {
    let passed: usize = std::thread::scope(|scope| {
        let counting = || {
            (0..1000)
                .filter(|_| cache.count("race", 500, NOW, NOW.plus_seconds(1)).is_some())
                .count()
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(counting)).collect();
        threads.into_iter().map(|t| t.join().unwrap()).sum()
    });
    assert_eq!(passed, 500);
}

#[test]
fn the_cache_in_memory_conforms() {
    let cache = connect("memory:").unwrap();
    conforms(&cache);
    is_atomic(&cache);
}

#[test]
fn an_unknown_cache_is_refused_with_what_would_be_right() {
    let error = connect("paper:").err().unwrap().to_string();
    assert!(error.contains("memory:"), "{error}");
}
