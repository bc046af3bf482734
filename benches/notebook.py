"""The notebook's steps in native Python, each one timed: what the page is measured against.

    notebook.py LOG FOLDER            the steps, without the plot and then with it; files go to FOLDER
    notebook.py --results LOG FOLDER  only the steps that lead to the files, for comparing bytes
    notebook.py --scorers LOG         scoring alone: scikit-learn on one thread, isotree on every core

Prints one JSON object. Importing the libraries is not timed. Memory is the process's peak resident size in bytes.
"""

import hashlib
import importlib.metadata
import json
import os
import platform
import resource
import sys
import time

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import sklearn
from sklearn.ensemble import IsolationForest
from sklearn.preprocessing import OneHotEncoder, StandardScaler

FEATURES = ["bytes_in", "bytes_out", "duration_seconds"]
TIMES = ["creation_time", "end_time", "time"]
COUNTRY = "src_ip_country_code"


class Clock:
    """Seconds of every step, in the order taken."""

    def __init__(self):
        self.seconds = {}
        self.last = time.perf_counter()

    def step(self, name):
        """Ends a step that began where the last one ended."""
        now = time.perf_counter()
        self.seconds[name] = now - self.last
        self.last = now


def peak_bytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def clean(log, clock):
    """Reads the log and derives what the notebook derives; returns the frame."""
    frame = pd.read_csv(log)
    n_read = len(frame)
    clock.step("read_csv")
    frame = frame.drop_duplicates()
    clock.step("drop_duplicates")
    for column in TIMES:
        frame[column] = pd.to_datetime(frame[column])
    clock.step("to_datetime")
    frame[COUNTRY] = frame[COUNTRY].str.upper()
    clock.step("upper-case")
    frame["duration_seconds"] = (frame["end_time"] - frame["creation_time"]).dt.total_seconds()
    frame["avg_packet_size"] = (frame["bytes_in"] + frame["bytes_out"]) / frame["duration_seconds"]
    clock.step("derive")
    return frame, n_read


def transform(frame, clock):
    """Appends the scaled features and the one-hot country; returns the frame and the scaled features."""
    scaled = StandardScaler().fit_transform(frame[FEATURES])
    scaled = pd.DataFrame(scaled, columns=[f"scaled_{name}" for name in FEATURES], index=frame.index)
    clock.step("StandardScaler")
    encoder = OneHotEncoder(sparse_output=False)
    one_hot = encoder.fit_transform(frame[[COUNTRY]])
    one_hot = pd.DataFrame(one_hot, columns=encoder.get_feature_names_out([COUNTRY]), index=frame.index)
    frame = pd.concat([frame, scaled, one_hot], axis=1)
    clock.step("one-hot")
    return frame, scaled.to_numpy()


def draw(frame, path):
    """The notebook's scatter plot, as matplotlib draws it."""
    plt.figure(figsize=(8, 6))
    is_suspicious = frame["anomaly"] == "Suspicious"
    plt.scatter(frame["bytes_in"], frame["bytes_out"], c=is_suspicious, cmap="coolwarm", marker="x", alpha=0.7)
    plt.title("Normal vs Suspicious Traffic")
    plt.xlabel("Bytes In")
    plt.ylabel("Bytes Out")
    plt.grid(linestyle="--")
    plt.savefig(path, dpi=200)
    plt.close()


def run_notebook(log, folder, with_plot):
    clock = Clock()
    frame, n_read = clean(log, clock)
    frame, matrix = transform(frame, clock)
    forest = IsolationForest(contamination=0.05, random_state=42)
    labels = forest.fit_predict(matrix)
    frame["anomaly"] = np.where(labels == -1, "Suspicious", "Normal")
    clock.step("fit_predict")
    frame[FEATURES].describe().to_csv(os.path.join(folder, "traffic_stats_summary.csv"))
    clock.step("describe")
    suspicious = os.path.join(folder, "suspicious_results.csv")
    frame[frame["anomaly"] == "Suspicious"].to_csv(suspicious, index=False)
    clock.step("to_csv")
    peak = peak_bytes()
    if with_plot:
        draw(frame, os.path.join(folder, "anomaly_scatter_plot.png"))
        clock.step("plot")
    with open(suspicious, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {
        "seconds": clock.seconds,
        "peak_bytes": peak,
        "peak_bytes_with_plot": peak_bytes(),
        "rows_read": n_read,
        "rows_scored": len(frame),
        "flagged": int((labels == -1).sum()),
        "suspicious_sha256": digest,
    }


def time_scorers(log):
    """Scores the notebook's features; seconds by scorer, or why there are none."""
    frame, _ = clean(log, Clock())
    _, matrix = transform(frame, Clock())
    del frame
    forest = IsolationForest(random_state=42, n_jobs=1).fit(matrix)
    clock = Clock()
    forest.score_samples(matrix)
    clock.step("scikit-learn")
    result = {"seconds": clock.seconds, "rows_scored": len(matrix)}
    try:
        import isotree
    except ImportError as error:
        result["isotree_missing"] = str(error)
        return result
    rival = isotree.IsolationForest(
        ntrees=100, sample_size=256, ndim=1, missing_action="fail", nthreads=os.cpu_count(), random_seed=42
    ).fit(matrix)
    rival.predict(matrix[:1000])  # its first call prepares what later calls use
    clock.step("isotree fit")
    rival.predict(matrix)
    clock.step("isotree")
    result["isotree"] = importlib.metadata.version("isotree")
    return result


def main():
    flags = [argument for argument in sys.argv[1:] if argument.startswith("--")]
    paths = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    result = time_scorers(*paths) if "--scorers" in flags else run_notebook(*paths, with_plot="--results" not in flags)
    result["versions"] = {
        "Python": platform.python_version(),
        "scikit-learn": sklearn.__version__,
        "numpy": np.__version__,
        "pandas": pd.__version__,
        "matplotlib": matplotlib.__version__,
    }
    print(json.dumps(result))


main()
