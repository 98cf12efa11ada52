//! The suite that every kind of bus passes.

use model::{Moved, StreamName};

use crate::{Bus, Heard};

fn moved(number: i64) -> Moved {
    let stream = StreamName::parse("suite/thing/01900000-0000-7000-8000-000000000001");
    Moved { stream: stream.unwrap(), number }
}

/// Publishing reaches each listener that was there before, and none is needed.
async fn conforms(bus: Bus) {
    bus.publish(&[moved(1)]);
    let (mut one, mut two) = (bus.subscribe(), bus.clone().subscribe());
    assert_eq!(one.heard(), None, "what came before is not heard");
    bus.publish(&[moved(2), moved(3)]);
    for listener in [&mut one, &mut two] {
        assert_eq!(listener.next().await, Some(Heard::Moved(moved(2))));
        assert_eq!(listener.next().await, Some(Heard::Moved(moved(3))));
        assert_eq!(listener.heard(), None);
    }
    for number in 0..20_000 {
        bus.publish(&[moved(number)]);
    }
    assert_eq!(one.next().await, Some(Heard::Missed), "a slow listener is told");
    drop(bus);
    while two.next().await.is_some() {}
}

#[tokio::test]
async fn the_embedded_bus_conforms() {
    conforms(crate::connect("embedded:").unwrap()).await;
}

#[test]
fn an_unknown_bus_is_refused_with_what_would_be_right() {
    let error = crate::connect("carrier-pigeon://").err().unwrap().to_string();
    assert!(error.contains("embedded:"), "{error}");
}
