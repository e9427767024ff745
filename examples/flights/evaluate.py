"""Judge the model on the month that it never saw.

Two questions: does it rank the flights well (ROC curve), and do its probabilities mean what they say (calibration)?
"""

import argparse
import json

import joblib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score, roc_curve

from flights_io import features_and_target, input_file, log_metadata, output_file, read_prepared, say

BLUE, GREY = "#1f6feb", "#8b949e"


def calibration_table(target: pd.Series, probability: np.ndarray) -> pd.DataFrame:
    """Ten equally large groups, from the safest flights to the riskiest: what was foretold, what happened."""
    frame = pd.DataFrame({"foretold": probability, "happened": target.to_numpy()})
    groups = pd.qcut(frame["foretold"].rank(method="first"), 10, labels=range(1, 11))
    table = frame.groupby(groups, observed=True).agg(
        flights=("happened", "size"), foretold=("foretold", "mean"), happened=("happened", "mean")
    )
    return table.rename_axis(index=None, columns="group")


def new_axes(title: str, x_label: str, y_label: str) -> tuple[Figure, Axes]:
    """A square plot of shares with the diagonal for comparison; made without pyplot, which would look for a screen."""
    figure = Figure(figsize=(6, 6), layout="constrained")
    axes = figure.add_subplot()
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1)
    axes.set(title=title, xlabel=x_label, ylabel=y_label, xlim=(0, 1), ylim=(0, 1), aspect="equal")
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def draw_roc(target: pd.Series, probability: np.ndarray, auc: float, month: str) -> None:
    """The ROC curve, the area under it shaded."""
    false_positives, true_positives, _ = roc_curve(target, probability)
    figure, axes = new_axes(f"Delayed departures, {month}", "punctual flights wrongly flagged", "delayed flights found")
    axes.plot(false_positives, true_positives, color=BLUE, linewidth=2)
    axes.fill_between(false_positives, true_positives, color=BLUE, alpha=0.10)
    axes.text(0.62, 0.16, f"AUC {auc:.3f}", fontsize=20, color=BLUE)
    axes.text(0.62, 0.11, f"{len(target):,} flights", fontsize=11, color=GREY)
    figure.savefig(output_file("roc.png"), dpi=120)


def draw_calibration(table: pd.DataFrame, month: str) -> None:
    """Foretold against real shares; on the diagonal they agree."""
    figure, axes = new_axes(f"Calibration, {month}", "foretold share of delays", "real share of delays")
    axes.plot(table["foretold"], table["happened"], color=BLUE, linewidth=2, marker="o")
    figure.savefig(output_file("calibration.png"), dpi=120)


def measure(target: pd.Series, probability: np.ndarray, table: pd.DataFrame) -> dict[str, float]:
    """All figures, rounded for people; `auc` is what the next step decides by."""
    off = (table["foretold"] - table["happened"]).abs()
    figures = {
        "auc": roc_auc_score(target, probability),
        "average_precision": average_precision_score(target, probability),
        "log_loss": log_loss(target, probability),
        "brier": brier_score_loss(target, probability),
        "calibration_error": np.average(off, weights=table["flights"]),
        "delayed_share": target.mean(),
        "foretold_share": probability.mean(),
    }
    return {name: round(float(value), 5) for name, value in figures.items()}


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()

    model = joblib.load(input_file("model"))
    holdout = read_prepared("holdout")
    rows, target = features_and_target(holdout)
    month = pd.Timestamp(2013, int(holdout["month"].iloc[0]), 1).strftime("%B %Y")
    say(f"Judging {model.n_iter_} trees on {len(holdout):,} flights of {month}.")

    probability = model.predict_proba(rows)[:, 1]
    table = calibration_table(target, probability)
    figures = measure(target, probability, table)
    by_airport = {
        f"auc_{airport}": round(float(roc_auc_score(target[group.index], probability[group.index])), 5)
        for airport, group in rows.groupby("origin", observed=True)
    }
    draw_roc(target, probability, figures["auc"], month)
    draw_calibration(table, month)

    say("Ten groups of flights, from the safest to the riskiest:")
    say(table.to_string(formatters={"foretold": "{:.1%}".format, "happened": "{:.1%}".format}))
    output_file("metrics.json").write_text(json.dumps({**figures, **by_airport}, indent=1) + "\n")
    log_metadata(**figures, **by_airport)


if __name__ == "__main__":
    main()
