"""Options that several commands of facilities have, and what they give."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from dp3t.cli.files import naming
from dp3t.cli.language import text
from dp3t.cli.moments import day_given, moment_given, present
from dp3t.cli.output import JSON_HELP
from dp3t.codec import from_hex
from dp3t.errors import PolicyError
from dp3t.facilities.answers import Region
from dp3t.facilities.local_time import LocalDay
from dp3t.facilities.settings import Settings
from dp3t.facilities.words import Words
from dp3t.primitives import ED25519_PUBLIC_BYTES, random_from_os
from dp3t.publication.signing import TrustedKeys, VerificationKey
from dp3t.timeline import Day, Instant, day_to_date

DIGEST_BYTES = 32

Json = Annotated[bool, typer.Option("--json", help=JSON_HELP)]
Server = Annotated[
    str, typer.Option(metavar="URL", help=text(en="The server.", vi="Địa chỉ máy chủ."))
]
PublicKeys = Annotated[
    list[str],
    typer.Option(
        "--public-key",
        metavar="HEX",
        help=text(
            en="The server's key; several if it has changed.",
            vi="Khóa của máy chủ; nêu nhiều khóa nếu đã đổi.",
        ),
    ),
]
Authorities = Annotated[
    list[str],
    typer.Option(
        "--authority",
        metavar="HEX",
        help=text(
            en="The authority's public key; several if it has changed.",
            vi="Khóa công khai của cơ quan quản lý; nêu nhiều khóa nếu đã đổi.",
        ),
    ),
]
AuthorityKey = Annotated[
    Path,
    typer.Option(
        metavar="FILE",
        help=text(
            en="The authority's private key, as `dp3t arrivals keys signer` makes one.",
            vi="Khóa riêng của cơ quan quản lý, như `dp3t arrivals keys signer` tạo ra.",
        ),
    ),
]
TokenFile = Annotated[
    Path,
    typer.Option(
        metavar="FILE",
        help=text(en="The operator's token.", vi="Tệp mã của người vận hành máy chủ."),
    ),
]
FormerAuthorities = Annotated[
    list[str] | None,
    typer.Option(
        "--authority",
        metavar="HEX",
        help=text(
            en="A public key that the authority had before.",
            vi="Khóa công khai mà cơ quan quản lý đã dùng trước đây.",
        ),
    ),
]
FacilityKeyFile = Annotated[
    Path,
    typer.Option(
        "--key",
        metavar="FILE",
        help=text(
            en="The facility's private key; only its owner can read it.",
            vi="Khóa riêng của cơ sở; chỉ chủ sở hữu đọc được.",
        ),
    ),
]
FacilityName = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help=text(en="Name of the facility in the record.", vi="Mã cơ sở trong sổ công khai."),
    ),
]
OptionalFacility = Annotated[
    str,
    typer.Option(
        "--facility",
        metavar="ID",
        help=text(
            en="Which facility, where the key file does not say so.",
            vi="Mã cơ sở, nếu tệp khóa không ghi.",
        ),
    ),
]
ObjectionDigest = Annotated[
    str,
    typer.Argument(
        metavar="OBJECTION",
        help=text(
            en="Digest of the objection, as `status` shows it.",
            vi="Mã băm của phản ánh, như lệnh `status` cho thấy.",
        ),
    ),
]
DayText = Annotated[
    str | None,
    typer.Option(
        "--day",
        metavar="DATE",
        help=text(
            en="The day, YYYY-MM-DD; else today at the place.",
            vi="Ngày, dạng YYYY-MM-DD; mặc định hôm nay theo giờ địa phương.",
        ),
    ),
]
FromText = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="DATE",
        help=text(
            en="From this day on, YYYY-MM-DD; else today at the place.",
            vi="Từ ngày này, dạng YYYY-MM-DD; mặc định hôm nay theo giờ địa phương.",
        ),
    ),
]
Entry = Annotated[
    str | None,
    typer.Option(
        metavar="LINK|PICTURE",
        help=text(
            en="The entry code of the place.", vi="Mã QR vào cửa của cơ sở: liên kết hoặc ảnh."
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


def now_given(given: str | None) -> Instant:
    """Return the moment given, or the present."""
    return present() if given is None else moment_given(given, "--now")


def trusted(keys: Sequence[str], name: str) -> TrustedKeys:
    """Return public keys as such to trust.

    Raises:
        MalformedError: one is no key; the message names the option.
    """
    with naming(name):
        return TrustedKeys(
            VerificationKey.pinned(from_hex(each, length=ED25519_PUBLIC_BYTES)) for each in keys
        )


def digest_given(given: str, name: str) -> bytes:
    """Return the digest of an act; MalformedError where it is none."""
    return from_hex(given, length=DIGEST_BYTES, what=name)


def local_day(given: str | None, today: LocalDay, name: str = "--day") -> LocalDay:
    """Return the day given as a date, or today; MalformedError where it is no date."""
    return today if given is None else LocalDay(day_given(given, name))


def date_of(day: int) -> date:
    """Return a local day as a date."""
    return day_to_date(Day(day))


def words_given(said: str | None) -> Words | None:
    """Return words with a salt of their own; MalformedError where nobody may say them."""
    return None if said is None else Words.write(said, rand=random_from_os)


def commitment(words: Words | None) -> bytes:
    """Return what an act has for its words, or for none."""
    return b"" if words is None else words.commitment()


def settled(region: Region) -> tuple[Settings, LocalDay]:
    """Return settings and local day of a region.

    Raises:
        PolicyError: the authority has settled nothing yet.
    """
    if region.settings is None or region.today is None:
        raise PolicyError("the region has no settings yet: dp3t facilities settings")
    return region.settings, region.today
