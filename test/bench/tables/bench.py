#!/usr/bin/python3
"""Accuracy of nnt on real tables beside scikit-learn's, all on the same folds: README.md says what is measured.

bench.py FOLDER [--tables a.csv,b.csv] [--seed 1] [--repeats 2] [--peers FILE] [--record FILE] [--set KEY=VALUE ...]
FOLDER is what fetch.sh filled; --set goes to nnt train as it is. The peers take most of the time and always say the
same: --peers keeps what they said in FILE, a line for each fold, and takes it from there the next time.
--record appends to FILE what was measured, a line for each fold.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import mean, stdev

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"  # one thread for everybody, so that seconds compare

import folds  # noqa: E402 (numpy reads the variables above when it is imported)
import peers  # noqa: E402

NNT = Path(__file__).resolve().parents[3] / "bin" / "nnt.js"


def nnt(work, train, test, table, settings):
    """From `nnt init` to `nnt eval`; its accuracy on the test rows, and the network's inputs as init counted them."""
    config, model = work / "config.json", work / "run" / "model.bin"
    plan = run("node", NNT, "init", train, "--label", table.label, "--test", test, "-o", config, "--json", "--quiet")
    ignored = [f"data.columns.{name}=ignore" for name in table.ignore]
    overrides = [word for setting in [*ignored, *settings] for word in ("--set", setting)]
    run("node", NNT, "train", config, "--out", work / "run", "--quiet", "--threads", "1", "--no-cache", *overrides)
    report = run("node", NNT, "eval", model, test, "--json", "--threads", "1")
    return json.loads(report)["accuracy"], json.loads(plan)["inputs"]


def run(*command):
    """Standard output of a command that must succeed."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{command}: exit {done.returncode}\n{done.stderr}")
    return done.stdout


def measure_fold(work, table, fold, settings, kept):
    """Accuracy and seconds of each contestant on one fold; `kept`: of the peers, where they are known."""
    suffix = Path(table.name).suffix
    train, test = work / f"train{suffix}", work / f"test{suffix}"
    for path, rows in zip((train, test), fold):
        table.write(rows, path)
    started = time.perf_counter()
    accuracy, inputs = nnt(work, train, test, table, settings)
    result = {"inputs": inputs, "nnt": accuracy, "nnt_seconds": time.perf_counter() - started}
    return {**result, **(kept or measure_peers(train, test, table))}


def measure_peers(train, test, table):
    result = {}
    frames = [peers.read(path, table.delimiter, table.ignore) for path in (train, test)]
    for peer in peers.PEERS:
        started = time.perf_counter()
        result[peer] = peers.accuracy(peer, *frames, table.label)
        result[f"{peer}_seconds"] = time.perf_counter() - started
    return result


class Kept:
    """What the peers said, by table, seed and number of the fold, in a file of JSON lines."""

    def __init__(self, path):
        self.path = path
        lines = Path(path).read_text().splitlines() if path is not None and Path(path).exists() else []
        self.results = {tuple(line["fold"]): line["peers"] for line in map(json.loads, lines)}

    def add(self, fold, result):
        if self.path is None or fold in self.results:
            return
        self.results[fold] = {name: value for name, value in result.items() if name.partition("_")[0] in peers.PEERS}
        record(self.path, {"fold": fold, "peers": self.results[fold]})


def record(path, line):
    with open(path, "a") as file:
        file.write(json.dumps(line) + "\n")


def standard_error(values):
    """Of a mean over folds. Dividing a table anew tests the same rows again, which makes no result more certain."""
    return stdev(values) / folds.FOLDS**0.5


def summary(table, results):
    """A row of the table: accuracies in percent ± standard error over folds, and nnt less the better peer."""
    accuracies = {name: [100 * result[name] for result in results] for name in ("nnt", *peers.PEERS)}
    better = max(peers.PEERS, key=lambda name: mean(accuracies[name]))
    differences = [a - b for a, b in zip(accuracies["nnt"], accuracies[better])]
    difference = mean(differences)
    error = max(standard_error(accuracies["nnt"]), standard_error(accuracies[better]))
    cells = [f"{mean(values):.2f} ± {standard_error(values):.2f}" for values in accuracies.values()]
    seconds = [f"{mean(result[f'{name}_seconds'] for result in results):.2f}" for name in accuracies]
    verdict = "ahead" if difference > error else "behind" if difference < -error else "level"
    paired = f"{difference:+.2f} ± {standard_error(differences):.2f}"
    return [table.name, len(table.lines), results[0]["inputs"], *cells, paired, verdict, " / ".join(seconds)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--tables", default=",".join(folds.TABLES))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--peers")
    parser.add_argument("--record")
    parser.add_argument("--set", action="append", default=[], dest="settings")
    options = parser.parse_args()
    titles = ["table", "rows", "inputs", "nnt", "MLP", "LR", "nnt − better", "", "seconds a fold"]
    print(f"| {' | '.join(titles)} |\n|{'---|' * len(titles)}")
    kept = Kept(options.peers)
    for name in options.tables.split(","):
        table = folds.Table(options.folder, name)
        results = []
        for number, fold in enumerate(table.folds(options.seed, options.repeats)):
            key = (name, options.seed, number)
            with tempfile.TemporaryDirectory() as work:
                results.append(measure_fold(Path(work), table, fold, options.settings, kept.results.get(key)))
            kept.add(key, results[-1])
            if options.record is not None:
                record(options.record, {"fold": key, "settings": options.settings, **results[-1]})
        print(f"| {' | '.join(str(cell) for cell in summary(table, results))} |", flush=True)


if __name__ == "__main__":
    main()
