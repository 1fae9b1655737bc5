use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::RoomId;
use crate::engine::outbound::Frame;

const MAX_EARLY: usize = 4;
const HEAD: u64 = 20;

fn event(rev: u64) -> Arc<RoomEvent> {
    let frame = Arc::new(Frame::durable(Bytes::from(rev.to_string())));
    let room = RoomId::new("room").unwrap();
    Arc::new(RoomEvent::new(room, (rev, rev), None, false, frame))
}

/// A step of a world in which the log has the positions up to [`HEAD`].
#[derive(Debug, Clone)]
enum Step {
    Hint(u64),
    Head(u64),
    /// The repair under way reads a page of this many positions.
    Read(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (1..=HEAD).prop_map(Step::Hint),
        (1..=HEAD).prop_map(Step::Head),
        (1..=HEAD).prop_map(Step::Read),
    ]
}

/// A repair as the room carries it out: it reads pages from the delivered position to the head.
#[derive(Debug)]
struct Reader {
    after: u64,
    known: u64,
}

#[derive(Debug)]
struct World {
    feed: Feed,
    reader: Option<Reader>,
    delivered: Vec<u64>,
}

impl World {
    fn apply(&mut self, input: Input) {
        let effects = self.feed.apply(input);
        self.delivered.extend(effects.deliver.iter().map(|e| e.rev));
        if effects.repair.is_some() {
            assert!(self.reader.is_none(), "two repairs at once");
            let (after, known) = self.feed.progress();
            self.reader = Some(Reader { after, known });
        }
    }

    fn read(&mut self, limit: u64) {
        let Some(reader) = self.reader.take() else {
            return;
        };
        let through = (reader.after + limit).min(HEAD);
        let finished = (through == HEAD).then_some(reader.known);
        if finished.is_none() {
            let after = through;
            self.reader = Some(Reader { after, ..reader });
        }
        let events = (reader.after + 1..=through).map(event).collect();
        self.apply(Input::Repaired {
            events,
            through,
            finished,
        });
    }
}

proptest! {
    /// Whatever the hints do, events are delivered in order and once, a gap always has a repair, and
    /// the repairs lead to everything that is known.
    #[test]
    fn events_arrive_in_order_and_once(steps in prop::collection::vec(step(), 0..60)) {
        let mut world = World {
            feed: Feed::new(0, MAX_EARLY, (8, 1_000)),
            reader: None,
            delivered: Vec::new(),
        };
        let mut known = 0;
        for step in steps {
            match step {
                Step::Hint(rev) => {
                    known = known.max(rev);
                    world.apply(Input::Event(event(rev)));
                }
                Step::Head(head) => {
                    known = known.max(head);
                    world.apply(Input::Head(head));
                }
                Step::Read(limit) => world.read(limit),
            }
            let has_gap = world.feed.delivered() < known;
            prop_assert!(!has_gap || world.reader.is_some(), "a gap without a repair");
        }
        while world.reader.is_some() {
            world.read(HEAD);
        }
        let delivered = world.feed.delivered();
        prop_assert!(delivered >= known);
        prop_assert_eq!(&world.delivered, &(1..=delivered).collect::<Vec<_>>());
        let recent = world.feed.after(delivered.saturating_sub(2)).unwrap();
        let recent: Vec<_> = recent.map(|e| e.rev).collect();
        prop_assert_eq!(recent, (delivered.saturating_sub(2) + 1..=delivered).collect::<Vec<_>>());
    }
}
