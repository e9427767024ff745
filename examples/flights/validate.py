"""Check the raw data before anything is built on them, and stop the pipeline with a list of all that is wrong.

What is expected stands in the two tables below; the code under them only compares.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import pandas as pd

from flights_io import input_file, log_metadata, output_file, say


@dataclass(frozen=True)
class Column:
    """The values that one column may hold. `nulls` and `outside` are the shares of rows that may break the rule."""

    kind: str
    low: float | None = None
    high: float | None = None
    values: frozenset[str] | None = None
    nulls: float = 0.0
    outside: float = 0.0


@dataclass(frozen=True)
class Table:
    """The form that one file must have."""

    name: str
    rows: tuple[int, int]
    key: tuple[str, ...]
    columns: dict[str, Column]


@dataclass(frozen=True)
class Check:
    """One comparison and how it went."""

    table: str
    subject: str
    expected: str
    found: str
    passed: bool


AIRPORTS = frozenset({"EWR", "JFK", "LGA"})

FLIGHTS = Table(
    name="flights",
    rows=(300_000, 400_000),
    key=("time_hour", "carrier", "flight"),
    columns={
        "year": Column("number", 2013, 2013),
        "month": Column("number", 1, 12),
        "day": Column("number", 1, 31),
        "hour": Column("number", 0, 23),
        "minute": Column("number", 0, 59),
        "sched_dep_time": Column("number", 0, 2359),
        "dep_delay": Column("number", -60, 1440, nulls=0.05),
        "carrier": Column("text"),
        "flight": Column("number", 1, 9999),
        "origin": Column("text", values=AIRPORTS),
        "dest": Column("text"),
        "distance": Column("number", 1, 5000),
        "time_hour": Column("time"),
    },
)

# The real data hold a wind of 1,048 mph (Newark, 12 February, 3 a.m.): a few such misreadings are let through here and
# blanked by preprocess.py. With --strict not even one may pass.
WEATHER = Table(
    name="weather",
    rows=(24_000, 27_000),
    key=("origin", "time_hour"),
    columns={
        "origin": Column("text", values=AIRPORTS),
        "temp": Column("number", -30, 120, nulls=0.01),
        "dewp": Column("number", -40, 90, nulls=0.01),
        "humid": Column("number", 0, 100, nulls=0.01),
        "wind_dir": Column("number", 0, 360, nulls=0.05),
        "wind_speed": Column("number", 0, 150, nulls=0.01, outside=0.001),
        "wind_gust": Column("number", 0, 150, nulls=0.90),
        "precip": Column("number", 0, 10, nulls=0.01),
        "pressure": Column("number", 900, 1100, nulls=0.15),
        "visib": Column("number", 0, 10, nulls=0.01),
        "time_hour": Column("time"),
    },
)

MONTHS = frozenset(range(1, 13))


def kind_of(values: pd.Series) -> str:
    """`number`, `time` or `text`, judged by the values themselves."""
    if pd.api.types.is_numeric_dtype(values):
        return "number"
    times = pd.to_datetime(values.dropna().astype(str), format="ISO8601", utc=True, errors="coerce")
    return "time" if times.notna().all() else "text"


def outside(values: pd.Series, rule: Column) -> pd.Series:
    """The values that break the rule; nulls are counted by a check of their own."""
    present = values.dropna()
    if rule.values is not None:
        return present[~present.isin(rule.values)]
    if rule.kind == "number":
        return present[(present < rule.low) | (present > rule.high)]
    return present.iloc[:0]


def expectation(rule: Column) -> str:
    """The rule for values in words."""
    return f"one of {', '.join(sorted(rule.values))}" if rule.values else f"{rule.low:g} to {rule.high:g}"


def check_column(table: str, name: str, values: pd.Series, rule: Column, strict: bool) -> Iterator[Check]:
    """Kind first; where it is wrong, ranges would only repeat the complaint."""
    kind = kind_of(values)
    yield Check(table, name, f"a {rule.kind} column", kind, kind == rule.kind)
    nulls = float(values.isna().mean())
    yield Check(table, name, f"at most {rule.nulls:.1%} empty", f"{nulls:.2%}", nulls <= rule.nulls)
    if kind != rule.kind or (rule.values is None and rule.low is None):
        return
    bad = outside(values, rule)
    found = f"{len(bad):,} not so: {', '.join(map(str, bad.unique()[:3]))}" if len(bad) else "nothing else"
    yield Check(table, name, expectation(rule), found, len(bad) / len(values) <= (0.0 if strict else rule.outside))


def check_table(data: pd.DataFrame, table: Table, strict: bool) -> Iterator[Check]:
    """Every rule of one table, in the order in which they are declared."""
    low, high = table.rows
    yield Check(table.name, "rows", f"{low:,} to {high:,}", f"{len(data):,}", low <= len(data) <= high)
    missing = [name for name in table.columns if name not in data]
    found = f"{', '.join(missing)} missing" if missing else "all"
    yield Check(table.name, "columns", f"all {len(table.columns)} columns", found, not missing)
    if data.empty:
        return
    if not set(table.key) & set(missing):
        repeated = int(data.duplicated(list(table.key)).sum())
        yield Check(table.name, " + ".join(table.key), "no key twice", f"{repeated:,} rows repeated", repeated == 0)
    if "month" in data:
        absent = sorted(MONTHS - set(data["month"]))
        found = f"all but {', '.join(map(str, absent))}" if absent else "all"
        yield Check(table.name, "month", "every month of the year", found, not absent)
    for name, rule in table.columns.items():
        if name not in missing:
            yield from check_column(table.name, name, data[name], rule, strict)


def empty_share(data: pd.DataFrame, name: str) -> float | None:
    """A metric must be a number or nothing: NaN is no JSON, and the data may lack the column altogether."""
    return round(float(data[name].isna().mean()), 5) if name in data and len(data) else None


def report(checks: list[Check]) -> str:
    """The failed checks as aligned text for the log."""
    rows = [(check.table, check.subject, f"expected {check.expected}", f"found {check.found}") for check in checks]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strict", action="store_true", help="let no value outside its range pass")
    strict = parser.parse_args().strict

    flights = pd.read_csv(input_file("flights"), low_memory=False)
    weather = pd.read_csv(input_file("weather"), low_memory=False)
    checks = [*check_table(flights, FLIGHTS, strict), *check_table(weather, WEATHER, strict)]
    failed = [check for check in checks if not check.passed]

    output_file("checks.json").write_text(json.dumps([asdict(check) for check in checks], indent=1) + "\n")
    log_metadata(
        checks=len(checks),
        failed_checks=len(failed),
        flights_rows=len(flights),
        weather_rows=len(weather),
        cancelled_share=empty_share(flights, "dep_delay"),
    )
    if failed:
        say(report(failed))
        sys.exit(f"{len(failed)} of {len(checks)} checks failed: the data are not fit for training.")
    say(f"All {len(checks)} checks passed.")


if __name__ == "__main__":
    main()
