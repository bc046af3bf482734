"""Make the expected values of tests/explain.rs with scikit-learn and shap.

    python make_golden.py
        writes shap.json, stability.json and metrics.json to ../golden/explain
    python make_golden.py adbench FOLDER
        writes adbench.json there: metrics of the ten sets in FOLDER, made like ADBench's (x0, ..., label)
    python make_golden.py frequencies LOG
        prints for each row of the notebook's log how many of the seeds 43 to 92 flag it, as a list in JSON

Needs scikit-learn 1.9.1, and shap 0.51.0 for the first form only. All data of the first form come from a formula, which
tests/explain.rs repeats. numpy's AVX-512 kernels are switched off, so that the last bit of `2 ** x` is the C library's.

What shap does with an IsolationForest (read in its source): the model's output is the mean path length of a row; a split
on an unknown feature is passed in proportion to `weighted_n_node_samples`, so repeats drawn with bootstrap count; a
leaf's value is its depth plus scikit-learn's average path length of `n_node_samples`, so there they do not count; the
features of a tree with max_features < 1 are renumbered. The base value that it reports weighs the leaves by
`n_node_samples`; with bootstrap this is not the base that its own attributions add up from, so the one written here is
the mean path length less the attributions, the same but for rounding where there are no repeats.
"""
import csv
import gzip
import json
import os
import subprocess
import sys
from datetime import datetime

PROBE = (
    "import json; from numpy._core._multiarray_umath import __cpu_dispatch__ as names;"
    "print(json.dumps([name for name in names if name.startswith('AVX512') or name == 'X86_V4']))"
)
names = json.loads(subprocess.check_output([sys.executable, "-c", PROBE]))
os.environ["NPY_DISABLE_CPU_FEATURES"] = " ".join(names)

import numpy as np  # noqa: E402
import sklearn  # noqa: E402
from sklearn.ensemble import IsolationForest  # noqa: E402
from sklearn.metrics import average_precision_score, precision_recall_curve, precision_score  # noqa: E402
from sklearn.metrics import recall_score, roc_auc_score, roc_curve  # noqa: E402
from sklearn.preprocessing import StandardScaler  # noqa: E402

assert sklearn.__version__ == "1.9.1", sklearn.__version__
GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden", "explain")
ADBENCH = ["annthyroid", "breastw", "cardio", "http", "ionosphere", "mammography", "pima", "satellite", "shuttle", "smtp"]
SEEDS = range(43, 93)


def mix(row, column, salt):
    """A value in [0, 1)."""
    h = (row * 0x9E3779B1 + column * 0x85EBCA77 + salt * 0xC2B2AE3D) & 0xFFFFFFFF
    h ^= h >> 15
    h = (h * 0x2C1B3C6D) & 0xFFFFFFFF
    h ^= h >> 12
    h = (h * 0x297A2D39) & 0xFFFFFFFF
    h ^= h >> 15
    return h / 4294967296.0


SHAPES = {
    # traffic-like: many small values, few large ones
    "skewed": lambda u, column: 1000.0 * u / (1.001 - u),
    # ties
    "steps": lambda u, column: float(int(u * 8.0)),
    # the second column is constant
    "constant": lambda u, column: 600.0 if column == 1 else u * 10.0 - 5.0,
}


def matrix(shape, n_rows, n_features, salt):
    value = SHAPES[shape]
    return np.array([[value(mix(i, j, salt), j) for j in range(n_features)] for i in range(n_rows)])


def write(name, value):
    os.makedirs(GOLDEN, exist_ok=True)
    with open(os.path.join(GOLDEN, name), "w") as file:
        # an entry a line
        file.write("[\n" + ",\n".join(json.dumps(entry) for entry in value) + "\n]\n")


def make_shap():
    import shap

    cases = [
        ("skewed", 1, 2, {}),
        ("skewed", 2, 3, {}),
        ("skewed", 50, 3, {}),
        ("skewed", 400, 3, {}),
        ("steps", 300, 4, {}),
        ("constant", 300, 3, {}),
        ("skewed", 300, 10, {}),
        ("skewed", 300, 6, {"max_features": 0.5}),
        ("skewed", 300, 4, {"bootstrap": True}),
        ("steps", 300, 5, {"bootstrap": True, "max_features": 3, "max_samples": 100, "n_estimators": 30}),
        ("skewed", 1500, 5, {"max_samples": 1.0, "n_estimators": 20}),
    ]
    found = []
    for salt, (shape, n_rows, n_features, params) in enumerate(cases):
        values = matrix(shape, n_rows, n_features, salt)
        model = IsolationForest(random_state=42, **params).fit(values)
        rows = values[:8]
        explainer = shap.TreeExplainer(model, feature_perturbation="tree_path_dependent")
        attributions = np.asarray(explainer.shap_values(rows, check_additivity=False)).reshape(rows.shape)
        lengths = sum(
            model._decision_path_lengths[t][tree.apply(rows[:, columns].astype(np.float32))]
            + model._average_path_length_per_tree[t][tree.apply(rows[:, columns].astype(np.float32))]
            - 1.0
            for t, (tree, columns) in enumerate(zip(model.estimators_, model.estimators_features_))
        ) / len(model.estimators_)
        bases = lengths - attributions.sum(axis=1)
        assert np.ptp(bases) < 1e-9, (shape, params, bases)
        if not params.get("bootstrap"):
            assert abs(bases[0] - explainer.expected_value) < 1e-9, (bases[0], explainer.expected_value)
        found.append({
            "shape": shape, "n_rows": n_rows, "n_features": n_features, "salt": salt, "params": params,
            "base": float(bases[0]), "attributions": attributions.tolist(),
        })
    write("shap.json", found)


def count_flags(values, contamination):
    counts = np.zeros(len(values), dtype=int)
    for seed in SEEDS:
        counts += IsolationForest(contamination=contamination, random_state=seed).fit_predict(values) == -1
    return counts.tolist()


def make_stability():
    cases = [("skewed", 1, 2, 0.05), ("skewed", 2, 2, 0.05), ("skewed", 50, 3, 0.05), ("skewed", 282, 3, 0.05),
             ("steps", 400, 3, 0.1), ("skewed", 300, 2, "auto")]
    write("stability.json", [
        {"shape": shape, "n_rows": n_rows, "n_features": n_features, "salt": salt, "contamination": str(contamination),
         "n_flagged": count_flags(matrix(shape, n_rows, n_features, salt), contamination)}
        for salt, (shape, n_rows, n_features, contamination) in enumerate(cases)
    ])


def measure(scores, labels, offset):
    flags = scores - offset < 0
    return {
        "roc_auc": float(roc_auc_score(labels, -scores)),
        "average_precision": float(average_precision_score(labels, -scores)),
        "precision": float(precision_score(labels, flags)) if flags.any() else None,
        "recall": float(recall_score(labels, flags)),
    }


def make_metrics():
    found = []
    # every `tie` scores in a row of numbers are equal, and a label is more likely the lower the score
    for salt, (n_rows, tie, share) in enumerate([(2, 1, 0.5), (50, 1, 0.3), (50, 7, 0.3), (1000, 1, 0.1), (1000, 100, 0.1), (3000, 2, 0.9)]):
        scores = np.array([-float(int(mix(i, 0, salt) * n_rows / tie) + 1) / (n_rows + 1) for i in range(n_rows)])
        labels = np.array([mix(i, 1, salt) * (1.5 + scores[i]) < share for i in range(n_rows)])
        if n_rows == 2:
            labels = np.array([True, False])
        assert 0 < labels.sum() < n_rows
        entry = {"n_rows": n_rows, "tie": tie, "share": share, "salt": salt, **measure(scores, labels, -0.5)}
        if n_rows <= 50:
            false_rate, true_rate, _ = roc_curve(labels, -scores, drop_intermediate=False)
            precision, recall, _ = precision_recall_curve(labels, -scores)
            entry["roc"] = [list(point) for point in zip(false_rate.tolist(), true_rate.tolist())]
            entry["precision_recall"] = [list(point) for point in zip(recall.tolist(), precision.tolist())][::-1]
        found.append(entry)
    write("metrics.json", found)


def make_adbench(folder):
    found = []
    for name in ADBENCH:
        with gzip.open(os.path.join(folder, name + ".csv.gz"), "rt") as file:
            table = np.loadtxt(file, delimiter=",", skiprows=1)
        values, labels = table[:, :-1], table[:, -1] == 1
        model = IsolationForest(contamination=0.05, random_state=42).fit(values)
        found.append({"name": name, **measure(model.score_samples(values), labels, model.offset_)})
    write("adbench.json", found)


def print_frequencies(log):
    """Cleans the log as the notebook does: duplicates go, three features, standardized column by column."""
    with open(log, newline="") as file:
        rows = list(csv.DictReader(file))
    rows = list({tuple(row.items()): row for row in rows}.values())
    time = lambda text: datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()  # noqa: E731
    values = np.array([
        [float(row["bytes_in"]), float(row["bytes_out"]), time(row["end_time"]) - time(row["creation_time"])] for row in rows
    ], order="F")
    print(json.dumps(count_flags(StandardScaler().fit_transform(values), 0.05)))


if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            make_shap()
            make_stability()
            make_metrics()
        case ["adbench", folder]:
            make_adbench(folder)
        case ["frequencies", log]:
            print_frequencies(log)
        case _:
            sys.exit(__doc__)
