"""A family falls ill: a diary that stays at home, advice by signed rules, and a call for help."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from dp3t.cli.demo.declarations.authority import Authority
from dp3t.cli.demo.declarations.checks import ADMITTED, Check, check, refusal
from dp3t.cli.demo.declarations.household import (
    ASKS_AT,
    CALLBACK,
    GRANDMOTHER,
    HOME,
    MEMBERS,
    MESSAGE,
    NAMES,
    NOTES,
    WHO,
    Noted,
)
from dp3t.cli.demo.declarations.office import HELP_REQUESTS, Office
from dp3t.cli.demo.declarations.places import Commune
from dp3t.errors import Dp3tError, VerificationError
from dp3t.primitives import Rand
from dp3t.symptoms.advice import Advice, advise
from dp3t.symptoms.diary import DIARY_KEY_BYTES, Diary
from dp3t.symptoms.help import HelpRequest, SealedHelp
from dp3t.symptoms.rules import RuleTable
from dp3t.symptoms.words import AgeBand
from dp3t.symptoms_client import SymptomsClient
from dp3t.timeline import day_of, day_to_date


@dataclass(frozen=True, slots=True)
class Advised:
    """A note, and what the phone said to it."""

    noted: Noted
    advice: Advice


@dataclass(slots=True, kw_only=True)
class Family:
    """What came of the story.

    Attributes:
        advised: in order of time.
        diary_bytes: how long the sealed diary is.
        request: as the station read it; None where none did.
        opened_by: the communes whose stations opened it.
        checks: what had to be so.
    """

    advised: list[Advised] = field(default_factory=list)
    diary_bytes: int = 0
    request: HelpRequest | None = None
    opened_by: list[Commune] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)

    def secrets(self) -> Iterator[tuple[str, bytes]]:
        """Yield what no file of the server may hold."""
        for member in MEMBERS:
            yield f"diary: {member.name}", member.name.encode()
        yield "help: who", WHO.encode()
        yield "help: telephone", CALLBACK.telephone.encode()
        yield "help: message", MESSAGE.encode()


def keep_diary(table: RuleTable, *, rand: Rand) -> Family:
    """Note what happens from day to day, sealed in between; ask the rules each time.

    Args:
        table: as the server gave it and the authority signed it.
        rand: of the phone.
    """
    family, key = Family(), rand(DIARY_KEY_BYTES)
    diary = Diary()
    for member in MEMBERS:
        diary = diary.with_member(member)
    sealed = diary.save(key=key, today=NOTES[0].day, rand=rand)
    for noted in NOTES:
        diary = Diary.load(sealed, key=key, today=noted.day)
        diary = diary.noted(noted.member, noted.day, noted.entry, today=noted.day)
        family.advised.append(Advised(noted, advise(diary, noted.member, noted.day, table)))
        sealed = diary.save(key=key, today=noted.day, rand=rand)
    family.diary_bytes = len(sealed)
    family.checks += _advice_checks(family.advised)
    family.checks.append(
        check(
            "The diary with another phone's key",
            "Mở nhật ký bằng khóa của điện thoại khác",
            due=VerificationError.__name__,
            came=_opened(sealed, rand(DIARY_KEY_BYTES)),
        )
    )
    return family


async def ask_for_help(
    family: Family, *, client: SymptomsClient, authority: Authority, office: Office
) -> None:
    """Ask the station of the commune, and let the stations of all communes try to open it."""
    keys = await client.fetch_stations(authority.trusted, now=ASKS_AT)
    (last,) = [each for each in family.advised if each.noted is NOTES[-1]]
    asked = _request(last)
    await client.ask_for_help(asked.seal_with_os_randomness(keys))
    kept = await office.fetch(HELP_REQUESTS)
    for commune, key in authority.stations.items():
        for sealed in kept.values():
            try:
                family.request = SealedHelp.decode(sealed).open([key])
            except VerificationError:
                continue
            family.opened_by.append(commune)
    for name in kept:
        await office.erase(HELP_REQUESTS, name)
    family.checks += [
        check(
            "Stations that open the request for help",
            "Trạm y tế mở được yêu cầu giúp đỡ",
            due=[HOME.name],
            came=[commune.name for commune in family.opened_by],
        ),
        check(
            "The station reads what was asked, and nothing of the diary besides",
            "Trạm đọc đúng điều được yêu cầu, không có gì khác từ nhật ký",
            due=asked.to_value(),
            came="" if family.request is None else family.request.to_value(),
        ),
        check(
            "Requests left at the server once the station has them",
            "Số yêu cầu còn trên máy chủ sau khi trạm đã nhận",
            due=0,
            came=len(await office.fetch(HELP_REQUESTS)),
        ),
    ]


def _request(last: Advised) -> HelpRequest:
    """Return what the person chooses to tell."""
    (grandmother,) = [member for member in MEMBERS if member.number == GRANDMOTHER]
    years = day_to_date(day_of(ASKS_AT)).year - grandmother.birth_year
    return HelpRequest(
        commune=HOME.code,
        who=WHO,
        callback=CALLBACK,
        message=MESSAGE,
        outcome=last.advice.outcome,
        age_band=AgeBand.of(years),
        language="vi",
        asked=ASKS_AT,
    )


def _advice_checks(advised: list[Advised]) -> Iterator[Check]:
    for each in advised:
        noted, advice = each.noted, each.advice
        name, date = NAMES[noted.member], f"{day_to_date(noted.day):%d/%m}"
        yield check(
            f"Advice to {name} on {date}, and the rules that decide it",
            f"Lời khuyên cho {name} ngày {date} và quy tắc dẫn đến",
            due=[noted.due.value, *noted.because],
            came=[advice.outcome.value, *(fired.rule.name for fired in advice.deciding)],
        )


def _opened(sealed: bytes, key: bytes) -> str:
    try:
        Diary.load(sealed, key=key, today=NOTES[-1].day)
    except Dp3tError as error:
        return refusal(error)
    return ADMITTED
