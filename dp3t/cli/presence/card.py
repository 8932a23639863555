"""`dp3t presence card create`: a card for somebody without a phone."""

from typing import Annotated

import typer

from dp3t.cli.language import text
from dp3t.cli.output import emit_json, show
from dp3t.cli.presence import options
from dp3t.cli.presence.describe import as_table
from dp3t.cli.presence.extra import extra_needed
from dp3t.cli.presence.outputs import plain
from dp3t.cli.presence.private import require_absent, write_private
from dp3t.presence.card import Card
from dp3t.primitives import random_from_os

app = typer.Typer(
    no_args_is_help=True,
    help=text(
        en="For visitors without a phone: a card that only the authority can read.",
        vi="Dành cho khách không có điện thoại: thẻ chỉ cơ quan y tế đọc được.",
    ),
)


@app.command(
    help=text(
        en="Seal contact details to the authority, and print them as cards.",
        vi="Niêm phong thông tin liên lạc gửi cơ quan y tế và in thành thẻ.",
    )
)
@extra_needed()
def create(
    contact: Annotated[
        str,
        typer.Option(
            help=text(
                en="How the person can be reached; nobody but the authority reads it.",
                vi="Cách liên lạc với người này; chỉ cơ quan y tế đọc được.",
            )
        ),
    ],
    authority: options.Authority,
    png: options.Png = None,
    pdf: options.Pdf = None,
    *,
    as_json: options.Json = False,
) -> None:
    """Make cards; their files recognise the person and are private [TERMINAL-37] [SLIP-18]."""
    require_absent(png, pdf)
    key = options.authority_given(authority)
    card = Card.of(plain(contact), authority=key, rand=random_from_os)
    drawn = {}
    if png or pdf:
        from dp3t.cli.presence.drawn import card_pages, card_picture
        from dp3t.cli.presence.sheets import CARDS_ON_A_SHEET

        if png:
            drawn[png] = card_picture(card)
        if pdf:
            others = (
                Card.of(plain(contact), authority=key, rand=random_from_os)
                for _ in range(CARDS_ON_A_SHEET - 1)
            )
            drawn[pdf] = card_pages([card, *others])
    for path, data in drawn.items():
        write_private(path, data)
    document = {"card": card.text(), "files": [str(path) for path in drawn]}
    if as_json:
        emit_json(document)
    else:
        show(as_table(document))
