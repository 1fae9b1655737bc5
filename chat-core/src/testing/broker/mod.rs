//! The conformance suite for [`Broker`].

mod delivery;
mod ear;
mod flood;
mod links;
mod order;
mod subscribing;

use super::Point;
use super::check::suite;
use crate::backend::Broker;

const NAME: &str = "Broker";
const DELIVERY: Point = Point::contract(NAME, 1, "delivery");
const INTERRUPTED: Point = Point::contract(NAME, 2, "interruptions");
const REMEMBERED: Point = Point::contract(NAME, 3, "remembered topics");
const ORDER: Point = Point::contract(NAME, 4, "order");
const UNSUBSCRIBE: Point = Point::contract(NAME, 5, "unsubscribe");
const PUBLISH: Point = Point::contract(NAME, 6, "publish");
const BOUNDED: Point = Point::contract(NAME, 7, "bounded");
const IDEMPOTENT: Point = Point::contract(NAME, 8, "idempotent");
const ARRIVALS: Point = Point::method(NAME, "arrivals");

suite! {
    ($)
    /// Generates one test per check of a broker, which needs at least two handles; see
    /// [`testing`](crate::testing). Points 2 and 3, about lost links, are checked only if the
    /// cluster has a [`Link`](crate::testing::Link).
    broker_suite, broker, dyn Broker;
    delivery {
        what_is_published_arrives_on_every_handle: DELIVERY,
        topics_do_not_mix: DELIVERY,
        payloads_arrive_as_they_were: DELIVERY,
        a_batch_reaches_many_topics: PUBLISH,
        arrivals_are_taken_once: ARRIVALS,
    }
    order {
        publications_arrive_in_order: ORDER,
    }
    subscribing {
        nothing_arrives_after_unsubscribing: UNSUBSCRIBE,
        subscribing_twice_is_subscribing_once: IDEMPOTENT,
        the_last_call_counts: IDEMPOTENT,
    }
    flood {
        a_receiver_that_does_not_listen_holds_up_nobody: BOUNDED,
    }
    links {
        after_an_interruption_subscriptions_work: INTERRUPTED,
        topics_subscribed_while_cut_off_are_remembered: REMEMBERED,
    }
}
