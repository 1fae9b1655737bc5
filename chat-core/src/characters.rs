//! Detection of deceptive characters: format characters and invisible ones. They can make two names
//! look alike, make a name look blank, or reverse the text around it.

/// Format characters (Unicode's category `Cf`) and default-ignorable code points, as inclusive
/// ranges.
pub(crate) const HIDDEN: [(char, char); 25] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{34f}', '\u{34f}'),
    ('\u{600}', '\u{605}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{6dd}', '\u{6dd}'),
    ('\u{70f}', '\u{70f}'),
    ('\u{890}', '\u{891}'),
    ('\u{8e2}', '\u{8e2}'),
    ('\u{115f}', '\u{1160}'),
    ('\u{17b4}', '\u{17b5}'),
    ('\u{180b}', '\u{180f}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{202a}', '\u{202e}'),
    ('\u{2060}', '\u{206f}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{ffa0}', '\u{ffa0}'),
    ('\u{fff0}', '\u{fffb}'),
    ('\u{110bd}', '\u{110bd}'),
    ('\u{110cd}', '\u{110cd}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0000}', '\u{e0fff}'),
];

/// Joiners, which shape letters in some scripts and make one emoji of several.
pub(crate) const JOINERS: [(char, char); 1] = [('\u{200c}', '\u{200d}')];

/// Variation selectors, which choose a form of the character before them.
pub(crate) const SELECTORS: [(char, char); 4] = [
    ('\u{180b}', '\u{180d}'),
    ('\u{180f}', '\u{180f}'),
    ('\u{fe00}', '\u{fe0f}'),
    ('\u{e0100}', '\u{e01ef}'),
];

/// The Braille blank, which looks like white space but is not classified as such.
pub(crate) const BRAILLE_BLANK: char = '\u{2800}';

/// The line and paragraph separators, which are not control characters.
pub(crate) const SEPARATORS: (char, char) = ('\u{2028}', '\u{2029}');

fn is_in(ranges: &[(char, char)], c: char) -> bool {
    let at = ranges.partition_point(|(_, last)| *last < c);
    ranges.get(at).is_some_and(|(first, _)| *first <= c)
}

/// Returns `true` for a format character or a default-ignorable code point.
pub(crate) fn is_hidden(c: char) -> bool {
    !c.is_ascii() && is_in(&HIDDEN, c)
}

/// The role of a character in a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Blank,
    Visible,
    Selector,
    Joiner,
}

fn part(c: char) -> Option<Part> {
    match c {
        _ if c.is_ascii_graphic() => Some(Part::Visible),
        _ if c.is_control() || (SEPARATORS.0..=SEPARATORS.1).contains(&c) => None,
        _ if c.is_whitespace() || c == BRAILLE_BLANK => Some(Part::Blank),
        _ if is_in(&JOINERS, c) => Some(Part::Joiner),
        _ if is_in(&SELECTORS, c) => Some(Part::Selector),
        _ if is_hidden(c) => None,
        _ => Some(Part::Visible),
    }
}

/// Returns `true` if a line of text shows anything, or `None` if it is malformed.
///
/// A malformed line contains a control character, a line break or a hidden character. A variation
/// selector after a visible character and a joiner between two of them are allowed.
pub(crate) fn shows(line: &str) -> Option<bool> {
    let mut last = Part::Blank;
    let mut visible = false;
    for c in line.chars() {
        let next = part(c)?;
        match (last, next) {
            (Part::Blank | Part::Joiner, Part::Selector | Part::Joiner)
            | (Part::Joiner, Part::Blank) => return None,
            _ => {}
        }
        visible |= next == Part::Visible;
        last = next;
    }
    (last != Part::Joiner).then_some(visible)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use regex::Regex;

    use super::*;

    #[test]
    fn hidden_is_what_unicode_says() {
        let unicode = Regex::new(r"^[\p{Cf}\p{Default_Ignorable_Code_Point}]$").unwrap();
        let mut buffer = [0; 4];
        for c in '\0'..=char::MAX {
            let is_one = unicode.is_match(c.encode_utf8(&mut buffer));
            assert_eq!(is_hidden(c), is_one, "U+{:04X}", u32::from(c));
        }
    }

    #[test]
    fn what_selects_and_joins_is_hidden() {
        for (first, last) in JOINERS.iter().chain(&SELECTORS) {
            assert!((*first..=*last).all(is_hidden), "{first:?}");
        }
    }

    #[test]
    fn lines() {
        for line in [
            "Général",
            "می\u{200c}خواهم",
            "👩\u{200d}👩\u{200d}👧 and ❤\u{fe0f}\u{200d}🔥",
            "葛\u{e0100}飾区",
            " a\u{3000}b ",
        ] {
            assert_eq!(shows(line), Some(true), "{line:?}");
        }
        for line in ["", " ", "\u{2800}\u{a0}"] {
            assert_eq!(shows(line), Some(false), "{line:?}");
        }
        for line in [
            "a\nb",
            "a\u{2028}b",
            "\u{200b}",
            "adm\u{ad}in",
            "\u{202e}nimda",
            "\u{2066}a\u{2069}",
            "a\u{feff}",
            "\u{3164}",
            "\u{fe0f}",
            "a \u{fe0f}",
            "\u{200d}a",
            "a\u{200d}",
            "a\u{200d} b",
            "a\u{200d}\u{200c}b",
            "🏴\u{e0067}\u{e0062}\u{e007f}",
        ] {
            assert_eq!(shows(line), None, "{line:?}");
        }
    }
}
