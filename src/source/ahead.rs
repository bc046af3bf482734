//! Bytes of an input that came before they were asked for.

use std::collections::VecDeque;

/// Pieces of an input that follow each other.
#[derive(Debug, Default)]
pub struct Ahead {
    /// Offset of the first byte that is still here.
    start: u64,
    pieces: VecDeque<Vec<u8>>,
}

impl Ahead {
    /// No bytes yet; the first ones will be from this offset.
    pub fn from(start: u64) -> Ahead {
        Ahead {
            start,
            pieces: VecDeque::new(),
        }
    }

    /// Adds the bytes that follow.
    pub fn push(&mut self, piece: Vec<u8>) {
        self.pieces.push_back(piece);
    }

    /// Takes the bytes from an offset on, at least one and at most `length`, and forgets what is before them; `None` if they
    /// are not here.
    pub fn take(&mut self, offset: u64, length: usize) -> Option<Vec<u8>> {
        let ends_before = |start: u64, piece: &Vec<u8>| start + piece.len() as u64 <= offset;
        while let Some(piece) = self
            .pieces
            .pop_front_if(|piece| ends_before(self.start, piece))
        {
            self.start += piece.len() as u64;
        }
        let n_before = usize::try_from(offset.checked_sub(self.start)?).ok()?;
        let mut piece = self.pieces.pop_front()?;
        piece.drain(..n_before);
        if piece.len() > length {
            self.pieces.push_front(piece.split_off(length));
        }
        self.start = offset + piece.len() as u64;
        Some(piece)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_found_where_they_stand_and_what_is_passed_is_forgotten() {
        let mut ahead = Ahead::from(100);
        assert_eq!(ahead.take(100, 9), None, "nothing came");
        ahead.push(b"abcd".to_vec());
        ahead.push(b"efgh".to_vec());
        assert_eq!(ahead.take(99, 9), None, "it is before all");
        assert_eq!(ahead.take(100, 3), Some(b"abc".to_vec()));
        assert_eq!(ahead.take(103, 9), Some(b"d".to_vec()));
        assert_eq!(ahead.take(105, 9), Some(b"fgh".to_vec()));
        assert_eq!(ahead.take(100, 9), None, "it is gone");
        // asked for too early, read elsewhere, and then they come
        assert_eq!(ahead.take(108, 9), None);
        ahead.push(b"ijkl".to_vec());
        ahead.push(b"mnop".to_vec());
        assert_eq!(ahead.take(114, 9), Some(b"op".to_vec()));
        assert_eq!(ahead.take(116, 9), None);
        ahead.push(b"q".to_vec());
        assert_eq!(ahead.take(116, 9), Some(b"q".to_vec()));
    }
}
