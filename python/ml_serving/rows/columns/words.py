"""What texts of data spell: numbers, truth values, or that there is nothing.

Where a column tells what its values are, JSON and CSV read its texts alike; that a word stands
for nothing is said in CSV only, which has no null.
"""

import re

# How a field says that there is no value, as pandas reads files.
MISSING = frozenset(
    [
        "",
        "#N/A",
        "#N/A N/A",
        "#NA",
        "-1.#IND",
        "-1.#QNAN",
        "-NaN",
        "-nan",
        "1.#IND",
        "1.#QNAN",
        "<NA>",
        "N/A",
        "NA",
        "NULL",
        "NaN",
        "None",
        "n/a",
        "nan",
        "null",
    ]
)
# The same, also in a column of numbers, where no text can be meant.
MISSING_NUMBER = frozenset(word.lower() for word in MISSING)
WHOLE_NUMBER = re.compile(r"[+-]?\d{1,4000}")


def number_of(text: str) -> float | None:
    """The number that it is, also if that is NaN; None for what is none. Whole ones stay
    whole, however large."""
    word = text.strip()
    # float() would take 1_000 too, which nobody who writes data means as a number.
    if "_" in word or not word.isascii():
        return None
    if WHOLE_NUMBER.fullmatch(word):
        return int(word)
    try:
        return float(word)
    except ValueError:
        return None


def truth_of(text: str) -> bool | None:
    """The truth value that it is, in whatever capitals; None for what is none."""
    return {"true": True, "false": False}.get(text.strip().lower())
