//! The two random streams behind scikit-learn's forest.

/// Mersenne Twister MT19937, seeded and read as numpy's legacy `RandomState` (Matsumoto and Nishimura 1998).
#[derive(Clone)]
pub struct MersenneTwister {
    key: [u32; N],
    position: usize,
}

const N: usize = 624;
const M: usize = 397;

impl std::fmt::Debug for MersenneTwister {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("MersenneTwister")
            .field("position", &self.position)
            .finish_non_exhaustive()
    }
}

impl MersenneTwister {
    /// Seeds with one integer, as `RandomState(seed)` does.
    pub fn new(seed: u32) -> MersenneTwister {
        let mut key = [0; N];
        let mut last = seed;
        for (i, word) in (0..).zip(&mut key) {
            if i > 0 {
                last = 1_812_433_253_u32
                    .wrapping_mul(last ^ (last >> 30))
                    .wrapping_add(i);
            }
            *word = last;
        }
        MersenneTwister { key, position: N }
    }

    fn regenerate(&mut self) {
        let key = &mut self.key;
        let twisted = |word: u32, next: u32, far: u32| {
            let y = (word & 0x8000_0000) | (next & 0x7fff_ffff);
            let odd = if y & 1 == 1 { 0x9908_b0df } else { 0 };
            far ^ (y >> 1) ^ odd
        };
        // each word with the one after it and the one M further on, around the end
        for i in 0..N - M {
            key[i] = twisted(key[i], key[i + 1], key[i + M]);
        }
        for i in N - M..N - 1 {
            key[i] = twisted(key[i], key[i + 1], key[i + M - N]);
        }
        key[N - 1] = twisted(key[N - 1], key[0], key[M - 1]);
        self.position = 0;
    }

    /// Passes over so many draws of 32 bits, sooner than they are drawn.
    pub fn skip(&mut self, n_draws: u64) {
        let mut left = n_draws;
        while left > 0 {
            if self.position == N {
                self.regenerate();
            }
            let n = left.min((N - self.position) as u64);
            self.position += n as usize;
            left -= n;
        }
    }

    /// Draws 32 uniform bits.
    pub fn next_u32(&mut self) -> u32 {
        if self.position == N {
            self.regenerate();
        }
        let mut y = self.key[self.position];
        self.position += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ (y >> 18)
    }

    /// Draws a uniform number in `[0, 1)` with 53 bits.
    pub fn next_f64(&mut self) -> f64 {
        let high = f64::from(self.next_u32() >> 5);
        let low = f64::from(self.next_u32() >> 6);
        (high * 67_108_864.0 + low) / 9_007_199_254_740_992.0
    }

    /// Draws a uniform integer in `0..=greatest`, by masking and rejecting; draws nothing if `greatest` is 0.
    pub fn upto(&mut self, greatest: u32) -> u32 {
        if greatest == 0 {
            return 0;
        }
        let mask = u32::MAX >> greatest.leading_zeros();
        loop {
            let value = self.next_u32() & mask;
            if value <= greatest {
                return value;
            }
        }
    }

    /// Draws a uniform integer in `low..high`, as `RandomState.randint(low, high)` does.
    ///
    /// # Panics
    /// If the range is empty.
    pub fn randint(&mut self, low: u32, high: u32) -> u32 {
        assert!(low < high, "randint needs a range that is not empty");
        low + self.upto(high - 1 - low)
    }

    /// Draws a permutation of `0..n`.
    pub fn permutation(&mut self, n: u32) -> Vec<u32> {
        let mut items: Vec<u32> = (0..n).collect();
        for i in (1..n).rev() {
            let j = self.upto(i);
            items.swap(i as usize, j as usize);
        }
        items
    }
}

/// The 32-bit xorshift stream inside a tree (Marsaglia 2003, shifts 13, 17, 5).
#[derive(Debug, Clone)]
pub struct XorShift(u32);

impl XorShift {
    /// Starts from a state; 0, from which the stream would never leave, counts as 1.
    pub fn new(state: u32) -> XorShift {
        XorShift(state)
    }

    /// Draws 31 uniform bits.
    pub fn next_u31(&mut self) -> u32 {
        let mut state = self.0.max(1);
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        self.0 = state;
        state & 0x7fff_ffff
    }

    /// Draws an integer in `low..high` by the remainder; always one draw.
    pub(super) fn index(&mut self, low: usize, high: usize) -> usize {
        low + self.next_u31() as usize % (high - low)
    }

    /// Draws a number from `low` to `high`, both possible.
    pub(super) fn uniform(&mut self, low: f64, high: f64) -> f64 {
        ((high - low) * f64::from(self.next_u31())) / 2_147_483_647.0 + low
    }
}
