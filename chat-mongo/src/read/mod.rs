//! Reading: pages, counts and searches. All of it goes through windows of positions that are bounded
//! on both sides, or through an index that begins with the room.

mod changes;
mod counts;
mod history;
mod pushes;
mod readers;
mod search;
mod since;
mod threads;
mod window;
