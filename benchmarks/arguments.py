"""Types of arguments that several benchmarks take."""

import argparse


def from_one(text: str) -> int:
    """Return a whole number from 1, of which none would be a measurement of nothing.

    Raises:
        argparse.ArgumentTypeError: another text.
    """
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1")
    return int(text)
