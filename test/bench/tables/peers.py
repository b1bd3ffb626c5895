"""The peers: scikit-learn's MLPClassifier and LogisticRegression behind the pipeline that its documentation shows."""

import warnings

import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

MISSING = ["", "?", "NA", "N/A", "null", "NULL", "NaN"]  # as src/missing.ts
PEERS = {
    "mlp": lambda: MLPClassifier(max_iter=1000, random_state=0),
    "lr": lambda: LogisticRegression(max_iter=1000),
}


def read(path, delimiter, ignore):
    """The table as pandas reads it, with the same missing cells as nnt."""
    frame = pd.read_csv(path, sep=delimiter, na_values=MISSING, keep_default_na=False, skipinitialspace=True)
    return frame.drop(columns=ignore)


def accuracy(peer, train, test, label):
    """Accuracy on `test` of the peer fitted on `train`."""
    columns = train.drop(columns=[label])
    numeric = [name for name in columns if columns[name].dtype.kind in "iuf"]
    words = [name for name in columns if name not in numeric]
    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    levels = make_pipeline(
        SimpleImputer(strategy="constant", fill_value="(missing)"), OneHotEncoder(handle_unknown="ignore")
    )
    inputs = ColumnTransformer([("numbers", numbers, numeric), ("levels", levels, words)])
    model = make_pipeline(inputs, PEERS[peer]())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(columns, train[label].astype(str))
    return float(model.score(test.drop(columns=[label]), test[label].astype(str)))
