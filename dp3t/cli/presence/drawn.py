"""Posters and sheets of venues, as bytes; imported only where somebody wants one."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from dp3t.cli.presence.page import code_png, pdf, png
from dp3t.cli.presence.poster import Poster, poster_page
from dp3t.cli.presence.private import PrivateCode
from dp3t.cli.presence.sheets import card_sheet, private_sheet
from dp3t.errors import LimitError
from dp3t.presence.card import Card
from dp3t.presence.entry import EntryCode
from dp3t.presence.rotation import RotatingCode

MAX_POSTERS = 366


def posters(entries: Sequence[EntryCode], *, link_base: str, utc_offset_seconds: int) -> bytes:
    """Return a PDF with a poster for each entry code.

    Raises:
        MalformedError: the font lacks a character, or the base is none.
        LimitError: more than 366.
    """
    if len(entries) > MAX_POSTERS:
        raise LimitError(f"one file holds at most {MAX_POSTERS} posters")
    return pdf(
        [
            poster_page(
                Poster(
                    name=entry.description,
                    address=entry.address,
                    link=entry.link(base=link_base),
                    valid=_validity(entry, utc_offset_seconds),
                )
            )
            for entry in entries
        ]
    )


def entry_picture(entry: EntryCode, *, link_base: str) -> bytes:
    """Return the QR code at the door, alone, as PNG."""
    return code_png(entry.link(base=link_base))


def private_picture(code: PrivateCode) -> bytes:
    """Return a page with a private code, as PNG."""
    entry = (code.venue if isinstance(code, RotatingCode) else code).entry
    return png(private_sheet(name=entry.description, address=entry.address, code=code.text()))


def card_picture(card: Card) -> bytes:
    """Return the QR code of a card, alone, as PNG."""
    return code_png(card.text())


def card_pages(cards: Sequence[Card]) -> bytes:
    """Return a PDF with a page of cards, at most `CARDS_ON_A_SHEET`, to be cut out."""
    return pdf([card_sheet([card.text() for card in cards])])


def _validity(entry: EntryCode, utc_offset_seconds: int) -> str | None:
    """Return when a code is good by the clock at the place; None where it always is."""
    start, end = (
        _clock(moment, utc_offset_seconds) if moment is not None else None
        for moment in (entry.start, entry.end)
    )
    if start and end:
        return f"Có giá trị · Valid: {start} - {end}"
    if start:
        return f"Có giá trị từ · Valid from {start}"
    return f"Có giá trị đến · Valid until {end}" if end else None


def _clock(moment: int, utc_offset_seconds: int) -> str:
    shown = datetime.fromtimestamp(moment, tz=UTC) + timedelta(seconds=utc_offset_seconds)
    return shown.strftime("%d/%m/%Y %H:%M")
