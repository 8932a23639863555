"""`dp3t facilities settings|close|open|resolve|strike`: what the authority settles and decides."""

from typing import Annotated

import typer

from dp3t.cli.facilities import options
from dp3t.cli.facilities.authority import Authority, acting
from dp3t.cli.facilities.sent import Sent
from dp3t.cli.language import text
from dp3t.cli.presence.extra import extra_needed
from dp3t.errors import MalformedError
from dp3t.facilities.authority_acts import (
    UNTIL_OPENED,
    Closure,
    Opening,
    Resolution,
    SettingsAct,
    Strike,
    Verdict,
)
from dp3t.facilities.settings import Settings
from dp3t.facilities.texts import Texts

_MINUTES = 60
_Reason = Annotated[
    str | None,
    typer.Option(
        metavar="TEXT",
        help=text(en="Why, for everybody to read.", vi="Lý do, ai cũng đọc được."),
    ),
]


@extra_needed()
def settings(
    server: options.Server,
    authority_key: options.AuthorityKey,
    token_file: options.TokenFile,
    name_vi: Annotated[
        str, typer.Option(metavar="TEXT", help=text(en="The authority.", vi="Tên cơ quan quản lý."))
    ],
    name_en: Annotated[
        str,
        typer.Option(
            metavar="TEXT",
            help=text(en="The same in English.", vi="Tên cơ quan bằng tiếng Anh."),
        ),
    ],
    offset: Annotated[
        int,
        typer.Option(
            metavar="MINUTES",
            help=text(en="Of the clocks, east of UTC.", vi="Múi giờ: số phút trước UTC."),
        ),
    ] = 420,
    deadline: Annotated[
        str,
        typer.Option(
            metavar="HH:MM",
            help=text(en="Until when a day is attested.", vi="Hạn báo cáo trong ngày."),
        ),
    ] = "10:00",
    late_days: Annotated[
        int,
        typer.Option(
            help=text(
                en="How many days later a day can still be attested.",
                vi="Được báo cáo bù trong bao nhiêu ngày.",
            )
        ),
    ] = 1,
    objection_days: Annotated[
        int,
        typer.Option(
            help=text(
                en="How many days back one can object.", vi="Được phản ánh lùi bao nhiêu ngày."
            )
        ),
    ] = 7,
    now: options.Now = None,
    *,
    as_json: options.Json = False,
) -> None:
    """Settle how days are counted [TERMINAL-71]."""
    settled = Settings(
        utc_offset_minutes=offset,
        deadline_minutes=_minutes(deadline),
        late_days=late_days,
        objection_days=objection_days,
        name=Texts(name_vi, name_en),
    )

    async def act(authority: Authority) -> Sent:
        return await authority.put(lambda head: SettingsAct(head=head, settings=settled))

    acting(server, authority_key, token_file, now, act).tell(as_json=as_json)


@extra_needed()
def close(
    facility: options.FacilityName,
    server: options.Server,
    authority_key: options.AuthorityKey,
    token_file: options.TokenFile,
    first: options.FromText = None,
    until: Annotated[
        str | None,
        typer.Option(
            metavar="DATE",
            help=text(en="Its last day; else until it is opened.", vi="Ngày cuối đóng cửa."),
        ),
    ] = None,
    reason: _Reason = None,
    now: options.Now = None,
    *,
    as_json: options.Json = False,
) -> None:
    """Close a facility [TERMINAL-71]."""
    words = options.words_given(reason)

    async def act(authority: Authority) -> Sent:
        from_day = options.local_day(first, authority.today, "--from")
        last = UNTIL_OPENED if until is None else options.local_day(until, from_day, "--until")
        return await authority.put(
            lambda head: Closure(
                head=head,
                facility=facility,
                from_day=from_day,
                until_day=last,
                words=options.commitment(words),
            ),
            words,
        )

    acting(server, authority_key, token_file, now, act).tell(as_json=as_json)


@extra_needed()
def open_again(
    facility: options.FacilityName,
    server: options.Server,
    authority_key: options.AuthorityKey,
    token_file: options.TokenFile,
    first: options.FromText = None,
    now: options.Now = None,
    *,
    as_json: options.Json = False,
) -> None:
    """Open a facility again [TERMINAL-71]."""

    async def act(authority: Authority) -> Sent:
        day = options.local_day(first, authority.today, "--from")
        return await authority.put(lambda head: Opening(head=head, facility=facility, from_day=day))

    acting(server, authority_key, token_file, now, act).tell(as_json=as_json)


@extra_needed()
def resolve(
    objection: options.ObjectionDigest,
    verdict: Annotated[Verdict, typer.Option(help=text(en="What is decided.", vi="Quyết định."))],
    server: options.Server,
    authority_key: options.AuthorityKey,
    token_file: options.TokenFile,
    reason: _Reason = None,
    now: options.Now = None,
    *,
    as_json: options.Json = False,
) -> None:
    """Decide on an objection [TERMINAL-71]."""
    digest, words = options.digest_given(objection, "OBJECTION"), options.words_given(reason)

    async def act(authority: Authority) -> Sent:
        return await authority.put(
            lambda head: Resolution(
                head=head, objection=digest, verdict=verdict, words=options.commitment(words)
            ),
            words,
        )

    acting(server, authority_key, token_file, now, act).tell(as_json=as_json)


@extra_needed()
def strike(
    act_digest: Annotated[
        str,
        typer.Argument(metavar="ACT", help=text(en="Digest of the act.", vi="Mã băm của hành vi.")),
    ],
    reason: Annotated[
        str,
        typer.Option(
            metavar="TEXT",
            help=text(
                en="Why, for everybody to read; it names nobody.",
                vi="Lý do, ai cũng đọc được; không nêu tên ai.",
            ),
        ),
    ],
    server: options.Server,
    authority_key: options.AuthorityKey,
    token_file: options.TokenFile,
    now: options.Now = None,
    *,
    as_json: options.Json = False,
) -> None:
    """Have the words of an act erased [TERMINAL-71]."""
    struck = options.digest_given(act_digest, "ACT")

    async def act(authority: Authority) -> Sent:
        return await authority.put(lambda head: Strike(head=head, act=struck, reason=reason))

    acting(server, authority_key, token_file, now, act).tell(as_json=as_json)


def _minutes(clock: str) -> int:
    """Return a time of day as minutes after midnight; 24:00 is the end of the day."""
    hours, colon, minutes = clock.partition(":")
    is_time = colon and (hours + minutes).isascii() and hours.isdecimal() and minutes.isdecimal()
    if not is_time or int(minutes) >= _MINUTES:
        raise MalformedError("--deadline is no time of day like 10:00")
    return int(hours) * _MINUTES + int(minutes)
