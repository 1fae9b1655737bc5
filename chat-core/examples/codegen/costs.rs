//! The page of the guide with the maximum cost of each command and call.

use std::fmt::Write as _;

use chat_core::Config;
use chat_core::cost::{Audience, Cost, Each, Size, costs};

const INTRO: &str = "\
# Costs

The maximum cost of each command and call with the [default settings](settings.md). `cargo xtask codegen` generates
this page from `chat_core::cost`, and a test measures bytes, store calls and allocations of each at its worst input.
`chat_core::cost::Cost` computes the same for other settings.

- **rate**: the [rate class](settings.md#rates) that it counts against.
- **answer**: the largest answer in bytes. For `JOIN_ROOM`, that of each frame; the next frame is read once the
  previous one is written. An error has the size *small* and notifies no other user.
- **notifies**: the recipients, and the frames and bytes for each of their connections. *Joined* are the connections
  that have joined the room; *members* also include the other connections of the affected users.
- **store calls**: calls to the stores of rooms, messages, users and moderation with empty caches. Hooks come on top.
- **memory**: bytes held until the answer is complete, besides the outboxes.
";

/// Generates the page.
pub(crate) fn page() -> Result<String, std::fmt::Error> {
    let config = Config::default();
    let (calls, commands): (Vec<_>, Vec<_>) = costs().partition(|cost| cost.name.contains(' '));
    let mut page = INTRO.to_owned();
    for (heading, name, costs) in [
        ("Commands", "command", &commands),
        ("Calls", "call", &calls),
    ] {
        write!(page, "\n## {heading}\n\n")?;
        writeln!(
            page,
            "| {name} | rate | answer | notifies | store calls | memory |"
        )?;
        writeln!(page, "|---|---|---|---|---|---|")?;
        for cost in costs {
            writeln!(page, "{}", row(cost, &config))?;
        }
    }
    page += "\n## Sizes\n\n| size | bytes | contents |\n|---|---|---|\n";
    let mut sizes: Vec<Size> = Vec::new();
    for size in costs().flat_map(|cost| [cost.answer, cost.event]) {
        if size != Size::Nothing && !sizes.contains(&size) {
            sizes.push(size);
        }
    }
    for size in sizes {
        let (name, what) = described(size);
        let bytes = number(size.max_bytes(&config));
        writeln!(page, "| {name} | {bytes} | {what} |")?;
    }
    page += "\n## Numbers\n\n| number | at most | meaning |\n|---|---|---|\n";
    for each in [
        Each::RoomsOfUser,
        Each::SharedRoom,
        Each::Entry,
        Each::Member,
    ] {
        let (name, what) = counted(each);
        writeln!(page, "| {name} | {} | {what} |", each.most(&config))?;
    }
    Ok(page)
}

fn row(cost: &Cost, config: &Config) -> String {
    let answer = match cost.answer {
        Size::Nothing => "none".to_owned(),
        size => format!("{}, {}", described(size).0, number(size.max_bytes(config))),
    };
    let circle = match cost.audience {
        Audience::Nobody => "nobody",
        Audience::Joined => "joined",
        _ => "members",
    };
    let tells = match cost.frames {
        0 => circle.to_owned(),
        frames => {
            let bytes = number(cost.max_told_bytes(config));
            format!("{circle}: {frames}, {bytes}")
        }
    };
    let each = cost.calls_each.iter().map(|(n, each)| {
        let name = counted(*each).0;
        match n {
            1 => format!(" + {name}"),
            n => format!(" + {n} × {name}"),
        }
    });
    let calls = format!("{}{}", cost.calls, each.collect::<String>());
    let memory = number(cost.max_memory_bytes(config));
    format!(
        "| `{}` | {} | {answer} | {tells} | {calls} | {memory} |",
        cost.name, cost.rate
    )
}

/// Returns the name and the description of a size.
fn described(size: Size) -> (&'static str, &'static str) {
    match size {
        Size::Nothing => ("nothing", "no bytes"),
        Size::Small => ("small", "some ids, times and numbers"),
        Size::Message => (
            "message",
            "the longest text, all of it escaped, with all mentions, attachments, reactions and metadata",
        ),
        Size::Room => ("room", "with the longest name and the largest metadata"),
        Size::RoomAndMessage => (
            "room and message",
            "a room, and the system message about it",
        ),
        Size::Page => (
            "page",
            "`page_max_bytes`, or one entry where that is larger",
        ),
        Size::Thread => ("thread", "a page, and the root of the thread"),
        Size::Frame => (
            "frame",
            "32,768 bytes of messages, or one message where that is larger",
        ),
        Size::Report => ("report", "with the text of its message and a reason"),
        Size::Blocked => ("blocked", "up to `limits.max_blocked` users"),
        Size::Readers => ("readers", "up to `limits.max_readers` users"),
        Size::Online => ("online", "up to `presence_max` users"),
        Size::Presence => ("presence", "of up to 100 users"),
        _ => ("", ""),
    }
}

/// Returns the name and the description of a number.
fn counted(each: Each) -> (&'static str, &'static str) {
    match each {
        Each::RoomsOfUser => (
            "*pages of rooms*",
            "200 rooms of the user each, of `limits.max_rooms_per_user`",
        ),
        Each::SharedRoom => (
            "*shared rooms*",
            "looked at for shared members: `presence_rooms_max`",
        ),
        Each::Entry => ("*entries*", "of the page, and one more"),
        Each::Member => (
            "*members*",
            "connected, and not joined: up to `per_user_fanout_max`, once in `activity_delay_ms` however much is sent",
        ),
        Each::Frame => ("*frames*", "of the answer"),
        _ => ("", ""),
    }
}

/// Formats a number with commas.
fn number(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
