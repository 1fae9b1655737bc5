use redis::Value;

use crate::address::Address;
use crate::slot::SLOTS;

/// The assignment of slots to servers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layout {
    nodes: Vec<Address>,
    /// The index of each slot's node, or `None` if a single node owns all slots.
    slots: Option<Box<[u16]>>,
}

/// The index of a slot without a node.
const NOBODY: u16 = u16::MAX;

impl Layout {
    pub(crate) fn single(address: Address) -> Self {
        Self {
            nodes: vec![address],
            slots: None,
        }
    }

    /// Parses the response of `CLUSTER SLOTS`: per range, `[first, last, [host, port, …], replica…]`.
    /// `asked` is the server that sent it, which may omit its own host.
    pub(crate) fn cluster(answer: &Value, asked: &Address) -> Option<Self> {
        let Value::Array(ranges) = answer else {
            return None;
        };
        let mut nodes: Vec<Address> = Vec::new();
        let mut slots = vec![NOBODY; SLOTS].into_boxed_slice();
        for range in ranges {
            let Value::Array(range) = range else {
                return None;
            };
            let [
                Value::Int(first),
                Value::Int(last),
                Value::Array(master),
                ..,
            ] = range.as_slice()
            else {
                return None;
            };
            let [host, Value::Int(port), ..] = master.as_slice() else {
                return None;
            };
            let host = match host {
                Value::BulkString(host) => std::str::from_utf8(host).ok()?,
                Value::SimpleString(host) => host,
                Value::Nil => "",
                _ => return None,
            };
            let host = match host {
                "" => &*asked.host,
                // The host of the node is unknown, so the node cannot be reached.
                "?" => continue,
                host => host,
            };
            let address = Address::new(host, u16::try_from(*port).ok()?);
            let known = nodes.iter().position(|node| *node == address);
            let node = known.unwrap_or_else(|| {
                nodes.push(address);
                nodes.len() - 1
            });
            let first = usize::try_from(*first).ok()?;
            let last = usize::try_from(*last).ok()?;
            let node = u16::try_from(node).ok().filter(|node| *node != NOBODY)?;
            slots.get_mut(first..=last)?.fill(node);
        }
        (!nodes.is_empty()).then_some(Self {
            nodes,
            slots: Some(slots),
        })
    }

    pub(crate) fn nodes(&self) -> &[Address] {
        &self.nodes
    }

    pub(crate) fn is_cluster(&self) -> bool {
        self.slots.is_some()
    }

    pub(crate) fn node_of(&self, slot: u16) -> Option<&Address> {
        match &self.slots {
            None => self.nodes.first(),
            Some(slots) => self.nodes.get(usize::from(slots[usize::from(slot)])),
        }
    }

    /// Returns `true` if every slot has a node.
    pub(crate) fn is_complete(&self) -> bool {
        let complete = |slots: &[u16]| !slots.contains(&NOBODY);
        self.slots.as_deref().is_none_or(complete)
    }

    /// Returns `true` if a node owns the same slots in both layouts.
    pub(crate) fn same_slots(&self, other: &Self, node: &Address) -> bool {
        let (Some(mine), Some(theirs)) = (&self.slots, &other.slots) else {
            return self.is_cluster() == other.is_cluster() && self.nodes == other.nodes;
        };
        let number = |layout: &Self| layout.nodes.iter().position(|n| n == node);
        let (Some(in_mine), Some(in_theirs)) = (number(self), number(other)) else {
            return false;
        };
        mine.iter()
            .zip(theirs)
            .all(|(a, b)| (usize::from(*a) == in_mine) == (usize::from(*b) == in_theirs))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn range(first: i64, last: i64, host: Value, port: i64) -> Value {
        let master = Value::Array(vec![host, Value::Int(port)]);
        let replica = Value::Array(vec![Value::BulkString(b"r".to_vec()), Value::Int(9)]);
        Value::Array(vec![Value::Int(first), Value::Int(last), master, replica])
    }

    fn host(name: &str) -> Value {
        Value::BulkString(name.as_bytes().to_vec())
    }

    #[test]
    fn slots_have_nodes() {
        let asked = Address::new("asked", 1);
        let answer = Value::Array(vec![
            range(0, 99, host("a"), 1),
            range(100, 199, host(""), 2),
            range(200, 299, Value::Nil, 2),
            range(300, 399, host("?"), 3),
            range(16_383, 16_383, host("a"), 1),
        ]);
        let layout = Layout::cluster(&answer, &asked).unwrap();
        let node = |slot| layout.node_of(slot).map(Address::to_string);
        assert_eq!(node(0).as_deref(), Some("a:1"));
        assert_eq!(node(199).as_deref(), Some("asked:2"));
        assert_eq!(node(200).as_deref(), Some("asked:2"));
        assert_eq!(node(300), None);
        assert_eq!(node(16_383).as_deref(), Some("a:1"));
        assert!(!layout.is_complete());
        assert_eq!(layout.nodes().len(), 2);
    }

    #[test]
    fn nonsense_is_no_layout() {
        let asked = Address::new("asked", 1);
        for nonsense in [
            Value::Nil,
            Value::Array(vec![]),
            Value::Array(vec![Value::Int(1)]),
            Value::Array(vec![range(0, 16_384, host("a"), 1)]),
            Value::Array(vec![range(5, 4, host("a"), 100_000)]),
            Value::Array(vec![range(-1, 4, host("a"), 1)]),
            Value::Array(vec![range(9, 4, host("a"), 1)]),
        ] {
            assert_eq!(Layout::cluster(&nonsense, &asked), None, "{nonsense:?}");
        }
    }

    #[test]
    fn a_change_concerns_the_nodes_that_give_and_take() {
        let asked = Address::new("asked", 1);
        let layout = |middle: i64, end: i64| {
            let ranges = vec![
                range(0, middle - 1, host("a"), 1),
                range(middle, end - 1, host("b"), 1),
                range(end, 16_383, host("c"), 1),
            ];
            Layout::cluster(&Value::Array(ranges), &asked).unwrap()
        };
        let (before, after) = (layout(100, 200), layout(101, 200));
        let same = |host| before.same_slots(&after, &Address::new(host, 1));
        assert!(!same("a") && !same("b") && same("c"));
        assert!(before.is_complete());
        let single = Layout::single(asked.clone());
        assert!(single.same_slots(&single, &asked));
        assert!(!single.same_slots(&before, &asked));
    }
}
