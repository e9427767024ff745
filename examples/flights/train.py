"""Fit gradient-boosted trees that tell, before it leaves, whether a flight will be delayed.

The last month of the table is set apart to tell when more trees stop helping; the hold-out month is not in it at all.
"""

import argparse
import json
from collections.abc import Callable

import joblib
import numpy as np
import pandas as pd
import sklearn
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import log_loss, roc_auc_score

from flights_io import features_and_target, log_metadata, output_file, read_prepared, say

# Iterations without a better validation loss before training stops.
PATIENCE = 15

Scorer = Callable[[HistGradientBoostingClassifier, np.ndarray, np.ndarray], float]


def reporting_scorer(validation_rows: int) -> Scorer:
    """Score for early stopping, and report on the way.

    The estimator has no callback for iterations, but after each it calls its scorer: first on a sample of the
    training rows, then on all validation rows. Fitting tree by tree with `warm_start` instead takes ten times as long.
    """
    train_loss = float("nan")

    def score(model: HistGradientBoostingClassifier, rows: np.ndarray, target: np.ndarray) -> float:
        nonlocal train_loss
        probability = model.predict_proba(rows)[:, 1]
        loss = log_loss(target, probability)
        if len(target) != validation_rows:
            train_loss = loss
        elif model.n_iter_ > 0:
            log_metadata(
                iteration=model.n_iter_,
                train_loss=round(train_loss, 5),
                validation_loss=round(loss, 5),
                validation_auc=round(float(roc_auc_score(target, probability)), 5),
            )
        return -loss

    return score


def split_last_month(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Validate on the most recent month: a random sample would share its days, and their storms, with training."""
    last = table["month"].max()
    return table[table["month"] < last], table[table["month"] == last]


def save(model: HistGradientBoostingClassifier, properties: dict[str, object]) -> None:
    """Store the model, with a sidecar file that puts tags and properties on it."""
    path = output_file("model.joblib")
    joblib.dump(model, path)
    sidecar = path.with_name(path.name + ".metadata.json")
    sidecar.write_text(json.dumps({"valohai.tags": ["flights", "gradient-boosting"], **properties}, indent=1) + "\n")
    say(f"Saved {path.name}: {model.n_iter_} trees, {path.stat().st_size / 1e3:.0f} kB.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learning_rate", type=float, required=True)
    parser.add_argument("--iterations", type=int, required=True, help="at most so many trees")
    parser.add_argument("--max_leaf_nodes", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    arguments = parser.parse_args()

    train, validation = split_last_month(read_prepared("train"))
    say(f"Training on {len(train):,} flights, validating on {len(validation):,}.")
    rows, target = features_and_target(train)
    validation_rows, validation_target = features_and_target(validation)

    model = HistGradientBoostingClassifier(
        learning_rate=arguments.learning_rate,
        max_iter=arguments.iterations,
        max_leaf_nodes=arguments.max_leaf_nodes,
        categorical_features="from_dtype",
        early_stopping=True,
        n_iter_no_change=PATIENCE,
        scoring=reporting_scorer(len(validation)),
        random_state=arguments.seed,
    )
    model.fit(rows, target, X_val=validation_rows, y_val=validation_target)
    # The scorer has done its work, and a model file that held it could be read only beside this script.
    model.set_params(scoring=None)
    del model._scorer

    auc = float(roc_auc_score(validation_target, model.predict_proba(validation_rows)[:, 1]))
    save(
        model,
        {
            "parameters": vars(arguments),
            "train_rows": len(train),
            "validation_auc": round(auc, 5),
            "scikit_learn": sklearn.__version__,
        },
    )


if __name__ == "__main__":
    main()
