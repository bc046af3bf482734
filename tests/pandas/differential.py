"""Compares Isolog's files with those of the notebook's steps in pandas, on made-up logs in the notebook's schema.

    pip install pandas==3.1.1 scikit-learn==1.9.1 numpy==2.4.6
    cargo build --release --example exports
    python tests/pandas/differential.py compare target/release/examples/exports    300 logs; says how many are equal
    python tests/pandas/differential.py compare EXPORTS --logs 1000 --seed 7       others
    python tests/pandas/differential.py sample tests/golden/pandas                 writes the sample of `cargo test --test pandas`

A log has between one and three of the peculiarities of `KINDS`. Counted apart are logs on which the notebook itself fails, as
where a column of bytes becomes text.

Two steps are not the notebook's. Rows without a feature are set aside before scaling, as Isolog does, because scikit-learn's
forest gives such rows a score; and a lone carriage return is quoted, as Python does from 3.13 on (before, it wrote rows that it
could not read again). `NA` is no country here: pandas takes it as missing, Isolog as Namibia.
"""

import argparse
import csv
import io
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import warnings

# the same power function on every processor, see README.md
os.environ.setdefault("NPY_DISABLE_CPU_FEATURES", "X86_V4 AVX512_ICL AVX512_SPR")
warnings.simplefilter("ignore")

import numpy as np
import pandas as pd
from sklearn.ensemble import IsolationForest
from sklearn.preprocessing import OneHotEncoder, StandardScaler

FEATURES = ["bytes_in", "bytes_out", "duration_seconds"]
TIMES = ["creation_time", "end_time", "time"]
COUNTRY = "src_ip_country_code"
HEADER = (
    "bytes_in,bytes_out,creation_time,end_time,src_ip,src_ip_country_code,protocol,response.code,dst_port,dst_ip,"
    "rule_names,observation_name,source.meta,source.name,time,detection_types"
).split(",")
TEXTS = ["src_ip", "protocol", "dst_ip", "rule_names", "observation_name", "source.meta", "source.name", "detection_types"]
NUMBERS = ["response.code", "dst_port"]
MISSING = (
    "|#N/A|#N/A N/A|#NA|-1.#IND|-1.#QNAN|-NaN|-nan|1.#IND|1.#QNAN|<NA>|N/A|NA|NULL|NaN|None|n/a|nan|null"
).split("|")
NEARLY_MISSING = [" NaN", " null ", "NAN", "Null", "none", "-", " ", "   ", "na", "NaT", "nil", "NaN ", "\tNA"]
START = 1_714_000_000
YEAR = 365 * 86_400


# The notebook's steps


def notebook(log):
    """Returns the two files as bytes."""
    frame = pd.read_csv(io.BytesIO(log))
    frame = frame.drop_duplicates()
    for column in TIMES:
        frame[column] = pd.to_datetime(frame[column])
    frame[COUNTRY] = frame[COUNTRY].str.upper()
    frame["duration_seconds"] = (frame["end_time"] - frame["creation_time"]).dt.total_seconds()
    frame["avg_packet_size"] = (frame["bytes_in"] + frame["bytes_out"]) / frame["duration_seconds"]
    is_scored = frame[FEATURES].notna().all(axis=1)
    scored = frame[is_scored]
    scaled = StandardScaler().fit_transform(scored[FEATURES])
    names = [f"scaled_{name}" for name in FEATURES]
    scaled = pd.DataFrame(scaled, columns=names, index=scored.index)
    encoder = OneHotEncoder(sparse_output=False)
    one_hot = encoder.fit_transform(frame[[COUNTRY]])
    one_hot = pd.DataFrame(one_hot, columns=encoder.get_feature_names_out([COUNTRY]), index=frame.index)
    labels = IsolationForest(contamination=0.05, random_state=42).fit_predict(scaled.to_numpy())
    anomaly = pd.Series(np.where(labels == -1, "Suspicious", "Normal"), index=scored.index)
    summary = frame[FEATURES].describe()
    frame = pd.concat([frame, scaled, one_hot], axis=1)
    frame["anomaly"] = anomaly.reindex(frame.index, fill_value="Not scored")
    return to_csv(frame[frame["anomaly"] == "Suspicious"], index=False), to_csv(summary)


def to_csv(frame, **options):
    """As `to_csv` writes it on Linux; with a lone carriage return quoted whatever Python's version."""
    text = frame.to_csv(lineterminator="\r\n", **options)
    out = io.StringIO()
    is_quoted = False
    for i, character in enumerate(text):
        is_quoted ^= character == '"'
        if is_quoted or character != "\r" or text[i + 1 : i + 2] != "\n":
            out.write(character)
    return out.getvalue().encode()


# Logs


class Log:
    """Rows of cells, and how they are to be written."""

    def __init__(self, source, n_rows):
        self.source = source
        self.times = {"fraction": lambda micros: "", "separator": "T", "zone": "Z", "minutes": 0}
        self.line_end = "\n"
        self.before = ""
        self.quoted = 0.0
        self.moments = []
        self.rows = [self.row() for _ in range(n_rows)]
        self.text_times = True

    def row(self):
        source = self.source
        is_odd = source.random() < 0.05
        start = START + source.randrange(86_400)
        self.moments.append([start * 10**6, (start + source.choice([600, 600, source.randrange(1, 4000)])) * 10**6])
        size = source.choice([10**3, 10**5, 10**8]) if is_odd else 10**4
        return {
            "bytes_in": str(source.randrange(size)),
            "bytes_out": str(source.randrange(size)),
            "src_ip": f"192.0.2.{source.randrange(1, 30)}",
            "src_ip_country_code": source.choice(["AE", "AT", "CA", "DE", "IL", "NL", "US"]),
            "protocol": source.choice(["HTTPS", "HTTP"]),
            "response.code": source.choice(["200", "200", "403", "404"]),
            "dst_port": source.choice(["443", "443", "80"]),
            "dst_ip": "10.138.69.97",
            "rule_names": source.choice(["Suspicious Web Traffic", "Known Scanner"]),
            "observation_name": "Adversary Infrastructure Interaction",
            "source.meta": "AWS_VPC_Flow",
            "source.name": "prod_webserver",
            "detection_types": "waf_rule",
        }

    def time(self, micros):
        local = pd.Timestamp(micros + self.times["minutes"] * 60 * 10**6, unit="us")
        text = local.strftime(f"%Y-%m-%d{self.times['separator']}%H:%M:%S")
        return text + self.times["fraction"](micros % 10**6) + self.times["zone"]

    def finish(self):
        """Gives the rows their times; what changes single times comes after it."""
        for row, (start, end) in zip(self.rows, self.moments):
            row["creation_time"], row["end_time"], row["time"] = self.time(start), self.time(end), self.time(start)

    def some(self, share):
        """Some of the rows, at least one."""
        return [row for row in self.rows if self.source.random() < share] or [self.source.choice(self.rows)]

    def bytes(self):
        source = self.source

        def cell(text):
            must = any(character in text for character in ',"\r\n') or text == "" and len(HEADER) == 1
            return '"' + text.replace('"', '""') + '"' if must or source.random() < self.quoted else text

        lines = [",".join(HEADER)] + [",".join(cell(row[name]) for name in HEADER) for row in self.rows]
        return (self.before + self.line_end.join(lines) + source.choice(["", self.line_end])).encode()


def other_notation(source, text):
    """The same number, written otherwise."""
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, _, fraction = digits.partition(".")
    forms = [f"{sign}{whole}.{fraction}0", f"{sign}00{digits}", f" {text}", f"{text} ", f"{text}e0", f"{text}E+00"]
    if not sign:
        forms.append(f"+{text}")
    if not fraction:
        forms.append(f"{sign}{whole}.")
    elif source.random() < 0.5:
        forms.append(f"{sign}{whole}{fraction}e-{len(fraction)}")
    return source.choice(forms)


def fractions(log):
    digits = log.source.choice([1, 3, 3, 6])
    log.times["fraction"] = lambda micros: f".{micros:06}"[: digits + 1]
    step = 10 ** (6 - digits)
    for moment in log.moments:
        for i in range(2):
            moment[i] += log.source.randrange(10**6) // step * step
        if log.source.random() < 0.3:
            moment[1] = moment[0] + log.source.randrange(1, 10**6) // step * step


def uneven_fractions(log):
    fractions(log)
    log.times["fraction"] = lambda micros: (f".{micros:06}".rstrip("0") + "0")[:7].replace(".0000000", ".0")


def offset(log):
    minutes, zone = log.source.choice([(180, "+03:00"), (-330, "-0530"), (345, "+05:45"), (60, "+01"), (0, "+00:00"), (-60, " -0100")])
    log.times.update(minutes=minutes, zone=zone, separator=" " if zone.startswith(" ") else "T")


def naive(log):
    log.times.update(zone="", separator=log.source.choice("T "))


def midnights(log):
    naive(log)
    for moment in log.moments:
        moment[0] = moment[0] // 86_400_000_000 * 86_400_000_000
        moment[1] = moment[0] + log.source.randrange(4) * 86_400_000_000



def odd_ends(log):
    """Sessions of no length, and some that end before they start."""
    for moment in log.moments:
        if log.source.random() < 0.2:
            moment[1] = moment[0] + log.source.choice([0, 0, -300, -1]) * 10**6


def crlf(log):
    log.line_end = "\r\n"


def bom(log):
    log.before = "\ufeff"


def all_quoted(log):
    log.quoted = log.source.choice([0.2, 1.0])


def awkward_texts(log):
    texts = ['say "so"', "a,b", "two\nlines", "two\r\nlines", "a lone\rreturn", '"', "\n", "tab\there", "  blanks  ", "=1+1", "'x", "a;b|c"]
    for row in log.some(0.3):
        row[log.source.choice(TEXTS)] = log.source.choice(texts)


def unicode(log):
    texts = ["Zürich", "日本", "😀", "e\u0301", "é", "\u200bx", "\u202ex", "ﬁ", "Ω", "\u00a0", "ß", "\ufeffx"]
    for row in log.some(0.4):
        row[log.source.choice(TEXTS)] = log.source.choice(texts)
    for row in log.some(0.1):
        row[COUNTRY] = log.source.choice(["ß", "ﬁ", "é", "ŉ", "Ω", "ı"])


def lower_case(log):
    for row in log.some(0.4):
        row[COUNTRY] = log.source.choice([str.lower, str.title])(row[COUNTRY])


def mixed_notation(log):
    names = log.source.sample(["bytes_in", "bytes_out", *NUMBERS], log.source.randrange(1, 4))
    for row in log.some(0.3):
        name = log.source.choice(names)
        row[name] = other_notation(log.source, row[name])


def decimals(log):
    digits = log.source.choice([1, 2, 6, 17])
    for name in log.source.sample(["bytes_in", "bytes_out", *NUMBERS], log.source.randrange(1, 3)):
        for row in log.rows:
            row[name] += f".{log.source.randrange(10**digits):0{digits}}"


def leading_zeros(log):
    for row in log.rows:
        row["dst_port"] = row["dst_port"].zfill(6)


def tiny_and_huge(log):
    cells = ["1e-7", "1.5e300", "1e400", "-0.0", "0.00001", "123456789012345680000", "1e16", "9999999999999998.0", "5e-324", "inf", "-Infinity"]
    for row in log.some(0.3):
        row[log.source.choice(NUMBERS)] = log.source.choice(cells)


def int64(log):
    name = log.source.choice(NUMBERS)
    for row in log.rows:
        row[name] = str(log.source.randrange(-(2**63), 2**63))


def uint64(log):
    name = log.source.choice(NUMBERS)
    for row in log.rows:
        row[name] = str(log.source.randrange(2**64))
    if log.source.random() < 0.4:
        log.source.choice(log.rows)[name] = log.source.choice(["", "NULL", "-1", "7.5", "x"])


def uint64_bytes(log):
    for row in log.some(0.05):
        row[log.source.choice(["bytes_in", "bytes_out"])] = str(2**63 + log.source.randrange(2**63))


def beyond_uint64(log):
    name = log.source.choice(NUMBERS)
    for row in log.some(0.2):
        row[name] = str(log.source.choice([-1, 1]) * log.source.randrange(2**64, 2**70))
    if log.source.random() < 0.4:
        log.source.choice(log.rows)[name] = log.source.choice(["", "NULL", "-1", "7.5", "x", "007"])


def missing_texts(log):
    for row in log.some(0.4):
        row[log.source.choice(TEXTS)] = log.source.choice(MISSING)


def nearly_missing_texts(log):
    for row in log.some(0.4):
        row[log.source.choice(TEXTS)] = log.source.choice(NEARLY_MISSING + MISSING)


def missing_numbers(log):
    for row in log.some(0.2):
        row[log.source.choice(NUMBERS)] = log.source.choice(MISSING)


def nearly_missing_numbers(log):
    for row in log.some(0.1):
        row[log.source.choice(NUMBERS)] = log.source.choice(NEARLY_MISSING + MISSING)


def missing_country(log):
    words = [word for word in MISSING if word != "NA"]
    for row in log.some(0.2):
        row[COUNTRY] = log.source.choice(words)


def nearly_missing_country(log):
    words = [word for word in NEARLY_MISSING + MISSING if word.strip() != "NA"]
    for row in log.some(0.3):
        row[COUNTRY] = log.source.choice(words)


def missing_features(log):
    for row in log.some(0.1):
        row[log.source.choice(["bytes_in", "bytes_out", "creation_time", "end_time"])] = log.source.choice(MISSING)


def missing_times(log):
    for row in log.some(0.2):
        row["time"] = log.source.choice(MISSING)


def placeholder_times(log):
    for row in log.some(0.2):
        row["time"] = log.time(log.source.choice([0, 253_402_214_400_000_000]))


def empty_columns(log):
    for name in log.source.sample([*TEXTS, *NUMBERS, "time"], 2):
        word = log.source.choice(["", "", "NULL", None])
        for row in log.rows:
            row[name] = log.source.choice(MISSING) if word is None else word


def truths(log):
    name = log.source.choice([*TEXTS, *NUMBERS])
    words = log.source.choice([["True", "False"], ["true", "false"], ["TRUE", "False", "tRUE"], ["True"]])
    for row in log.rows:
        row[name] = log.source.choice(words)
    if log.source.random() < 0.5:
        log.source.choice(log.rows)[name] = log.source.choice(["", "NULL", "-", "1", "x", " True"])


def partly_numbers(log):
    name = log.source.choice(NUMBERS)
    for row in log.some(0.5):
        row[name] = log.source.choice(["any", "7.0", "007", "+7", "1,024", "0x1f", "1_000", "443/tcp"])


def numbers_as_text(log):
    name = log.source.choice(TEXTS)
    for row in log.rows:
        row[name] = log.source.choice(["1", "22", "3.50", "004", "-5", "1e3"])


def repeats(log):
    for _ in range(log.source.randrange(1, 10)):
        log.rows.append(dict(log.source.choice(log.rows)))
    log.source.shuffle(log.rows)


def repeats_by_value(log):
    source = log.source
    for _ in range(source.randrange(2, 20)):
        row = dict(source.choice(log.rows))
        for name in source.sample(["bytes_in", "bytes_out", *NUMBERS], source.randrange(1, 4)):
            if row[name].lstrip("-").isdigit():
                row[name] = other_notation(source, row[name])
        for name in TEXTS:
            if row[name] in MISSING:
                row[name] = source.choice(MISSING)
            elif source.random() < 0.02:
                row[name] += " "
        log.rows.append(row)
    source.shuffle(log.rows)


def ties(log):
    few = log.rows[:3]
    log.rows = [{**row, **{name: log.source.choice(few)[name] for name in ["bytes_in", "bytes_out"]}} for row in log.rows]


def few_rows(log):
    del log.rows[log.source.choice([1, 1, 2, 3, 9]) :]


BEFORE_TIMES = [fractions, uneven_fractions, offset, naive, midnights, odd_ends]
LAST = [repeats, repeats_by_value, few_rows]
KINDS = [
    *BEFORE_TIMES, crlf, bom, all_quoted, awkward_texts, unicode, lower_case, mixed_notation, decimals, leading_zeros,
    tiny_and_huge, int64, uint64, uint64_bytes, beyond_uint64, missing_texts, nearly_missing_texts, missing_numbers,
    nearly_missing_numbers, missing_country, nearly_missing_country, missing_features, missing_times, placeholder_times,
    empty_columns, truths, partly_numbers, numbers_as_text, ties, *LAST,
]  # fmt: skip


def make(seed, n_rows, kinds):
    """Returns a log with these peculiarities."""
    source = random.Random(seed)
    log = Log(source, n_rows)
    for kind in BEFORE_TIMES:
        if kind in kinds:
            kind(log)
    log.finish()
    for kind in KINDS:
        if kind in kinds and kind not in BEFORE_TIMES:
            kind(log)
    return log.bytes()


def logs(n, seed):
    """Yields a name, the log and its kinds; every kind comes about equally often."""
    source = random.Random(seed)
    for i in range(n):
        others = source.sample(KINDS, source.randrange(3))
        kinds = list(dict.fromkeys([KINDS[i % len(KINDS)], *others]))
        n_rows = source.choice([5, 40, 100, 300, 700])
        yield f"{i:04}", make(source.random(), n_rows, kinds), kinds


def names_of(kinds):
    return " + ".join(kind.__name__ for kind in kinds)


def expected(log):
    """Returns the two files, or why there are none."""
    try:
        return notebook(log), None
    except Exception as error:
        return None, f"{type(error).__name__}: {str(error).splitlines()[0]}"


def compare(exports, n, seed):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(os.environ.get("KEEP_LOGS", folder))
        made = {name: (log, kinds) for name, log, kinds in logs(n, seed)}
        for name, (log, _) in made.items():
            (folder / f"{name}.csv").write_bytes(log)
        subprocess.run([exports, folder], check=True)
        counts = {"equal": 0, "different": 0, "refused by the notebook": 0}
        for name, (log, kinds) in made.items():
            files, failure = expected(log)
            if failure:
                counts["refused by the notebook"] += 1
                print(f"{name} refused by the notebook ({names_of(kinds)}): {failure}")
                continue
            paths = [folder / f"{name}.{suffix}" for suffix in ["suspicious", "summary"]]
            found = [path.read_bytes() if path.exists() else b"" for path in paths]
            is_equal = found == list(files)
            counts["equal" if is_equal else "different"] += 1
            if not is_equal:
                print(f"{name} different ({names_of(kinds)})")
                show_first_difference(files, found)
        print(", ".join(f"{count} {what}" for what, count in counts.items()))
    return counts["different"]


def show_first_difference(files, found):
    for ours, theirs in zip(found, files):
        rows = [list(csv.reader(io.StringIO(text.decode(), newline=""))) for text in (theirs, ours)]
        if len(rows[0]) != len(rows[1]):
            print(f"    {len(rows[0])} rows in pandas, {len(rows[1])} here")
        for i, (a, b) in enumerate(zip(*rows)):
            differing = [(name, x, y) for name, x, y in zip(rows[0][0], a, b) if x != y][:3]
            if differing or len(a) != len(b):
                print(f"    row {i}: {len(a)} and {len(b)} cells", *(f"{n}: {x!r} in pandas, {y!r} here;" for n, x, y in differing))
                break
        else:
            if ours != theirs and len(rows[0]) == len(rows[1]):
                print("    the same cells, quoted otherwise")


SAMPLE = [
    [fractions, lower_case], [uneven_fractions, offset], [naive, repeats_by_value], [midnights, missing_times],
    [mixed_notation, crlf, bom], [uint64, leading_zeros], [beyond_uint64, missing_texts, repeats_by_value],
    [nearly_missing_texts, nearly_missing_numbers], [missing_numbers, nearly_missing_country], [missing_features, decimals],
    [awkward_texts, unicode, all_quoted], [truths, partly_numbers, empty_columns],
]  # fmt: skip


def write_sample(folder):
    folder = pathlib.Path(folder)
    for i, kinds in enumerate(SAMPLE):
        log = make(i, 40, kinds)
        (suspicious, summary), failure = expected(log) or (None, "")
        name = "-".join(kind.__name__ for kind in kinds)
        (folder / f"{name}.csv").write_bytes(log)
        (folder / f"{name}.suspicious").write_bytes(suspicious)
        (folder / f"{name}.summary").write_bytes(summary)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    comparing = commands.add_parser("compare")
    comparing.add_argument("exports")
    comparing.add_argument("--logs", type=int, default=300)
    comparing.add_argument("--seed", type=int, default=1)
    sampling = commands.add_parser("sample")
    sampling.add_argument("folder")
    arguments = parser.parse_args()
    if arguments.command == "sample":
        write_sample(arguments.folder)
        return 0
    return 1 if compare(arguments.exports, arguments.logs, arguments.seed) else 0


if __name__ == "__main__":
    sys.exit(main())
