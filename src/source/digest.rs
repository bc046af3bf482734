//! The SHA-256 of an input.

use sha2::{Digest, Sha256};

use super::{Error, Input};

/// Bytes read at once.
const SLICE_BYTES: usize = 8 << 20;

/// Returns the SHA-256 of all bytes as 64 hexadecimal digits; `tell` gets the number of bytes done.
///
/// # Errors
/// [`Error::Unreadable`] if the bytes cannot be had any more.
pub fn sha256(input: &mut dyn Input, tell: &mut dyn FnMut(u64)) -> Result<String, Error> {
    let mut hash = Sha256::new();
    let mut done = 0;
    while done < input.size() {
        let bytes = input.read(done, SLICE_BYTES)?;
        if bytes.is_empty() {
            break;
        }
        hash.update(&bytes);
        done += bytes.len() as u64;
        tell(done);
    }
    let digest = hash.finalize();
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of FIPS 180-2, appendix B: one block, two, and many.
    #[test]
    fn digests_are_those_of_the_standard() {
        let million = vec![b'a'; 1_000_000];
        for (bytes, digest) in [
            (
                &b"abc"[..],
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            ),
            (
                b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
            ),
            (
                &million,
                "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
            ),
        ] {
            let mut done = 0;
            let found = sha256(&mut &bytes[..], &mut |bytes| done = bytes);
            assert_eq!(found, Ok(digest.to_owned()));
            assert_eq!(done, bytes.len() as u64);
        }
    }
}
