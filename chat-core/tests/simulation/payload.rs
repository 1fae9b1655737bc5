use chat_core::protocol::Limits;
use serde_json::{Value, json};

/// Fills a send command with random content: mostly a few words, sometimes the maximum that the
/// limits allow. `long` is the probability of a long text, from 0 to 1.
pub(crate) fn fill(command: &mut Value, words: &str, long: f64, random: &mut fastrand::Rng) {
    let limits = Limits::default();
    command["text"] = json!(words);
    if random.f64() >= long {
        return;
    }
    let chars = match random.u8(..4) {
        0 => random.usize(100..2_000),
        _ => limits.max_text_chars,
    };
    // Keep the words in front, to tell messages apart.
    let rest = "語".repeat(chars - words.chars().count());
    command["text"] = json!(format!("{words}{rest}"));
    if random.u8(..4) == 0 {
        let url = "https://files.example/";
        let url = format!("{url}{}", "x".repeat(limits.max_url_bytes - url.len()));
        let one = json!({"url": url, "mimeType": "image/png", "name": "a.png", "size": 123});
        command["attachments"] = vec![one; limits.max_attachments].into();
        let around = json!({"a": ""}).to_string().len();
        command["metadata"] = json!({"a": "m".repeat(limits.max_metadata_bytes - around)});
    }
}
