use std::collections::HashMap;
use std::sync::Arc;

use chat_core::backend::Topic;
use parking_lot::Mutex;
use redis::RedisError;
use tokio::sync::{Notify, oneshot};

use super::channels::Channels;
use super::inbox::Inbox;
use crate::address::Address;
use crate::error::unexpected;
use crate::layout::Layout;

/// The sender of a call's result on one link.
pub(super) type Answer = oneshot::Sender<Result<(), RedisError>>;
type Answered = oneshot::Receiver<Result<(), RedisError>>;

/// The id of a link. A link that replaces another has a new id.
pub(super) type LinkId = u64;

/// The topics wanted by this node, and the state of its links.
///
/// Calls change the wanted topics at once and in order. Links bring their subscriptions in line
/// with them. Thus failed calls are remembered, and reordering does no harm.
#[derive(Debug)]
pub(super) struct Topics {
    table: Mutex<Table>,
    inbox: Arc<Inbox>,
    channels: Arc<Channels>,
}

#[derive(Debug, Default)]
struct Table {
    /// The wanted topics with their slots.
    wanted: HashMap<Topic, u16>,
    layout: Option<Arc<Layout>>,
    /// The error of the discovery, while there is no layout.
    lost: Option<RedisError>,
    links: Vec<Link>,
    next_id: LinkId,
    /// The value of [`Link::owed`] for new links, while there are none.
    owed: bool,
}

#[derive(Debug)]
struct Link {
    id: LinkId,
    address: Address,
    state: State,
    /// The topics whose subscription may differ from the wanted state.
    changed: Vec<Topic>,
    waiting: Vec<Answer>,
    wake: Arc<Notify>,
    /// `true` if a call timed out. Its subscriptions are still made, and then the engine receives
    /// `Interrupted`.
    owed: bool,
}

#[derive(Debug)]
enum State {
    /// Connecting for the first time, or reconnecting.
    Connecting,
    Live,
    /// The last attempt to connect failed. It is retried.
    Failing(RedisError),
}

/// The event that a call waits for.
#[derive(Debug)]
pub(super) enum Wait {
    /// The results of these links.
    Links(Vec<Answered>),
    /// The layout. The call then continues with [`Topics::confirm`].
    Layout,
    /// Nothing, since the call failed.
    Failed(RedisError),
}

#[derive(Debug)]
pub(super) struct NewLink {
    pub(super) id: LinkId,
    pub(super) address: Address,
    pub(super) wake: Arc<Notify>,
}

/// The pending changes of a link.
#[derive(Debug, Default)]
pub(super) struct Work {
    pub(super) subscribe: Vec<Topic>,
    pub(super) unsubscribe: Vec<Topic>,
    pub(super) waiting: Vec<Answer>,
}

impl Work {
    pub(super) fn answer(self, result: &Result<(), RedisError>) {
        for answer in self.waiting {
            // The caller may have been cancelled.
            let _ = answer.send(result.clone());
        }
    }
}

impl Topics {
    pub(super) fn new(inbox: Arc<Inbox>, channels: Arc<Channels>) -> Self {
        Self {
            table: Mutex::default(),
            inbox,
            channels,
        }
    }

    /// Adds or removes wanted topics.
    pub(super) fn change(&self, topics: &[Topic], wanted: bool) -> Wait {
        let mut table = self.table.lock();
        for topic in topics {
            if wanted {
                let slot = self.channels.slot(topic);
                table.wanted.insert(topic.clone(), slot);
            } else {
                table.wanted.remove(topic);
            }
        }
        let spacious =
            table.wanted.capacity() > 1024 && table.wanted.capacity() / 4 > table.wanted.len();
        if spacious {
            table.wanted.shrink_to_fit();
        }
        #[allow(clippy::cast_precision_loss, reason = "a gauge is a double")]
        metrics::gauge!("chat_redis_subscriptions").set(table.wanted.len() as f64);
        self.tell(&mut table, topics, wanted)
    }

    /// Passes topics to the links, once there is a layout.
    pub(super) fn confirm(&self, topics: &[Topic]) -> Wait {
        self.tell(&mut self.table.lock(), topics, true)
    }

    fn tell(&self, table: &mut Table, topics: &[Topic], wanted: bool) -> Wait {
        let Some(layout) = table.layout.clone() else {
            return match &table.lost {
                // Without links, nothing is subscribed.
                _ if !wanted => Wait::Links(Vec::new()),
                Some(error) => Wait::Failed(error.clone()),
                None => Wait::Layout,
            };
        };
        let mut touched: Vec<usize> = Vec::new();
        let mut failed = None;
        for topic in topics {
            let slot = table.wanted.get(topic).copied();
            let slot = slot.unwrap_or_else(|| self.channels.slot(topic));
            let node = layout.node_of(slot);
            let link = node.and_then(|node| table.links.iter().position(|l| l.address == *node));
            let Some(n) = link else {
                failed = Some(unexpected("no server owns the slot"));
                continue;
            };
            let link = &mut table.links[n];
            match &link.state {
                State::Failing(error) => failed = Some(error.clone()),
                State::Connecting | State::Live => {}
            }
            link.changed.push(topic.clone());
            if !touched.contains(&n) {
                touched.push(n);
            }
        }
        let mut answers = Vec::new();
        for n in touched {
            let link = &mut table.links[n];
            link.wake.notify_one();
            // An unsubscription need not wait for a link that is not live.
            if wanted || matches!(link.state, State::Live) {
                let (answer, answered) = oneshot::channel();
                link.waiting.push(answer);
                answers.push(answered);
            }
        }
        match failed {
            Some(error) if wanted => Wait::Failed(error),
            _ => Wait::Links(answers),
        }
    }

    /// Records a failed discovery.
    pub(super) fn no_layout(&self, error: RedisError) {
        let mut table = self.table.lock();
        if table.layout.is_none() {
            table.lost = Some(error);
        }
        self.inbox.lost();
    }

    /// Adopts a layout. Returns the links to open and the ids of those to close: of servers that
    /// left or whose slots changed.
    pub(super) fn adopt(&self, layout: &Arc<Layout>) -> (Vec<NewLink>, Vec<LinkId>) {
        let mut table = self.table.lock();
        let table = &mut *table;
        let before = table.layout.replace(Arc::clone(layout));
        table.lost = None;
        let same = |link: &Link| {
            let unchanged = |before: &Arc<Layout>| before.same_slots(layout, &link.address);
            before.as_ref().is_some_and(unchanged)
        };
        let (kept, gone): (Vec<Link>, Vec<Link>) = table.links.drain(..).partition(same);
        table.links = kept;
        let mut new = Vec::new();
        for address in layout.nodes() {
            if table.links.iter().any(|link| link.address == *address) {
                continue;
            }
            let (id, wake) = (table.next_id, Arc::new(Notify::new()));
            table.next_id += 1;
            table.links.push(Link {
                id,
                address: address.clone(),
                state: State::Connecting,
                changed: Vec::new(),
                waiting: Vec::new(),
                wake: Arc::clone(&wake),
                owed: table.owed,
            });
            new.push(NewLink {
                id,
                address: address.clone(),
                wake,
            });
        }
        table.owed = false;
        if before.is_some() && !(new.is_empty() && gone.is_empty()) || !layout.is_complete() {
            self.inbox.lost();
        }
        // Dropping the links fails the calls that wait for them.
        (new, gone.into_iter().map(|link| link.id).collect())
    }

    /// Returns all subscriptions of a link that is being opened.
    pub(super) fn begin(&self, id: LinkId) -> Work {
        let mut table = self.table.lock();
        let table = &mut *table;
        let (Some(layout), Some(link)) =
            (&table.layout, table.links.iter_mut().find(|l| l.id == id))
        else {
            return Work::default();
        };
        link.changed = Vec::new();
        let mine = |(topic, slot): (&Topic, &u16)| {
            let mine = layout.node_of(*slot) == Some(&link.address);
            mine.then(|| topic.clone())
        };
        Work {
            subscribe: table.wanted.iter().filter_map(mine).collect(),
            unsubscribe: Vec::new(),
            waiting: std::mem::take(&mut link.waiting),
        }
    }

    /// Returns the changes of a link since the last call.
    pub(super) fn take(&self, id: LinkId) -> Work {
        let mut table = self.table.lock();
        let table = &mut *table;
        match table.links.iter_mut().find(|link| link.id == id) {
            Some(link) => link.take(&table.wanted),
            None => Work::default(),
        }
    }

    /// Marks a link as live after its subscriptions and a probe, or returns changes to make first.
    ///
    /// The engine receives `Interrupted` once all links are live.
    pub(super) fn live(&self, id: LinkId) -> Option<Work> {
        let mut table = self.table.lock();
        let table = &mut *table;
        let link = table.links.iter_mut().find(|link| link.id == id)?;
        if !link.changed.is_empty() {
            return Some(link.take(&table.wanted));
        }
        link.state = State::Live;
        let owed = std::mem::take(&mut link.owed);
        self.tell_engine(table, owed);
        None
    }

    /// Records that a call of `subscribe` timed out.
    pub(super) fn owe(&self) {
        let mut table = self.table.lock();
        table.owed = table.links.is_empty();
        for link in &mut table.links {
            link.owed = true;
            link.wake.notify_one();
        }
    }

    /// Records that a live link has made its changes.
    pub(super) fn settled(&self, id: LinkId) {
        let mut table = self.table.lock();
        if let Some(link) = table.links.iter_mut().find(|link| link.id == id)
            && link.owed
            && link.changed.is_empty()
        {
            link.owed = false;
            self.tell_engine(&table, true);
        }
    }

    /// Queues `Interrupted` if all links are live and owe nothing. If `owed` is set, queues `Lost`
    /// first.
    fn tell_engine(&self, table: &Table, owed: bool) {
        if owed {
            self.inbox.lost();
        }
        let good = |link: &Link| matches!(link.state, State::Live) && !link.owed;
        let complete = table.layout.as_ref().is_some_and(|l| l.is_complete());
        if complete && table.links.iter().all(good) {
            self.inbox.back();
        }
    }

    /// Records the loss of a live link.
    pub(super) fn lost(&self, id: LinkId) {
        let mut table = self.table.lock();
        if let Some(link) = table.links.iter_mut().find(|link| link.id == id)
            && matches!(link.state, State::Live)
        {
            link.state = State::Connecting;
            self.inbox.lost();
        }
    }

    /// Records a failed attempt to connect.
    pub(super) fn failed(&self, id: LinkId, error: &RedisError) {
        let waiting = {
            let mut table = self.table.lock();
            let Some(link) = table.links.iter_mut().find(|link| link.id == id) else {
                return;
            };
            link.state = State::Failing(error.clone());
            link.changed = Vec::new();
            self.inbox.lost();
            std::mem::take(&mut link.waiting)
        };
        for answer in waiting {
            let _ = answer.send(Err(error.clone()));
        }
    }
}

impl Link {
    fn take(&mut self, wanted: &HashMap<Topic, u16>) -> Work {
        let mut changed = std::mem::take(&mut self.changed);
        changed.sort_unstable();
        changed.dedup();
        let (subscribe, unsubscribe) = changed.into_iter().partition(|t| wanted.contains_key(t));
        Work {
            subscribe,
            unsubscribe,
            waiting: std::mem::take(&mut self.waiting),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::task::{Context, Poll, Waker};

    use chat_core::backend::Arrival;

    use super::*;

    fn topics() -> (Topics, Arc<Inbox>) {
        let inbox = Arc::new(Inbox::new(100, 100));
        let channels = Arc::new(Channels::new("chat:"));
        (Topics::new(Arc::clone(&inbox), channels), inbox)
    }

    fn layout() -> Arc<Layout> {
        Arc::new(Layout::single(Address::new("a", 1)))
    }

    fn room(id: &str) -> Topic {
        Topic::Room(id.parse().unwrap())
    }

    /// Drains the inbox: `L` lost, `I` interrupted, `p` payload.
    fn heard(inbox: &Inbox) -> String {
        let mut cx = Context::from_waker(Waker::noop());
        let mut heard = String::new();
        while let Poll::Ready(Some(arrival)) = inbox.poll(&mut cx) {
            heard.push(match arrival {
                Arrival::Lost => 'L',
                Arrival::Interrupted => 'I',
                Arrival::Payload { .. } => 'p',
            });
        }
        heard
    }

    fn error() -> RedisError {
        unexpected("a test")
    }

    #[test]
    fn a_link_takes_what_is_wanted_in_the_end() {
        let (topics, inbox) = topics();
        assert!(matches!(topics.change(&[room("a")], true), Wait::Layout));
        let (new, gone) = topics.adopt(&layout());
        assert!(new.len() == 1 && gone.is_empty());
        assert_eq!(topics.begin(new[0].id).subscribe, [room("a")]);
        assert!(topics.live(new[0].id).is_none());
        for wanted in [true, false, true] {
            drop(topics.change(&[room("b"), room("c")], wanted));
        }
        drop(topics.change(&[room("a"), room("c")], false));
        let work = topics.take(new[0].id);
        assert_eq!(work.subscribe, [room("b")]);
        assert_eq!(work.unsubscribe, [room("a"), room("c")]);
        assert_eq!(work.waiting.len(), 4);
        assert_eq!(heard(&inbox), "", "no link was lost");
    }

    #[test]
    fn the_link_is_back_only_when_nothing_is_left_to_do() {
        let (topics, inbox) = topics();
        let (new, _) = topics.adopt(&layout());
        let id = new[0].id;
        topics.failed(id, &error());
        assert!(matches!(topics.change(&[room("a")], true), Wait::Failed(_)));
        assert!(matches!(topics.change(&[room("x")], false), Wait::Links(l) if l.is_empty()));
        assert_eq!(topics.begin(id).subscribe, [room("a")]);
        // A change while it subscribes.
        drop(topics.change(&[room("b")], true));
        assert_eq!(topics.live(id).unwrap().subscribe, [room("b")]);
        assert_eq!(heard(&inbox), "L");
        assert!(topics.live(id).is_none());
        topics.lost(id);
        topics.lost(id);
        assert_eq!(heard(&inbox), "IL");
    }

    #[test]
    fn what_a_caller_did_not_wait_for_is_told_when_it_is_done() {
        let (topics, inbox) = topics();
        let (new, _) = topics.adopt(&layout());
        let id = new[0].id;
        topics.begin(id);
        drop(topics.change(&[room("a")], true));
        topics.owe();
        let work = topics.live(id).unwrap();
        assert_eq!(work.subscribe, [room("a")]);
        assert_eq!(heard(&inbox), "");
        assert!(topics.live(id).is_none());
        assert_eq!(heard(&inbox), "LI");
        // The same on a live link.
        drop(topics.change(&[room("b")], true));
        topics.owe();
        topics.take(id);
        topics.settled(id);
        assert_eq!(heard(&inbox), "LI");
        topics.settled(id);
        assert_eq!(heard(&inbox), "");
    }

    #[test]
    fn what_a_caller_did_not_wait_for_is_told_also_without_servers() {
        let (topics, inbox) = topics();
        drop(topics.change(&[room("a")], true));
        topics.owe();
        let (new, _) = topics.adopt(&layout());
        topics.begin(new[0].id);
        assert!(topics.live(new[0].id).is_none());
        assert_eq!(heard(&inbox), "LI");
    }

    #[test]
    fn a_cluster_is_back_when_all_its_links_are() {
        use redis::Value;
        let range = |first, last, port| {
            let master = vec![Value::BulkString(b"a".to_vec()), Value::Int(port)];
            Value::Array(vec![
                Value::Int(first),
                Value::Int(last),
                Value::Array(master),
            ])
        };
        let layout = |middle| {
            let ranges = vec![range(0, middle, 1), range(middle + 1, 16_383, 2)];
            Arc::new(Layout::cluster(&Value::Array(ranges), &Address::new("a", 1)).unwrap())
        };
        let (topics, inbox) = topics();
        let (new, _) = topics.adopt(&layout(8_000));
        let [one, two] = [new[0].id, new[1].id];
        for id in [one, two] {
            topics.begin(id);
            assert!(topics.live(id).is_none());
        }
        topics.lost(one);
        topics.failed(two, &error());
        assert!(topics.live(one).is_none());
        assert_eq!(heard(&inbox), "L");
        assert!(topics.live(two).is_none());
        assert_eq!(heard(&inbox), "I");
        let (new, gone) = topics.adopt(&layout(8_000));
        assert!(new.is_empty() && gone.is_empty());
        let (new, gone) = topics.adopt(&layout(9_000));
        assert_eq!((new.len(), gone), (2, vec![one, two]));
        assert_eq!(heard(&inbox), "L");
        // Replaced links are ignored.
        assert!(topics.live(one).is_none());
        topics.failed(two, &error());
        assert_eq!(heard(&inbox), "");
        for link in new {
            assert!(topics.live(link.id).is_none());
        }
        assert_eq!(heard(&inbox), "I");
    }
}
