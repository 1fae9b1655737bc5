//! Reads: pages, counts and searches. Each query uses a window of positions bounded on both sides,
//! or an index that starts with the room.

mod changes;
mod counts;
mod history;
mod pushes;
mod readers;
mod search;
mod since;
mod threads;
mod window;
