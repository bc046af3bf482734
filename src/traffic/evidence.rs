//! What the values of a column of numbers say of themselves, where its name says nothing.

use std::cell::OnceCell;

use crate::table::Numbers;

/// The most values that are looked at: enough to tell, and few enough that a long log takes no longer to open.
const MAX_SAMPLE: usize = 2000;

/// Fewer values say nothing of how they are spread.
const MIN_SPREAD: usize = 50;

/// Fewer values say nothing of what most of them are.
const MIN_SHARE: usize = 20;

/// Above, an f64 does not tell neighbouring whole numbers apart: 2 to the power of 53.
const EXACT_WHOLE: f64 = 9_007_199_254_740_992.0;

/// The end of 64-bit whole numbers.
const END_OF_64_BITS: f64 = 18_446_744_073_709_551_616.0;

/// Ports of services that most traffic goes to (IANA's registry).
const SERVICE_PORTS: [u32; 36] = [
    20, 21, 22, 23, 25, 53, 67, 80, 88, 110, 123, 135, 137, 138, 139, 143, 161, 389, 443, 445, 465,
    514, 587, 636, 993, 995, 1433, 1521, 1883, 3306, 3389, 5060, 5432, 6379, 8080, 8443,
];

/// Where systems take the source ports of connections from: Linux from 32768 on, others from 49152 on (RFC 6335).
const FIRST_EPHEMERAL: f64 = 32768.0;

/// Status codes of HTTP that servers really send (RFC 9110), those of nginx and Cloudflare included.
const HTTP_STATUSES: [u32; 46] = [
    0, 100, 101, 200, 201, 202, 203, 204, 205, 206, 207, 301, 302, 303, 304, 307, 308, 400, 401,
    402, 403, 404, 405, 406, 408, 409, 410, 411, 412, 413, 414, 415, 416, 421, 422, 425, 429, 431,
    444, 499, 500, 501, 502, 503, 504, 520,
];

/// Protocols that go over IP, by IANA's numbers.
const IP_PROTOCOLS: [u32; 11] = [0, 1, 2, 6, 17, 41, 47, 50, 51, 58, 132];

/// Some values of a column, evenly over its rows, in the order of the rows.
pub(super) struct Evidence {
    /// The row of each value.
    rows: Vec<usize>,
    values: Vec<f64>,
    sorted: OnceCell<Vec<f64>>,
}

impl Evidence {
    /// Looks at a column.
    pub(super) fn of(numbers: &Numbers) -> Evidence {
        let n_rows = numbers.values.len();
        let n = n_rows.min(MAX_SAMPLE);
        let rows = (0..n).map(|i| i * n_rows / n);
        Evidence::of_cells(rows.map(|row| (row, numbers.values.number(row))))
    }

    fn of_cells(cells: impl Iterator<Item = (usize, f64)>) -> Evidence {
        let (rows, values) = cells.filter(|(_, value)| value.is_finite()).unzip();
        Evidence {
            rows,
            values,
            sorted: OnceCell::new(),
        }
    }

    /// Number of values that were looked at.
    pub(super) fn n_values(&self) -> u64 {
        self.values.len() as u64
    }

    fn sorted(&self) -> &[f64] {
        self.sorted.get_or_init(|| {
            let mut sorted = self.values.clone();
            sorted.sort_unstable_by(f64::total_cmp);
            sorted
        })
    }

    fn n_distinct(&self) -> usize {
        self.sorted().chunk_by(|a, b| a == b).count()
    }

    /// Returns the value that this share of the others is below.
    fn quantile(&self, share: f64) -> f64 {
        let sorted = self.sorted();
        let place = (share * (sorted.len() - 1) as f64).round();
        sorted[place as usize]
    }

    /// Whether this share of the values, or more, passes a test.
    pub(super) fn are_mostly(&self, share: f64, test: impl Fn(f64) -> bool) -> bool {
        let n = self.values.iter().filter(|&&value| test(value)).count();
        n as f64 >= share * self.values.len() as f64
    }

    fn holds(&self, wanted: u32) -> bool {
        self.values.contains(&f64::from(wanted))
    }

    /// Whether all are whole numbers, however they are written: pandas writes `443.0` where cells are missing.
    pub(super) fn are_whole(&self) -> bool {
        self.values.iter().all(|value| value.fract() == 0.0)
    }

    /// Whether they have the size of 64-bit identifiers and hashes.
    pub(super) fn are_wide(&self) -> bool {
        let is_wide = |value: f64| value.abs() > EXACT_WHOLE && value.abs() < END_OF_64_BITS;
        self.values.len() > 2 && self.are_mostly(0.5, is_wide)
    }

    /// Whether they are days written as one number: `20260311`.
    pub(super) fn are_days(&self) -> bool {
        let is_day = |value: f64| {
            let (year, month, day) = (value / 1e4, value / 100.0 % 100.0, value % 100.0);
            (1990.0..2100.0).contains(&year)
                && (1.0..13.0).contains(&month)
                && (1.0..32.0).contains(&day)
        };
        self.values.len() > 2 && self.are_mostly(1.0, is_day)
    }

    /// Whether no value is below the one of an earlier row, and they are many.
    pub(super) fn never_falls(&self) -> bool {
        self.n_distinct() >= MIN_SHARE && self.values.is_sorted()
    }

    /// Whether they go up by one from row to row, over enough rows that it is no chance.
    pub(super) fn number_the_rows(&self) -> bool {
        self.values.len() >= MIN_SPREAD && self.go_up_by_one()
    }

    fn go_up_by_one(&self) -> bool {
        let mut cells = self.rows.iter().zip(&self.values);
        cells.next().is_some_and(|(first_row, first)| {
            cells.all(|(row, value)| value - first == (row - first_row) as f64)
        })
    }

    /// Whether they go up by one from row to row, or always up or always down at a steady pace: a quantity by which a log
    /// is sorted has a few large values at one end, and equal ones.
    pub(super) fn change_evenly(&self) -> bool {
        let values = &self.values;
        let is_chain =
            |test: fn(f64, f64) -> bool| values.windows(2).all(|two| test(two[0], two[1]));
        if values.len() > 2 && self.go_up_by_one() {
            return true;
        }
        if values.len() < MIN_SPREAD || !(is_chain(|a, b| a < b) || is_chain(|a, b| a > b)) {
            return false;
        }
        let (low, high) = (self.quantile(0.0), self.quantile(1.0));
        [0.25, 0.5, 0.75].into_iter().all(|share| {
            let expected = low + share * (high - low);
            (self.quantile(share) - expected).abs() <= 0.15 * (high - low)
        })
    }

    /// Whether no two are equal and they are spread as identifiers are: evenly over their range, or all with the same
    /// number of digits, six or more. Amounts repeat, and most of them are small beside the largest.
    pub(super) fn are_different_and_even(&self) -> bool {
        if self.values.len() < MIN_SPREAD || self.n_distinct() < self.values.len() {
            return false;
        }
        let (low, high) = (self.quantile(0.0), self.quantile(1.0));
        let middle = self.quantile(0.75) - self.quantile(0.25);
        // 2 for even spread, 3.7 for a hundred values of a bell curve, more for what is skewed
        let is_even = high - low <= 2.8 * middle;
        let n_digits = |value: f64| value.log10().floor();
        is_even || low >= 1e5 && n_digits(low) == n_digits(high)
    }

    /// Whether they are status codes of HTTP, or protocols over IP.
    pub(super) fn are_codes(&self) -> bool {
        let are_all = |known: &[u32]| {
            let is_known = |value: f64| known.iter().any(|&known| f64::from(known) == value);
            self.values.len() >= MIN_SHARE && self.are_mostly(1.0, is_known)
        };
        let is_http = self.holds(200)
            && [301, 302, 304, 400, 401, 403, 404, 500, 502, 503]
                .into_iter()
                .any(|code| self.holds(code));
        is_http && are_all(&HTTP_STATUSES)
            || self.holds(6) && self.holds(17) && are_all(&IP_PROTOCOLS)
    }

    /// Whether they are ports: most of them those of services, the web's among them, or nearly all from where systems take
    /// those of clients.
    pub(super) fn are_ports(&self) -> bool {
        let is_port = |value: f64| (0.0..=65535.0).contains(&value);
        if self.values.len() < MIN_SHARE || !self.are_mostly(1.0, is_port) {
            return false;
        }
        let is_service = |value: f64| SERVICE_PORTS.iter().any(|&port| f64::from(port) == value);
        let are_services = (self.holds(80) || self.holds(443))
            && self.n_distinct() > 1
            && self.are_mostly(0.6, is_service);
        let are_clients = self.are_mostly(0.95, |value| value >= FIRST_EPHEMERAL)
            && self.n_distinct() >= self.values.len() / 2
            && self.quantile(0.9) - self.quantile(0.1) >= 5000.0;
        are_services || are_clients
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers in [0, 1) that look random and are always the same.
    fn random(n: usize) -> Vec<f64> {
        let mut state = 7_u64;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1_u64 << 53) as f64
        };
        (0..n).map(|_| next()).collect()
    }

    fn evidence(values: impl IntoIterator<Item = f64>) -> Evidence {
        Evidence::of_cells(values.into_iter().enumerate())
    }

    #[test]
    fn amounts_are_no_identifiers() {
        for n in [50, 200, 2000] {
            // sizes of requests, often equal; sizes of downloads, hardly ever equal; a bell curve
            let sizes = || {
                random(n)
                    .into_iter()
                    .map(|x| (-(1.0 - x).ln() * 900.0).floor())
            };
            let downloads = || {
                random(n)
                    .into_iter()
                    .map(|x| (1e6 * (-2.0 * (1.0 - x).ln()).exp()).floor())
            };
            let bell = || random(12 * n);
            let bell = || {
                bell()
                    .chunks(12)
                    .map(|twelve| (1e6 * (20.0 + twelve.iter().sum::<f64>())).floor() / 2e3)
                    .map(f64::floor)
                    .collect::<Vec<_>>()
            };
            for values in [evidence(sizes()), evidence(downloads()), evidence(bell())] {
                assert!(values.are_whole());
                assert!(!values.are_different_and_even());
                assert!(!values.are_ports() && !values.are_codes() && !values.are_wide());
                assert!(!values.change_evenly() && !values.are_days());
            }
            // sorted by size, as the first of many are listed
            let mut sorted: Vec<f64> = downloads().collect();
            sorted.sort_by(f64::total_cmp);
            assert!(!evidence(sorted.iter().copied()).change_evenly());
            assert!(!evidence(sorted.into_iter().rev()).change_evenly());
        }
    }

    #[test]
    fn identifiers_are_told_by_their_values() {
        for n in [50, 200, 2000] {
            let hashes = random(n).into_iter().map(|x| (x * 4_294_967_296.0).floor());
            assert!(evidence(hashes).are_different_and_even());
            // numbers of accounts, most of them old, all of nine digits
            let accounts = random(n).into_iter().map(|x| (1e8 + 8e8 * x * x).floor());
            assert!(evidence(accounts).are_different_and_even());
            // numbered, but in another order
            let shuffled = (0..n).map(|i| (i * 7919 % n) as f64);
            assert!(n.is_multiple_of(7919) || evidence(shuffled).are_different_and_even());
            let wide = random(n).into_iter().map(|x| (x * 1.8e19).floor());
            assert!(evidence(wide).are_wide());
        }
        assert!(
            !evidence([1e308; 5]).are_wide(),
            "nobody writes so many digits"
        );
    }

    #[test]
    fn counters_and_clocks_change_evenly() {
        assert!(evidence([4.0, 5.0, 6.0]).change_evenly());
        assert!(
            !evidence([4.0, 5.0, 6.0]).number_the_rows(),
            "too few to tell"
        );
        let numbers = || (0..90).map(|row| (3 * row, 8.0 + (3 * row) as f64));
        assert!(
            Evidence::of_cells(numbers()).number_the_rows(),
            "of every third row"
        );
        let jumps = numbers().map(|(row, value)| (row, value + f64::from(row > 99)));
        assert!(!Evidence::of_cells(jumps).number_the_rows());
        assert!(
            !evidence([4.0, 6.0, 8.0]).change_evenly(),
            "too few to tell"
        );
        let gaps = random(300);
        let sums = gaps.iter().scan(1000.0, |sum, gap| {
            *sum += (1.0 + 40.0 * gap).floor();
            Some(*sum)
        });
        let mut counter: Vec<f64> = sums.collect();
        assert!(evidence(counter.iter().copied()).change_evenly());
        counter.reverse();
        assert!(
            evidence(counter.iter().copied()).change_evenly(),
            "the newest first"
        );
        counter.swap(3, 4);
        assert!(!evidence(counter).change_evenly());
    }

    #[test]
    fn ports_and_codes_are_told_by_their_values() {
        let pick = |from: &[f64], n: usize| -> Vec<f64> {
            let index = |x: f64| (x * from.len() as f64) as usize;
            random(n).into_iter().map(|x| from[index(x)]).collect()
        };
        assert!(evidence(pick(&[443.0, 80.0, 22.0, 8080.0, 40123.0], 60)).are_ports());
        assert!(
            evidence(
                random(60)
                    .into_iter()
                    .map(|x| (32768.0 + 28231.0 * x).floor())
            )
            .are_ports()
        );
        assert!(!evidence(random(60).into_iter().map(|x| (65535.0 * x).floor())).are_ports());
        assert!(!evidence(pick(&[443.0, 80.0, 70000.0], 60)).are_ports());
        assert!(!evidence([443.0, 80.0]).are_ports(), "too few to tell");
        assert!(evidence(pick(&[200.0, 404.0, 301.0], 60)).are_codes());
        assert!(!evidence(pick(&[200.0, 404.0, 250.0], 60)).are_codes());
        assert!(evidence(pick(&[6.0, 17.0, 1.0], 60)).are_codes());
        assert!(!evidence(pick(&[6.0, 17.0, 7.0], 60)).are_codes());
        assert!(evidence([20_260_311.0, 20_260_228.0, 20_251_231.0]).are_days());
        assert!(!evidence([20_260_311.0, 20_261_328.0, 20_251_231.0]).are_days());
    }
}
