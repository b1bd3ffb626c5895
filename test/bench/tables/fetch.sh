#!/bin/sh
# Gets the tables of this benchmark out of packages of Debian and npm, into FOLDER, as the delimited text that each
# would be if its owner had exported it: README.md says what each is. Needs apt-get, dpkg, Rscript (r-base-core),
# npm and python3-sklearn. Usage: fetch.sh FOLDER
set -eu
folder=${1:?usage: fetch.sh FOLDER}
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$folder"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cp "$here"/../../../data/iris.csv "$here"/../../../data/wine.csv "$here"/../../../data/digits.csv \
  "$here"/../../../data/penguins.csv "$folder"

(cd "$work" && apt-get download -qq r-cran-mlbench r-cran-kernlab r-cran-cardata r-cran-modeldata)
for package in "$work"/*.deb; do dpkg -x "$package" "$work/debian"; done
Rscript --vanilla "$here/export.R" "$work/debian/usr/lib/R/site-library" "$folder"

(cd "$work" && npm pack --silent vega-datasets@3.2.1 >tarball && tar xzf "$(cat tarball)")
cp "$work/package/data/birdstrikes.csv" "$work/package/data/weather.csv" "$folder"

# Names and rows apart in the package: joined, as a table has them.
/usr/bin/python3 - "$folder/breast-cancer.csv" <<'PYTHON'
import sys
from sklearn.datasets import load_breast_cancer
table = load_breast_cancer(as_frame=True)
table.frame["target"] = [table.target_names[c] for c in table.target]
table.frame.to_csv(sys.argv[1], index=False, lineterminator="\r\n")
PYTHON
