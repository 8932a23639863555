"""`dp3t facilities object`: what a citizen says against a facility, for an anonymous token."""

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from dp3t.cli.authority_key import read_private
from dp3t.cli.facilities import options
from dp3t.cli.facilities.desk import said_authorities
from dp3t.cli.facilities.sent import Sent
from dp3t.cli.files import alone, naming, write_whole
from dp3t.cli.language import text
from dp3t.cli.presence.extra import extra_needed
from dp3t.cli.presence.reading import entry_given
from dp3t.cli.token_file import TokenFile
from dp3t.codec import Fields, Value, decode, encode
from dp3t.errors import MalformedError, PolicyError
from dp3t.facilities.act import act_digest
from dp3t.facilities.answers import Place, Region
from dp3t.facilities.facility import require_facility
from dp3t.facilities.objection import Objection
from dp3t.facilities.objection_book import ObjectionBook
from dp3t.facilities.refusal import RefusedError
from dp3t.facilities.words import SALT_BYTES, Words
from dp3t.presence.proof import presence_proof_seed
from dp3t.timeline import day_of

_MOST_BYTES = 2**14
_LONGEST = 2**10
_VERSION = 1


@extra_needed()
def object_to(
    facility: options.FacilityName,
    tokens: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help=text(
                en="Tokens of `dp3t tokens fetch --scope objections`; today's is spent.",
                vi="Thẻ của `dp3t tokens fetch --scope objections`; thẻ hôm nay sẽ được dùng.",
            ),
        ),
    ],
    server: options.Server,
    task: Annotated[
        str,
        typer.Option(
            metavar="TASK",
            help=text(
                en="Which task was not done; without it, something else.",
                vi="Việc nào chưa làm; bỏ trống nếu là chuyện khác.",
            ),
        ),
    ] = "",
    said: Annotated[
        str | None,
        typer.Option(
            "--words",
            metavar="TEXT",
            help=text(
                en="For everybody to read; name nobody, yourself neither.",
                vi="Ai cũng đọc được; đừng nêu tên ai, kể cả tên mình.",
            ),
        ),
    ] = None,
    day: options.DayText = None,
    entry: options.Entry = None,
    now: options.Now = None,
    *,
    as_json: options.Json = False,
) -> None:
    """Object, once a day [TERMINAL-78]; again as it was where no answer came [TERMINAL-77]."""
    require_facility(facility)
    moment, words = options.now_given(now), options.words_given(said)
    sending = tokens.with_name(f"{tokens.name}.sending")

    def make(region: Region, place: Place, found: TokenFile) -> tuple[_Unsent, TokenFile]:
        _require_task(place, task)
        if not isinstance(found.held, ObjectionBook):
            raise PolicyError(f"{tokens}: its tokens are for something else")
        token, key, rest = found.held.take(day_of(moment))
        about = options.local_day(day, place.today)
        objection = Objection(
            region=region.region,
            made=moment,
            facility=facility,
            day=about,
            task=task,
            token=token,
            words=options.commitment(words),
        )
        if entry is not None:
            objection = objection.with_presence(presence_proof_seed(entry_given(entry), about))
        return _Unsent(facility, objection.sign(key), words), replace(found, held=rest)

    async def do() -> Sent:
        from dp3t.facilities_client import FacilitiesClient

        async with FacilitiesClient(server) as client:
            unsent = _Unsent.read(sending, facility) if sending.exists() else None
            if unsent is None:
                found = TokenFile.read(tokens)
                region = await client.fetch_settings()
                authorities = said_authorities(region)
                place = await client.fetch_place(facility, authorities=authorities)
                unsent, rest = make(region, place, found)
                unsent.write(sending)
                rest.write(tokens)
            else:
                _say_again()
            try:
                taken = await client.send_objection(unsent.signed, unsent.words)
            except RefusedError:
                sending.unlink()
                raise
            sending.unlink()
            return Sent(act_digest(unsent.signed), taken.number, taken.received)

    with alone(tokens):
        sent = asyncio.run(do())
    sent.tell(as_json=as_json)


class _Unsent(NamedTuple):
    """An objection that may or may not have arrived, in a file that only its owner can read."""

    facility: str
    signed: bytes
    words: Words | None

    def write(self, path: Path) -> None:
        words: list[Value] = [] if self.words is None else [self.words.salt, self.words.text]
        value: Value = {
            "facility": self.facility,
            "signed": self.signed,
            "version": _VERSION,
            "words": words,
        }
        write_whole(path, encode(value), mode=0o600, force=False)

    @classmethod
    def read(cls, path: Path, facility: str) -> "_Unsent":
        """Return what a file holds; PolicyError where it is against another facility."""
        data = read_private(path, _MOST_BYTES)
        with naming(path):
            fields = Fields(decode(data, limit_bytes=_MOST_BYTES), what="an objection")
            fields.version(_VERSION)
            against = fields.text("facility", longest=_LONGEST)
            signed, words = fields.octets("signed"), fields.items("words", most=2)
            fields.done()
            found = cls(against, signed, _words(words))
        if against != facility:
            raise PolicyError(f"an objection to {against} had no answer: object to it again first")
        return found


def _words(said: list[Value]) -> Words | None:
    match said:
        case []:
            return None
        case [bytes(salt), str(words)] if len(salt) == SALT_BYTES:
            return Words(salt, words)
    raise MalformedError("holds words of another form")


def _require_task(place: Place, task: str) -> None:
    """Raise PolicyError where the list of today has no such task: a token would be lost."""
    known = [each.task.task for each in place.tasks]
    if task and task not in known:
        raise PolicyError(f"the list has no task {task!r}, but {', '.join(known)}")


def _say_again() -> None:
    again = text(
        en="the objection that had no answer is handed in again, as it was",
        vi="gửi lại nguyên vẹn phản ánh chưa có trả lời",
    )
    typer.echo(again, err=True)
