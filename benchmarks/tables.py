"""Tables of results for a terminal, alike in all benchmarks."""

from collections.abc import Container

from rich.box import SIMPLE_HEAD
from rich.table import Table


def result_table(
    title: str, *columns: str, words: Container[str], caption: str | None = None
) -> Table:
    """Return a table without rows: words to the left and unbroken, numbers to the right.

    Args:
        title: above the table.
        columns: their headings.
        words: the headings of columns that hold words.
        caption: below the table.
    """
    table = Table(
        title=title,
        caption=caption,
        title_justify="left",
        caption_justify="left",
        box=SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        show_edge=False,
    )
    for column in columns:
        is_words = column in words
        table.add_column(column, justify="left" if is_words else "right", no_wrap=is_words)
    return table
