"""What a number of variants a day takes: machines, money, disk and people, from rates that are named.

    python -m benchmarks.cost [--rate 1.0] [--price 0.1] [--use 0.8] [--json FILE]

The rate and the bytes were measured (docs/LOG.md, "past one machine"); prices, and how long a decision takes, are
assumptions, to be set to your own. With another machine's rate and price it says what that machine would take.
"""

import argparse
import json
from dataclasses import dataclass, fields
from math import ceil
from pathlib import Path
from typing import NamedTuple

DAY, HOUR = 86_400, 3_600  # seconds
A_DAY = (10**3, 10**6, 10**9)  # variants


@dataclass(frozen=True)
class Rates:
    """What is known or assumed of one machine, the store and the people."""

    rate: float = 1.0
    """Variants a second, written, checked, chosen from and stored: the default model on two processor cores."""
    price: float = 0.10
    """Of the machine, an hour. Assumed: about the list price of two rented cores with 8 GB."""
    use: float = 0.8
    """The share of a day in which a machine has work."""
    stored: float = 5_700
    """Bytes of the database a variant, its prompt, findings and score included."""
    shown: float = 1 / 3
    """The share of variants that reviewers are shown: three of nine."""
    decision: float = 10.0
    """Seconds that a person takes for one. Assumed."""


class Cost(NamedTuple):
    """What a day's variants take."""

    machines: int
    price: float
    """A day, of the hours that are used."""
    gigabytes: float
    """A day, of the database."""
    people: float
    """Working days of eight hours, a day."""


def cost(variants: int, rates: Rates) -> Cost:
    """What so many variants a day take."""
    seconds = variants / rates.rate
    return Cost(
        machines=ceil(seconds / (DAY * rates.use)),
        price=seconds / HOUR * rates.price,
        gigabytes=variants * rates.stored / 1e9,
        people=variants * rates.shown * rates.decision / (8 * HOUR),
    )


def even(rates: Rates, price: float) -> float:
    """The variants a second from which a machine of that price an hour costs less a variant."""
    return rates.rate * price / rates.price


def table(rates: Rates) -> str:
    """A row for each number of variants a day, in Markdown."""
    head = "| variants a day | machines | price a day | database a day | people, each day |"
    rows = [f"| {variants:,} | {_told(cost(variants, rates))} |" for variants in A_DAY]
    return "\n".join([head, "| --- | --- | --- | --- | --- |", *rows])


def _told(found: Cost) -> str:
    size = f"{found.gigabytes:,.0f} GB" if found.gigabytes >= 1 else f"{1_000 * found.gigabytes:,.0f} MB"
    return f"{found.machines:,} | {found.price:,.2f} | {size} | {found.people:,.1f}"


def main() -> None:
    """Print the table, and write flat names to numbers."""
    parser = argparse.ArgumentParser(description="What a number of variants a day takes.")
    for field in fields(Rates):
        parser.add_argument(f"--{field.name}", type=float, default=field.default)
    parser.add_argument("--json", type=Path)
    given = vars(parser.parse_args())
    file = given.pop("json")
    rates = Rates(**given)
    print(table(rates))
    if file:
        found = {f"{name}_at_{n}": value for n in A_DAY for name, value in cost(n, rates)._asdict().items()}
        file.write_text(json.dumps(found, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
