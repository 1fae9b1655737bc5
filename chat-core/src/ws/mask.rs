/// Unmasks `data` and rotates `mask` for the next byte of the same frame.
pub(super) fn unmask(data: &mut [u8], mask: &mut [u8; 4]) {
    let [a, b, c, d] = *mask;
    let key = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    let (words, tail) = data.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ key).to_ne_bytes();
    }
    for (byte, key) in tail.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= key;
    }
    mask.rotate_left(data.len() % 4);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::unmask;

    proptest! {
        #[test]
        fn any_split_equals_byte_by_byte(
            data in prop::collection::vec(any::<u8>(), 0..100),
            mask: [u8; 4],
            at in any::<prop::sample::Index>(),
        ) {
            let expected: Vec<u8> = data.iter().zip(mask.iter().cycle()).map(|(b, m)| b ^ m).collect();
            let mut split = data.clone();
            let mut key = mask;
            let (left, right) = split.split_at_mut(at.index(data.len() + 1));
            unmask(left, &mut key);
            unmask(right, &mut key);
            prop_assert_eq!(split, expected);
        }
    }
}
