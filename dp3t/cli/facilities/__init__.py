"""`dp3t facilities`: enrol and attest, object and decide, and verify the public record."""

import typer

from dp3t.cli.facilities.verify import verify
from dp3t.cli.language import text

app = typer.Typer(
    no_args_is_help=True,
    help=text(
        en="The live map of safe places: a public record that anybody can verify.",
        vi="Bản đồ nơi an toàn: sổ công khai mà ai cũng kiểm chứng được.",
    ),
)

app.command(
    "verify",
    help=text(
        en="Replay the whole record and hold log and map to it.",
        vi="Phát lại toàn bộ sổ công khai, đối chiếu nhật ký và bản đồ với sổ.",
    ),
)(verify)
