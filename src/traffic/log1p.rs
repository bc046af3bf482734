//! The logarithm of 1 + x, the same bits natively and in WebAssembly.
//!
//! The method is fdlibm's (Sun Microsystems, 1993), in the order of operations of glibc. `math.log1p`, and `np.log1p` where
//! numpy asks the C library, give the same bits but for about one value of 5000 (one of 50,000 among whole numbers), where
//! glibc fuses multiplications; with AVX-512 numpy has a method of its own, and about one value of forty differs. All
//! these differences are of one unit in the last place.

/// High part of the logarithm of 2; any whole multiple up to 1100 of it is exact.
const LN2_HIGH: f64 = f64::from_bits(0x3FE6_2E42_FEE0_0000);

/// What [`LN2_HIGH`] lacks.
const LN2_LOW: f64 = f64::from_bits(0x3DEA_39EF_3579_3C76);

/// Coefficients of the polynomial in s² that approximates (log(1+f) - log(1-f)) / s - 2, from the first power on.
const POLYNOMIAL: [f64; 7] = [
    6.666_666_666_666_735e-1,
    3.999_999_999_940_942e-1,
    2.857_142_874_366_239e-1,
    2.222_219_843_214_978_4e-1,
    1.818_357_216_161_805e-1,
    1.531_383_769_920_937_3e-1,
    1.479_819_860_511_658_6e-1,
];

/// Bits of the fraction of a float.
const FRACTION_BITS: u32 = 52;

/// High word of the fraction of the square root of 2, below which 1 + f is kept in [1, √2).
const ROOT_2_FRACTION: u32 = 0x6_A09E;

/// Returns the natural logarithm of 1 + x: minus infinite at -1, NaN below.
pub(super) fn log1p(x: f64) -> f64 {
    if x.is_nan() || x <= -1.0 {
        return if x == -1.0 {
            f64::NEG_INFINITY
        } else {
            f64::NAN
        };
    }
    if x == f64::INFINITY {
        return x;
    }
    if x.abs() < 2f64.powi(-29) {
        return if x.abs() < 2f64.powi(-54) {
            x
        } else {
            x - x * x * 0.5
        };
    }
    let high = (x.to_bits() >> 32) as u32;
    // 1 + x lies in [√2/2, √2): no power of 2 to take out
    if (x > 0.0 && high < 0x3FDA_827A) || (x < 0.0 && high <= 0xBFD2_BEC3) {
        return series(x, 0, 0.0, false);
    }
    // 1 + x = 2^k (1 + f), and the part of x that the sum rounded away
    let (sum, lost) = if x < 2f64.powi(53) {
        let sum = 1.0 + x;
        let lost = if sum >= 2.0 {
            1.0 - (sum - x)
        } else {
            x - (sum - 1.0)
        };
        (sum, lost / sum)
    } else {
        (x, 0.0)
    };
    let mut k = (sum.to_bits() >> FRACTION_BITS) as i32 - 1023;
    let fraction = sum.to_bits() & ((1 << FRACTION_BITS) - 1);
    let fraction_high = (fraction >> 32) as u32;
    let (scaled, is_near_one) = if fraction_high < ROOT_2_FRACTION {
        (
            f64::from_bits(fraction | 1023 << FRACTION_BITS),
            fraction_high == 0,
        )
    } else {
        k += 1;
        // within 2^-20 below 1
        (
            f64::from_bits(fraction | 1022 << FRACTION_BITS),
            (0x10_0000 - fraction_high) >> 2 == 0,
        )
    };
    series(scaled - 1.0, k, lost, is_near_one)
}

/// Returns log(1 + f) + k log 2 + `lost`, for 1 + f in [√2/2, √2).
fn series(f: f64, k: i32, lost: f64, is_near_one: bool) -> f64 {
    let k_real = f64::from(k);
    let half_square = 0.5 * f * f;
    if is_near_one {
        if f == 0.0 {
            return k_real * LN2_HIGH + (lost + k_real * LN2_LOW);
        }
        let rest = half_square * (1.0 - (2.0 / 3.0) * f);
        return if k == 0 {
            f - rest
        } else {
            k_real * LN2_HIGH - ((rest - (k_real * LN2_LOW + lost)) - f)
        };
    }
    let s = f / (2.0 + f);
    let z = s * s;
    let [p1, p2, p3, p4, p5, p6, p7] = POLYNOMIAL;
    let (z2, z4) = (z * z, z * z * (z * z));
    let z6 = z4 * z2;
    let polynomial = ((z * p1 + z2 * (p2 + z * p3)) + z4 * (p4 + z * p5)) + z6 * (p6 + z * p7);
    if k == 0 {
        return f - (half_square - s * (half_square + polynomial));
    }
    k_real * LN2_HIGH
        - ((half_square - (s * (half_square + polynomial) + (k_real * LN2_LOW + lost))) - f)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `math.log1p(x).hex()` of Python 3.11 on glibc 2.36, as bits; `np.log1p` gives the same with AVX-512 off.
    const EXPECTED: &[(f64, u64)] = &[
        (-0.999999, 0xC02BA18A998FC064),
        (-0.9, 0xC0026BB1BBB55516),
        (-0.5, 0xBFE62E42FEFA39EF),
        (-0.3, 0xBFD6D3C324E13F4E),
        (-0.29, 0xBFD5EB5C7907E4C8),
        (-0.001, 0xBF5064670D979B6F),
        (0.0, 0x0000000000000000),
        (1e-300, 0x01A56E1FC2F8F359),
        (1e-20, 0x3BC79CA10C924223),
        (1e-09, 0x3E112E0BE801F1D9),
        (1.862645149230957e-09, 0x3E1FFFFFFF800000),
        (0.001, 0x3F5060354F8C3EBF),
        (0.25, 0x3FCC8FF7C79A9A22),
        (0.4142, 0x3FD62E1AC5B1D182),
        (0.415, 0x3FD6375EC7E1E6A8),
        (0.5, 0x3FD9F323ECBF984C),
        (0.75, 0x3FE1E85F5E7040D0),
        (1.0, 0x3FE62E42FEFA39EF),
        (2.0, 0x3FF193EA7AAD030A),
        (3.0, 0x3FF62E42FEFA39EF),
        (7.0, 0x4000A2B23F3BAB73),
        (9.0, 0x40026BB1BBB55516),
        (99.0, 0x40126BB1BBB55516),
        (100.0, 0x401275E2271BBA31),
        (255.0, 0x40162E42FEFA39EF),
        (532.0, 0x40191D34B8601C4F),
        (1000.0, 0x401BA2909CE4F864),
        (1023.0, 0x401BB9D3BEB8C86B),
        (5000.0, 0x402108E7C1FCD5F9),
        (12345.0, 0x4022D798C4A0E37E),
        (25000.5, 0x402440DDA7F8005D),
        (1048575.0, 0x402BB9D3BEB8C86B),
        (1048576.0, 0x402BB9D3DEB8C76B),
        (1561220.0, 0x402C859F023C98CF),
        (25207794.0, 0x40310AEC044AC666),
        (4294967295.0, 0x40362E42FEFA39EF),
        (10000000000.0, 0x4037069E2AA3184E),
        (9007199254740991.0, 0x40425E4F7B2737FA),
        (9007199254740992.0, 0x40425E4F7B2737FA),
        (1e+17, 0x4043926CD770AA67),
        (1e+300, 0x4085963447F87FB5),
    ];

    #[test]
    fn bits_are_those_of_the_c_library() {
        for &(x, bits) in EXPECTED {
            assert_eq!(log1p(x).to_bits(), bits, "{x}");
        }
        assert_eq!(log1p(-1.0), f64::NEG_INFINITY);
        assert!(log1p(-1.5).is_nan() && log1p(f64::NAN).is_nan());
        assert_eq!(log1p(f64::INFINITY), f64::INFINITY);
        assert_eq!(log1p(-0.0).to_bits(), (-0.0_f64).to_bits());
    }

    /// Natively Rust asks the C library; a difference is counted aloud.
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[test]
    fn never_more_than_a_unit_in_the_last_place_from_the_system_s() {
        let mut state = 1_u64;
        let mut n_different = 0;
        for i in 0..200_000 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let share = (state >> 11) as f64 / (1_u64 << 53) as f64;
            let x = match i % 4 {
                0 => (share * 3e7).floor(),
                1 => share * 2.0 - 0.999,
                2 => 10f64.powf(share * 36.0 - 18.0),
                _ => share * 1000.0,
            };
            let (found, system) = (log1p(x).to_bits(), x.ln_1p().to_bits());
            assert!(found.abs_diff(system) <= 1, "{x}");
            n_different += usize::from(found != system);
        }
        if n_different > 0 {
            eprintln!(
                "{n_different} of 200000 values differ from this machine's C library in their last bit"
            );
        }
    }
}
