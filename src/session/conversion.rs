//! Programs that make a table of what is none: in Python, since its standard library reads most of it. Each is run in a test on a
//! small file of its kind.

use crate::source::LineLog;

/// Turns JSON, one value or many, into a table: objects within objects become columns with dots in their names.
pub(super) const JSON: &str = r#"import csv, json, re

def flat(value, name=""):
    if not isinstance(value, dict):
        return {name: json.dumps(value) if isinstance(value, list) else value}
    dot = name + "." if name else ""
    return {k: v for key in value for k, v in flat(value[key], dot + key).items()}

def records(value):
    if isinstance(value, list):
        return value if all(isinstance(v, dict) for v in value) else []
    inner = [records(v) for v in value.values()] if isinstance(value, dict) else []
    return max(inner, key=len, default=[])

text, values = open("log.json", encoding="utf-8-sig").read(), []
blanks = re.compile(r"\s*")
at = blanks.match(text).end()
while at < len(text):
    value, at = json.JSONDecoder().raw_decode(text, at)
    values.append(value)
    at = blanks.match(text, at).end()
if len(values) == 1:
    values = records(values[0]) or values
rows = [flat(value) for value in values]
names = list(dict.fromkeys(name for row in rows for name in row))
with open("log.csv", "w", newline="", encoding="utf-8") as out:
    table = csv.DictWriter(out, names)
    table.writeheader()
    table.writerows(rows)
"#;

/// Unpacks gzip, all members of it.
pub(super) const GZIP: &str = r#"import gzip, shutil

with gzip.open("log.csv.gz") as packed, open("log.csv", "wb") as out:
    shutil.copyfileobj(packed, out)
"#;

/// Unpacks bzip2.
pub(super) const BZIP2: &str = r#"import bz2, shutil

with bz2.open("log.csv.bz2") as packed, open("log.csv", "wb") as out:
    shutil.copyfileobj(packed, out)
"#;

/// Unpacks xz.
pub(super) const XZ: &str = r#"import lzma, shutil

with lzma.open("log.csv.xz") as packed, open("log.csv", "wb") as out:
    shutil.copyfileobj(packed, out)
"#;

/// Rewrites UTF-16 that is little-endian, as Windows writes it.
pub(super) const UTF16_LE: &str = r#"with open("log.csv", encoding="utf-16-le", newline="") as log:
    with open("log-utf8.csv", "w", encoding="utf-8", newline="") as out:
        out.writelines(log)
"#;

/// Rewrites UTF-16 that is big-endian.
pub(super) const UTF16_BE: &str = r#"with open("log.csv", encoding="utf-16-be", newline="") as log:
    with open("log-utf8.csv", "w", encoding="utf-8", newline="") as out:
        out.writelines(log)
"#;

/// Makes a table of fields with blanks between them, some of them in quotes.
const BLANKS: &str = r#"import csv

with open("log.txt", encoding="utf-8", errors="replace") as log:
    with open("log.csv", "w", newline="", encoding="utf-8") as out:
        rows = csv.reader(log, delimiter=" ", skipinitialspace=True, escapechar="\\")
        csv.writer(out).writerows(rows)
"#;

/// The same, with a time in brackets as one field.
const ACCESS: &str = r#"import csv

with open("access.log", encoding="utf-8", errors="replace") as log:
    with open("access.csv", "w", newline="", encoding="utf-8") as out:
        lines = (line.replace("[", '"', 1).replace("]", '"', 1) for line in log)
        rows = csv.reader(lines, delimiter=" ", skipinitialspace=True, escapechar="\\")
        csv.writer(out).writerows(rows)
"#;

/// The same, with the names from the comment `#Fields:`.
const W3C: &str = r##"import csv

with open("log.txt", encoding="utf-8", errors="replace") as log:
    with open("log.csv", "w", newline="", encoding="utf-8") as out:
        table = csv.writer(out)
        for line in log:
            if line.startswith("#Fields:"):
                table.writerow(line.split()[1:])
            elif not line.startswith("#"):
                table.writerow(line.split())
"##;

/// Takes the quotes from whole lines.
const QUOTED_LINES: &str = r#"import csv

with open("log.txt", encoding="utf-8-sig", newline="") as log:
    with open("log.csv", "w", newline="", encoding="utf-8") as out:
        out.writelines(line[0] + "\n" for line in csv.reader(log) if line)
"#;

/// Makes a column of each key.
const KEY_VALUE: &str = r#"import csv, re

pair = re.compile(r'([\w.-]+)=("[^"]*"|\S*)')
with open("log.txt", encoding="utf-8", errors="replace") as log:
    rows = [{key: value.strip('"') for key, value in pair.findall(line)} for line in log]
names = list(dict.fromkeys(name for row in rows for name in row))
with open("log.csv", "w", newline="", encoding="utf-8") as out:
    table = csv.DictWriter(out, names)
    table.writeheader()
    table.writerows(rows)
"#;

/// Returns the program for a log of lines; `None` where no program makes columns of it.
pub(super) fn of_lines(log: LineLog) -> Option<&'static str> {
    match log {
        LineLog::VpcFlow | LineLog::LoadBalancer | LineLog::Blanks => Some(BLANKS),
        LineLog::Access | LineLog::S3Access => Some(ACCESS),
        LineLog::W3c => Some(W3C),
        LineLog::KeyValue => Some(KEY_VALUE),
        LineLog::QuotedLines => Some(QUOTED_LINES),
        LineLog::Syslog => None,
    }
}
