//! The slots of a Redis Cluster.

/// The number of slots.
pub(crate) const SLOTS: usize = 16_384;

/// Returns the slot of a key or channel: the CRC-16 (XMODEM) of the text between the first `{` and
/// the next `}`, or of the whole key if that is empty or missing.
pub(crate) fn slot(key: &[u8]) -> u16 {
    crc16(tag(key).unwrap_or(key)) % 16_384
}

fn tag(key: &[u8]) -> Option<&[u8]> {
    let open = key.iter().position(|b| *b == b'{')? + 1;
    let length = key[open..].iter().position(|b| *b == b'}')?;
    (length > 0).then(|| &key[open..open + length])
}

fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        let index = usize::from((crc >> 8) ^ u16::from(*byte));
        (crc << 8) ^ TABLE[index]
    })
}

const TABLE: [u16; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    let mut entry: u16 = 0;
    while byte < 256 {
        let mut crc = entry << 8;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 0x8000 == 0 {
                crc << 1
            } else {
                (crc << 1) ^ 0x1021
            };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
        entry = entry.wrapping_add(1);
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    /// Values from the specification and from `CLUSTER KEYSLOT`.
    #[test]
    fn slots_are_those_of_redis() {
        assert_eq!(crc16(b"123456789"), 0x31c3);
        assert_eq!(slot(b"a"), 15_495);
        assert_eq!(slot(b"foo"), 12_182);
        assert_eq!(slot(b"{user1000}.following"), slot(b"user1000"));
        assert_eq!(slot(b"foo{{bar}}zap"), slot(b"{bar"));
        assert_eq!(slot(b"foo{bar}{zap}"), slot(b"bar"));
        // An empty tag is ignored.
        assert_eq!(slot(b"foo{}{bar}"), crc16(b"foo{}{bar}") % 16_384);
        assert_ne!(slot(b"{}a"), slot(b"{}b"));
        assert_eq!(slot(b""), 0);
    }
}
