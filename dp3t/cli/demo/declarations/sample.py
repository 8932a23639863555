"""The last day of the survey, through the server: real codes, real tokens, real requests."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from dp3t.cli.demo.declarations.checks import ADMITTED, Check, check, refusal
from dp3t.cli.demo.declarations.office import Office
from dp3t.cli.demo.declarations.outbreak import LAST, Country, Person
from dp3t.declarations_client import DeclarationsClient
from dp3t.errors import Dp3tError
from dp3t.primitives import Rand
from dp3t.publication.authorization import UploadCode
from dp3t.publication.token_book import TokenBook
from dp3t.publication.token_keys import TokenKeys
from dp3t.symptoms.estimate import Count
from dp3t.symptoms.report import SYMPTOMS_SCOPE, SymptomReport
from dp3t.symptoms.survey import Survey
from dp3t.symptoms_client import SymptomsClient
from dp3t.timeline import Day

_AT_ONCE = 16
_CODES_AT_ONCE = 500
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


@dataclass(slots=True, kw_only=True)
class Sample:
    """What was sent.

    Attributes:
        books: the tokens of each who reports, in their order.
        sent: what the phones sent, by commune.
        checks: what had to be so.
    """

    books: list[TokenBook] = field(default_factory=list, repr=False)
    sent: dict[str, Count] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)


async def ask_for_tokens(
    people: Sequence[int],
    *,
    office: Office,
    client: DeclarationsClient,
    keys: TokenKeys,
    rand: Rand,
) -> Sample:
    """Give each a code, and let their phones ask for the token of the day that is new.

    A phone asks every day for the one day that the list of keys has more than yesterday. Those that
    will not report do so too; the demonstration leaves them out.

    Args:
        people: who reports on the last day.
        office: who runs the server.
        client: a connection for this only; phones would have one each.
        keys: the list of the day, which was verified.
        rand: of the phones.
    """
    codes = [
        code
        for start in range(0, len(people), _CODES_AT_ONCE)
        for code in await office.token_codes(min(_CODES_AT_ONCE, len(people) - start))
    ]
    fresh = [_new_day_only(keys).prepared(keys, rand=rand) for _ in codes]

    async def ask(number: int) -> TokenBook:
        return await client.ask_tokens(fresh[number], codes[number])

    sample = Sample(books=await _each(range(len(codes)), ask))
    sample.checks += [
        check(
            "Tokens, of each who asked with a code one of the new day",
            "Thẻ ẩn danh: mỗi người có mã được một thẻ cho ngày mới",
            due=[len(people), [LAST]],
            came=[
                sum(len(book.tokens) for book in sample.books),
                sorted({token.day for book in sample.books for token in book.tokens}),
            ],
        ),
        check(
            "Asking a second time for the same day with the same code",
            "Xin lần thứ hai cho cùng ngày bằng cùng mã",
            due={"tokens": 0, "refused": 1},
            came=await _asked_again(client, codes[0], keys, rand=rand),
        ),
    ]
    return sample


async def report(
    sample: Sample,
    people: Sequence[int],
    *,
    country: Country,
    survey: Survey,
    client: SymptomsClient,
) -> None:
    """Let each spend their token for one randomised answer, and one try it twice."""
    reports = [
        _report(country.people[number], book, survey)
        for number, book in zip(people, sample.books, strict=True)
    ]
    outcomes = await _each(reports, lambda each: _sent(client, each))
    for each in reports:
        before = sample.sent.get(each.commune, Count(0, 0))
        sample.sent[each.commune] = Count(before.reports + 1, before.positives + each.positive)
    again = SymptomReport(
        survey=survey.number,
        commune=reports[0].commune,
        positive=not reports[0].positive,
        token=reports[0].token,
    )
    sample.checks += [
        check(
            "Reports through the server that were not counted",
            "Số báo cáo qua máy chủ không được tính",
            due=0,
            came=sum(outcome != ADMITTED for outcome in outcomes),
        ),
        check(
            "A second vote with the same token",
            "Gửi lần thứ hai bằng cùng một thẻ",
            due="spent-token",
            came=await _sent(client, again),
        ),
    ]


def _new_day_only(keys: TokenKeys) -> TokenBook:
    """Return the book of a phone that has asked on each of the days before."""
    known = tuple(Day(day) for day in range(keys.day, LAST))
    return TokenBook(scope=SYMPTOMS_SCOPE, used=known)


def _report(person: Person, book: TokenBook, survey: Survey) -> SymptomReport:
    token, _ = book.take(LAST)
    return SymptomReport.make_with_os_randomness(
        LAST in person.ill, survey=survey, commune=person.commune.code, token=token
    )


async def _asked_again(
    client: DeclarationsClient, code: UploadCode, keys: TokenKeys, *, rand: Rand
) -> dict[str, int]:
    before = _new_day_only(keys)
    book = await client.ask_tokens(before.prepared(keys, rand=rand), code)
    return {"tokens": len(book.tokens), "refused": len(book.used) - len(before.used)}


async def _sent(client: SymptomsClient, each: SymptomReport) -> str:
    try:
        await client.report(each)
    except Dp3tError as error:
        return refusal(error)
    return ADMITTED


async def _each(
    items: Sequence[_Item], work: Callable[[_Item], Awaitable[_Result]]
) -> list[_Result]:
    """Return what becomes of each item, in order; some are worked on at once."""
    free = asyncio.Semaphore(_AT_ONCE)

    async def alone(item: _Item) -> _Result:
        async with free:
            return await work(item)

    return await asyncio.gather(*map(alone, items))
