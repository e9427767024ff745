"""Shared by the steps: where their files are, how they report, how the prepared table is read."""

import json
import os
import sys
from functools import partial
from pathlib import Path

import pandas as pd

INPUTS = Path(os.environ.get("VH_INPUTS_DIR", "/valohai/inputs"))
OUTPUTS = Path(os.environ.get("VH_OUTPUTS_DIR", "/valohai/outputs"))

TARGET = "delayed"
CATEGORIES = ("carrier", "origin", "dest")

# Without the flush, a log that is written to a file would arrive in one piece at the end.
say = partial(print, flush=True)


def input_file(name: str) -> Path:
    """The one file of an input, whatever it is called, so that any other file can be tried in its place."""
    files = sorted(path for path in (INPUTS / name).rglob("*") if path.is_file())
    if len(files) != 1:
        sys.exit(f"The input '{name}' must hold exactly one file, but it holds {len(files)}.")
    return files[0]


def output_file(name: str) -> Path:
    """Where to write an output; whatever is there when the step ends is kept."""
    OUTPUTS.mkdir(parents=True, exist_ok=True)
    return OUTPUTS / name


def log_metadata(**values: object) -> None:
    """Report metrics: each line on stdout that is a JSON object becomes metadata of the execution."""
    say(json.dumps(values))


def read_prepared(name: str) -> pd.DataFrame:
    """The table that preprocess.py wrote, with its text columns as categories."""
    return pd.read_csv(input_file(name), dtype=dict.fromkeys(CATEGORIES, "category"))


def features_and_target(table: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """Split a prepared table; the month only says which side of the hold-out a row is on, so it is no feature."""
    return table.drop(columns=[TARGET, "month"]), table[TARGET]
