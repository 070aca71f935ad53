"""Pairs to learn a translator from, made by rules: numbers in words, and dates as people write them.

    python examples/pairs.py numbers > numbers.tsv        three hundred and five -> 305
    python examples/pairs.py shuzi > shuzi.tsv            三百零五 -> 305
    python examples/pairs.py dates > dates.tsv            March 5th, 2021 -> 2021-03-05

A line is a source, a tab and its target; the first line names the two. No number and no date comes twice, so that
whatever is held out of them is held out whole: `armillary learn translator` measures on numbers and dates that it has
never seen, in no way of writing them.
"""

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import click

ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
FIRST, LAST = date(1900, 1, 1), date(2099, 12, 31)


def english(number: int) -> str:
    """A number below a million in English words: 305 -> three hundred and five."""
    if number < 20:
        return ONES[number]
    if number < 100:
        tens = TENS[number // 10 - 2]
        return f"{tens}-{ONES[number % 10]}" if number % 10 else tens
    if number < 1000:
        rest = f" and {english(number % 100)}" if number % 100 else ""
        return f"{ONES[number // 100]} hundred{rest}"
    rest = number % 1000
    joined = (" and " if rest < 100 else " ") + english(rest) if rest else ""
    return f"{english(number // 1000)} thousand{joined}"


def chinese(number: int) -> str:
    """A number below a hundred million in Chinese: 305 -> 三百零五."""
    if number >= 10_000:
        rest = number % 10_000
        zero = "零" if 0 < rest < 1000 else ""
        return f"{chinese(number // 10_000)}万{zero}{_below(rest) if rest else ''}"
    found = _below(number)
    return found.removeprefix("一") if 10 <= number < 20 else found


def _below(number: int) -> str:
    """A number below ten thousand, in which a gap is read as one 零."""
    if number == 0:
        return "零"
    digits, written, gap = f"{number:04}", "", False
    for digit, unit in zip(digits, "千百十 ", strict=True):
        if digit == "0":
            gap = bool(written)
            continue
        written += ("零" if gap else "") + "零一二三四五六七八九"[int(digit)] + unit.strip()
        gap = False
    return written


def written(day: date, way: int) -> str:
    """A day in one of eight ways of writing it."""
    month, short, ordinal = f"{day:%B}", f"{day:%b}", f"{day.day}{_ending(day.day)}"
    return (
        f"{month} {day.day}, {day.year}", f"{day.day} {month} {day.year}", f"{month} {ordinal}, {day.year}",
        f"{day:%A}, {day.day} {month} {day.year}", f"the {ordinal} of {month} {day.year}",
        f"{short} {day.day} {day.year}", f"{day.day}.{day.month}.{day.year}", f"{day.year}年{day.month}月{day.day}日",
    )[way]


def _ending(day: int) -> str:
    return "th" if 10 < day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def numbers(count: int, spoken: Callable[[int], str]) -> Iterator[tuple[str, str]]:
    """Different numbers below a million: half of them drawn from all, half with as many digits as chance says."""
    drawn = random.Random(1)
    found: dict[int, None] = {}
    while len(found) < count:
        size = drawn.randint(1, 6) if len(found) % 2 else 6
        found[drawn.randrange(10**size)] = None
    return ((spoken(number), str(number)) for number in found)


def dates(count: int) -> Iterator[tuple[str, str]]:
    """Different days from 1900 to 2099, each in a way of writing that is drawn."""
    drawn = random.Random(1)
    days = drawn.sample(range((LAST - FIRST).days + 1), count)
    return ((written(day, drawn.randrange(8)), day.isoformat()) for day in (FIRST + timedelta(one) for one in days))


@click.command()
@click.argument("kind", type=click.Choice(["numbers", "shuzi", "dates"]))
@click.option("--count", default=20_000, show_default=True, type=click.IntRange(1, 70_000), help="How many pairs.")
def main(kind: str, count: int) -> None:
    """Print pairs, a line each, with a tab between source and target."""
    made = dates(count) if kind == "dates" else numbers(count, english if kind == "numbers" else chinese)
    click.echo("source\ttarget")
    for source, target in made:
        click.echo(f"{source}\t{target}")


if __name__ == "__main__":
    main()
