"""The stories of single facilities: objections and verdicts, a closure, and acts of others."""

from collections.abc import Iterator
from dataclasses import replace

from dp3t.canonical_json import JsonValue
from dp3t.cli.demo.declarations.checks import Check, check
from dp3t.cli.demo.facilities.parties import Desk, drawn_key
from dp3t.cli.demo.facilities.town import Town, refusal_of
from dp3t.cli.demo.facilities.week import (
    CLOSING,
    FRIDAY,
    LAST,
    MONDAY,
    MORNING,
    TUESDAY,
    Part,
    Scenario,
    nth,
)
from dp3t.facilities.authority_acts import Verdict
from dp3t.facilities.words import Words
from dp3t.publication.signing import HEADER_BYTES

STRUCK_WORDS = "Cô Hoa ở nhà bếp bị ho"
KEPT_WORDS = "Phòng học 2A đóng kín cửa sổ cả buổi sáng"
ANSWER_WORDS = "Cửa sổ hỏng đã được sửa trong ngày"


class Stories:
    """What happens beside the daily attestations."""

    def __init__(self, scenario: Scenario, town: Town) -> None:
        """Take the facilities that have a story of their own."""
        self._town = town
        self._desks = {part: town.desks[name] for part, name in scenario.parts.items()}
        self._objections = dict[Part, bytes]()
        self.checks = list[Check]()

    async def happen(self, day: int, hour: float) -> None:
        """Let happen what is due at an hour of a day."""
        story = {
            (FRIDAY, MORNING): self._close,
            (MONDAY, CLOSING): self._object,
            (TUESDAY, CLOSING): self._object_again,
            (LAST, CLOSING): self._end,
        }.get((day, hour))
        if story is not None:
            await story()

    async def _close(self) -> None:
        town, name = self._town, self._desks[Part.SHUT].name
        await town.decree(town.authority.close(name, nth(MONDAY), town.now))

    async def _object(self) -> None:
        """Two people object; one facility answers and is believed, the other is not."""
        town, today = self._town, nth(MONDAY)
        first, second = await town.citizens(2)
        answering, upheld = self._desks[Part.DISMISSED], self._desks[Part.UPHELD]
        words = Words.write(KEPT_WORDS, rand=town.rand)
        signed = first.object(answering, today, town.now, words=words)
        self._note(
            "What those who look at the map are told of an objection as it comes",
            "Người đang xem bản đồ được báo ngay khi có phản ánh",
            due="contested",
            came=await town.told(answering.name, town.hand_in_objection(signed, words)),
        )
        self._note(
            "A second objection of the same person to the same facility on one day",
            "Cùng một người phản ánh lần hai về cùng cơ sở trong một ngày",
            due="spent-token",
            came=await refusal_of(
                town.client.send_objection(first.object(answering, nth(MONDAY - 3), town.now))
            ),
        )
        said = Words.write(ANSWER_WORDS, rand=town.rand)
        await town.hand_in(answering.answer(signed, said, town.now), said)
        await town.decree(town.authority.resolve(signed, Verdict.DISMISSED, town.now))
        other = second.object(upheld, today, town.now)
        await town.hand_in_objection(other)
        await town.decree(town.authority.resolve(other, Verdict.UPHELD, town.now))
        self._objections |= {Part.DISMISSED: signed, Part.UPHELD: other}
        self._note(
            "A facility whose objection is dismissed, and one whose objection is upheld",
            "Cơ sở có phản ánh bị bác, và cơ sở có phản ánh được công nhận",
            due=["safe", "unsafe"],
            came=[await town.state(answering.name), await town.state(upheld.name)],
        )

    async def _object_again(self) -> None:
        """One objection stays open; the words of another name somebody and are struck out."""
        town, today = self._town, nth(TUESDAY)
        first, second = await town.citizens(2)
        await town.hand_in_objection(first.object(self._desks[Part.OPEN], today, town.now))
        words = Words.write(STRUCK_WORDS, rand=town.rand)
        signed = second.object(self._desks[Part.STRUCK], today, town.now, words=words)
        await town.hand_in_objection(signed, words)
        self._objections[Part.STRUCK] = signed
        await town.decree(
            town.authority.resolve(signed, Verdict.DISMISSED, town.now),
            town.authority.strike(signed, town.now),
            town.authority.open(self._desks[Part.SHUT].name, nth(LAST), town.now),
        )

    async def _end(self) -> None:
        """Settle what was upheld, and let others act in the name of a facility."""
        town, signed = self._town, self._objections[Part.UPHELD]
        await town.decree(town.authority.resolve(signed, Verdict.SETTLED, town.now))
        for en, vi, due, forged in self._forgeries():
            self._note(en, vi, due=due, came=await refusal_of(town.client.send_act(forged)))
        good = self._desks[Part.ATTACKED].attest(nth(LAST), town.now)
        first, again = await town.hand_in(good), await town.client.send_act(good)
        self._note(
            "The number of an act that is handed in once more",
            "Số của bản ghi được nộp lại lần nữa",
            due=first.number,
            came=again.number,
        )

    def _forgeries(self) -> Iterator[tuple[str, str, str, bytes]]:
        """Yield acts that are refused: in which words, by which name, and the act."""
        now, today, desk = self._town.now, nth(LAST), self._desks[Part.ATTACKED]
        key = drawn_key(rand=self._town.rand)
        thief = Desk(key, desk.end, facility=desk.facility)
        stranger = Desk(key, facility=replace(desk.facility, facility="no-such-school"))
        yield (
            "An act under a forged key",
            "Bản ghi ký bằng khóa giả",
            "wrong-key",
            thief.another(today, now),
        )
        yield (
            "An act that was altered on its way",
            "Bản ghi bị sửa dọc đường",
            "wrong-key",
            with_another_signature(desk.another(today, now)),
        )
        yield (
            "An act for the day before yesterday",
            "Bản ghi lùi về ngày hôm kia",
            "back-dated",
            desk.another(nth(LAST - 2), now),
        )
        yield (
            "Another act with the number of one that is there",
            "Bản ghi khác mang số đã có",
            "forked",
            desk.forked(today, now),
        )
        yield (
            "An act of a facility that nobody has enrolled",
            "Bản ghi của cơ sở chưa ai đăng ký",
            "unknown-facility",
            stranger.another(today, now),
        )

    def _note(self, en: str, vi: str, *, due: JsonValue, came: JsonValue) -> None:
        self.checks.append(check(en, vi, due=due, came=came))


def with_another_signature(signed: bytes) -> bytes:
    """Return an act whose signature has one bit turned."""
    place = HEADER_BYTES - 1
    return signed[:place] + bytes([signed[place] ^ 1]) + signed[place + 1 :]
