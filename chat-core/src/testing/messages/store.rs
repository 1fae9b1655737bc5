use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::{LOG, MessageBackend};
use crate::random::HashMap;
use crate::testing::check::{Must, Point};
use crate::testing::{Cluster, Link};
use crate::{Epoch, RoomId};

/// A handle on the store under test. The handles of a cluster share the epochs they have opened.
///
/// Reading an epoch before each write would refresh what a handle caches of the log, and so hide the
/// collisions that the checks are after.
#[derive(Debug, Clone)]
pub(super) struct Store {
    handle: Arc<dyn MessageBackend>,
    epochs: Arc<Mutex<HashMap<RoomId, Epoch>>>,
}

impl Store {
    /// The epoch of a room's log, which is opened if no check has done so.
    pub(super) async fn epoch(&self, room: &RoomId) -> Epoch {
        const OPEN: Point = Point::method(LOG, "open");
        let known = self.epochs.lock().get(room).copied();
        match known {
            Some(epoch) => epoch,
            None => {
                let epoch = self.handle.open(room).await.must(OPEN, "open").epoch;
                self.opened(room, epoch);
                epoch
            }
        }
    }

    pub(super) fn opened(&self, room: &RoomId, epoch: Epoch) {
        self.epochs.lock().insert(room.clone(), epoch);
    }
}

impl Deref for Store {
    type Target = dyn MessageBackend;

    fn deref(&self) -> &Self::Target {
        &*self.handle
    }
}

/// The handles of a cluster.
#[derive(Debug)]
pub(super) struct Stores {
    nodes: Vec<Store>,
    cluster: Cluster<dyn MessageBackend>,
}

impl Stores {
    pub(super) fn node(&self, n: usize) -> Store {
        self.nodes[n % self.nodes.len()].clone()
    }

    pub(super) fn nodes(&self) -> &[Store] {
        &self.nodes
    }

    pub(super) fn link(&self) -> Option<Arc<dyn Link>> {
        self.cluster.link()
    }

    pub(super) const fn patience(&self) -> Duration {
        self.cluster.patience()
    }
}

impl From<Cluster<dyn MessageBackend>> for Stores {
    fn from(cluster: Cluster<dyn MessageBackend>) -> Self {
        let epochs = Arc::default();
        let store = |handle: &Arc<dyn MessageBackend>| Store {
            handle: Arc::clone(handle),
            epochs: Arc::clone(&epochs),
        };
        Self {
            nodes: cluster.nodes().iter().map(store).collect(),
            cluster,
        }
    }
}
