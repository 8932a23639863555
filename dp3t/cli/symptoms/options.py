"""Options that several commands of symptoms have, and what they give."""

from pathlib import Path
from typing import Annotated

import typer

from dp3t.cli.files import naming
from dp3t.cli.language import text
from dp3t.cli.moments import day_given, moment_given, present
from dp3t.cli.output import JSON_HELP
from dp3t.cli.presence.reading import read_up_to
from dp3t.codec import from_hex
from dp3t.errors import MalformedError
from dp3t.primitives import ED25519_PUBLIC_BYTES
from dp3t.publication.signing import TrustedKeys, VerificationKey
from dp3t.symptoms.built_in import built_in_rules
from dp3t.symptoms.rules import MAX_RULES_BYTES, RuleTable
from dp3t.timeline import Day, Instant, day_of

_VIET_NAM_AHEAD_SECONDS = 7 * 3_600

Json = Annotated[bool, typer.Option("--json", help=JSON_HELP)]
DiaryPath = Annotated[
    Path,
    typer.Option("--diary", metavar="FILE", help=text(en="The diary.", vi="Tệp nhật ký.")),
]
KeyPath = Annotated[
    Path,
    typer.Option(
        "--key",
        metavar="FILE",
        help=text(
            en="The diary's key; only its owner can read it.",
            vi="Khóa của nhật ký; chỉ chủ sở hữu đọc được.",
        ),
    ),
]
Number = Annotated[
    int,
    typer.Option(
        "--member", min=1, max=255, help=text(en="Number of the person.", vi="Số của người đó.")
    ),
]
DayText = Annotated[
    str | None,
    typer.Option(
        "--day",
        metavar="DATE",
        help=text(
            en="The day, YYYY-MM-DD; else today in Viet Nam (UTC+7).",
            vi="Ngày, dạng YYYY-MM-DD; mặc định hôm nay theo giờ Việt Nam.",
        ),
    ),
]
Now = Annotated[
    str | None,
    typer.Option(
        metavar="TIME",
        help=text(
            en="For demonstrations: what time it is, ISO or Unix seconds.",
            vi="Chỉ để trình diễn: thời điểm hiện tại, dạng ISO hoặc số giây Unix.",
        ),
    ),
]
Authority = Annotated[
    str,
    typer.Option(
        metavar="HEX",
        help=text(
            en="The health authority's public signing key.",
            vi="Khóa ký công khai của cơ quan y tế.",
        ),
    ),
]
RulesPath = Annotated[
    Path | None,
    typer.Option(
        "--rules",
        metavar="FILE",
        help=text(
            en="Rules that the authority signed; else those of this program.",
            vi="Bộ quy tắc do cơ quan y tế ký; mặc định là bộ của chương trình.",
        ),
    ),
]
RulesAuthority = Annotated[
    str | None,
    typer.Option(
        "--authority",
        metavar="HEX",
        help=text(
            en="The public key with which the rules are signed.",
            vi="Khóa công khai đã ký bộ quy tắc.",
        ),
    ),
]


def now_given(given: str | None) -> Instant:
    """Return the moment given, or the present."""
    return present() if given is None else moment_given(given, "--now")


def calendar_day(now: Instant) -> Day:
    """Return the day of the calendar of Viet Nam: of diaries and visits [SYMPTOM-DIARY-10].

    Tokens and reports have UTC days.
    """
    return day_of(Instant(now + _VIET_NAM_AHEAD_SECONDS))


def day_of_note(given: str | None, now: Instant) -> Day:
    """Return the day given, or today in Viet Nam."""
    return calendar_day(now) if given is None else day_given(given, "--day")


def trusted(authority: str) -> TrustedKeys:
    """Return the authority's key as one to trust.

    Raises:
        MalformedError: no key.
    """
    with naming("--authority"):
        return TrustedKeys(
            [VerificationKey.pinned(from_hex(authority, length=ED25519_PUBLIC_BYTES))]
        )


def rules_given(path: Path | None, authority: str | None, now: Instant) -> RuleTable:
    """Return the signed table, or the one that comes with the program.

    Raises:
        MalformedError: one of the two options without the other, or no good table.
    """
    if path is None and authority is None:
        return built_in_rules()
    if path is None or authority is None:
        raise MalformedError("--rules needs --authority, and --authority --rules")
    keys = trusted(authority)
    with naming(path):
        return RuleTable.open(read_up_to(path, MAX_RULES_BYTES), trusted=keys, now=now)
