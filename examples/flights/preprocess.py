"""Turn raw flights and weather into two tables: the months to learn from, and the month to be judged on.

A row may only hold what is known when its flight should leave. Hence no departure, arrival or air times; the weather
is that of the hour before; and how late others run is taken from flights that should have left long enough ago.
The same input gives the same bytes, so that a run on unchanged data can reuse all that follows.
"""

import argparse

import pandas as pd

from flights_io import TARGET, input_file, log_metadata, output_file, say

SCHEDULE = ["carrier", "origin", "dest", "weekday", "minute_of_day", "distance", "departures_in_hour"]
CONGESTION = ["airport_late_share", "carrier_late_share"]
WEATHER = ["temp", "dewp", "humid", "wind_dir", "wind_speed", "wind_gust", "precip", "pressure", "visib"]

STRONGEST_WIND_MPH = 150


def add_schedule(flights: pd.DataFrame) -> pd.DataFrame:
    """Adds the features that the timetable tells. The season is left out: the model knows nothing of a month that it has not seen."""
    return flights.assign(
        weekday=pd.to_datetime(flights[["year", "month", "day"]]).dt.day_of_week,
        minute_of_day=flights["hour"] * 60 + flights["minute"],
        departures_in_hour=flights.groupby(["origin", "time_hour"])["flight"].transform("size"),
    )


def add_late_share(flights: pd.DataFrame, name: str, keys: list[str], hours: range) -> pd.DataFrame:
    """Adds the share of the flights scheduled some hours ago that had still not left when they counted as delayed.

    That is known `delay_minutes` after schedule, whenever they left in the end, and for cancelled flights too. So
    with at most 60 minutes, flights scheduled two clock hours ago are certain; those of one hour ago are not.
    """
    counts = flights.groupby([*keys, "time_hour"])["late"].agg(["size", "sum"]).reset_index()
    shifted = [counts.assign(time_hour=counts["time_hour"] + pd.Timedelta(hours=hour)) for hour in hours]
    totals = pd.concat(shifted).groupby([*keys, "time_hour"])[["size", "sum"]].sum()
    share = (totals["sum"] / totals["size"]).round(4)
    return flights.join(share.rename(name), on=[*keys, "time_hour"])


def add_weather(flights: pd.DataFrame, weather: pd.DataFrame) -> pd.DataFrame:
    """Join the observation of the hour before: one that is filed under a flight's own hour may come after it left."""
    past = weather[["origin", "time_hour", *WEATHER]].drop_duplicates(["origin", "time_hour"])
    past = past.assign(
        time_hour=past["time_hour"] + pd.Timedelta(hours=1),
        wind_speed=past["wind_speed"].where(past["wind_speed"] <= STRONGEST_WIND_MPH).round(1),
        wind_gust=past["wind_gust"].round(1),
    )
    return flights.merge(past, how="left", on=["origin", "time_hour"], validate="many_to_one")


def prepare(flights: pd.DataFrame, weather: pd.DataFrame, delay_minutes: int) -> pd.DataFrame:
    """All features and the target, for the flights that left at all, in an order that depends on nothing else."""
    flights = flights.assign(
        time_hour=pd.to_datetime(flights["time_hour"], utc=True),
        late=(flights["dep_delay"] > delay_minutes) | flights["dep_delay"].isna(),
    )
    weather = weather.assign(time_hour=pd.to_datetime(weather["time_hour"], utc=True))

    flights = add_schedule(flights)
    flights = add_late_share(flights, "airport_late_share", ["origin"], range(2, 4))
    flights = add_late_share(flights, "carrier_late_share", ["origin", "carrier"], range(2, 7))
    flights = add_weather(flights, weather)

    left = flights[flights["dep_delay"].notna()].sort_values(["time_hour", "carrier", "flight"])
    left = left.assign(**{TARGET: left["late"].astype(int)})
    return left[["month", *SCHEDULE, *CONGESTION, *WEATHER, TARGET]]


def write(table: pd.DataFrame, name: str) -> None:
    """Without a time stamp in the gzip header, equal tables are equal files."""
    gzip = {"method": "gzip", "mtime": 0, "compresslevel": 4}
    table.to_csv(output_file(name), index=False, lineterminator="\n", compression=gzip)
    say(f"{name}: {len(table):,} flights, {table[TARGET].mean():.1%} delayed")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--delay_minutes", type=int, required=True, help="a later departure counts as delayed")
    parser.add_argument("--holdout_month", type=int, required=True, help="kept for evaluation")
    arguments = parser.parse_args()

    flights = pd.read_csv(input_file("flights"))
    weather = pd.read_csv(input_file("weather"))
    say(f"Read {len(flights):,} flights and {len(weather):,} hours of weather.")

    table = prepare(flights, weather, arguments.delay_minutes)
    train = table[table["month"] < arguments.holdout_month]
    holdout = table[table["month"] == arguments.holdout_month]
    write(train, "train.csv.gz")
    write(holdout, "holdout.csv.gz")
    log_metadata(
        train_rows=len(train),
        holdout_rows=len(holdout),
        cancelled_rows=len(flights) - len(table),
        train_delayed_share=round(float(train[TARGET].mean()), 4),
        holdout_delayed_share=round(float(holdout[TARGET].mean()), 4),
        without_weather_share=round(float(table["temp"].isna().mean()), 4),
    )


if __name__ == "__main__":
    main()
