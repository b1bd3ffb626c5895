"""Tables and their folds: the same rows for nnt and for the peers, as files in the table's own dialect."""

import csv
import json
from pathlib import Path

import numpy as np
from sklearn.model_selection import StratifiedKFold

FOLDS = 5
SMALL = 2000  # tables up to this many rows are divided anew several times
TABLES = json.loads((Path(__file__).parent / "tables.json").read_text())


class Table:
    """`lines` are the rows as they stand in the file, so that folds keep its quotes and line ends."""

    def __init__(self, folder, name):
        self.name = name
        self.label = TABLES[name]["label"]
        self.ignore = TABLES[name].get("ignore", [])
        self.head, *lines = (Path(folder) / name).read_bytes().splitlines(keepends=True)
        self.delimiter = max(",;\t|", key=self.head.decode().count)
        names = self.cells(self.head)
        labels = np.array([self.cells(line)[names.index(self.label)] for line in lines])
        classes, counts = np.unique(labels, return_counts=True)
        # a class with one row is either not learnt or not tested: its row is left out for everybody
        kept = np.isin(labels, classes[counts > 1])
        self.lines = [line for line, keep in zip(lines, kept) if keep]
        self.labels = labels[kept]

    def cells(self, line):
        return next(csv.reader([line.decode().rstrip("\r\n")], delimiter=self.delimiter))

    def folds(self, seed, repeats):
        """(train, test) row indices: stratified, every row once in a test part of each repeat."""
        for repeat in range(repeats if len(self.lines) <= SMALL else 1):
            splits = StratifiedKFold(FOLDS, shuffle=True, random_state=seed + repeat)
            yield from splits.split(self.labels, self.labels)

    def write(self, rows, path):
        path.write_bytes(self.head + b"".join(self.lines[row] for row in rows))
