"""`dp3t presence`: venues and their posters, the authority's work, and codes in pictures."""

import typer

from dp3t.cli.language import text
from dp3t.cli.presence import authority, card, organisation, slip, venue
from dp3t.cli.presence.derive import decrypt, derive
from dp3t.cli.presence.scan import scan

app = typer.Typer(
    no_args_is_help=True,
    help=text(
        en="QR check-in at public places: venues, posters, traces.",
        vi="Quét mã QR khi vào nơi công cộng: địa điểm, áp phích, truy vết.",
    ),
)

app.add_typer(venue.app, name="venue")
app.add_typer(organisation.app, name="organisation")
app.add_typer(authority.app, name="authority")
app.add_typer(card.app, name="card")
app.add_typer(slip.app, name="slip")
app.command(
    "scan",
    help=text(
        en="Read the codes in a photograph or a drawn picture.",
        vi="Đọc các mã trong ảnh chụp hoặc tệp ảnh.",
    ),
)(scan)
app.command(
    "derive",
    help=text(
        en="Derive all that follows from an entry code, as every implementation must.",
        vi="Tính mọi giá trị suy ra từ mã vào cửa, đúng như mọi cài đặt phải làm.",
    ),
)(derive)
app.command(
    "decrypt",
    help=text(
        en="Decrypt a record with the key of its identity.",
        vi="Giải mã một bản ghi bằng khóa của định danh.",
    ),
)(decrypt)
