"""What came of the demonstration, for scripts and for people."""

from collections.abc import Iterable, Iterator

from rich.table import Table

from dp3t.cli.demo.presence.run import Outcome
from dp3t.cli.demo.presence.scenario import PATIENT, Place, Scenario, Visit
from dp3t.cli.language import language, number, text
from dp3t.cli.moments import iso_moment
from dp3t.phone import Language, Notice
from dp3t.presence.trace import PRESENCE
from dp3t.timeline import Day, Stretch, day_to_date, to_datetime

Document = dict[str, object]
Told = Stretch | Day
"""What a person can be told of: a stretch at a place, or a day with an encounter."""


def result(scenario: Scenario, outcome: Outcome, *, design: str, seed: int) -> Document:
    """Return what `--json` prints."""
    others = [person for person in range(len(scenario.names)) if person != PATIENT]
    due = {person: expected(scenario, person) for person in others}
    came = {person: found(outcome, person) for person in others}
    phones = len(scenario.names) - len(scenario.without_phone)

    def named(people: Iterable[int]) -> list[str]:
        return [scenario.names[person] for person in people]

    return {
        "design": design,
        "seed": seed,
        "infected": named([PATIENT]),
        "exposed_truth": named(person for person in others if due[person]),
        "notified": named(each for each in others if came[each] and each in outcome.warned),
        "called": named(sorted(outcome.called)),
        "missed": named(person for person in others if due[person] - came[person]),
        "false_alarms": named(person for person in others if came[person] - due[person]),
        "people": [_person(scenario, outcome, person) for person in range(len(scenario.names))],
        "server": _server(outcome),
        "bytes_downloaded_per_phone": round(outcome.bytes_downloaded / phones),
        "seconds": round(outcome.seconds, 2),
    }


def failed(document: Document) -> bool:
    """Return whether anybody was warned wrongly, or the server knew what it should not."""
    return bool(document["missed"] or document["false_alarms"] or told_of(document))


def told_of(document: Document) -> list[str]:
    """Return what of places and people the server's files held in the clear."""
    match document["server"]:
        case {"told": list(told)}:
            return told
    raise TypeError("the document is not of this module")


def expected(scenario: Scenario, person: int) -> set[Told]:
    """Return of what somebody ought to be told."""
    due: set[Told] = {overlap.stretch for overlap in scenario.truth().get(person, ())}
    met = scenario.walked().get(person)
    return due if met is None else due | {met}


def found(outcome: Outcome, person: int) -> set[Told]:
    """Return of what somebody was told, by the phone or by the authority."""
    return {
        *outcome.warned.get(person, ()),
        *outcome.met.get(person, ()),
        *outcome.called.get(person, ()),
    }


def tables(scenario: Scenario, outcome: Outcome) -> Iterator[Table | str]:
    """Yield who was where and what came of it, what each phone says, and what the server held."""
    yield _people(scenario, outcome)
    yield _sayings(scenario, outcome)
    yield _held(outcome)


def _person(scenario: Scenario, outcome: Outcome, person: int) -> Document:
    return {
        "name": scenario.names[person],
        "phone": person not in scenario.without_phone,
        "visits": [
            {"place": visit.place.value, **_times(visit.stay), "checks_out": not visit.forgets}
            for visit in scenario.visits
            if visit.person == person
        ],
        "exposed": [
            {"place": overlap.place.value, **_times(overlap.stretch)}
            for overlap in scenario.truth().get(person, ())
        ],
        "warned": [_times(stretch) for stretch in outcome.warned.get(person, ())],
        "called": [_times(stretch) for stretch in outcome.called.get(person, ())],
        "encounters": [_date(day) for day in outcome.met.get(person, ())],
        "says": [line for notice in outcome.notices.get(person, ()) for line in _lines(notice)],
    }


def _server(outcome: Outcome) -> Document:
    traces = [size for name, size in outcome.sizes.items() if name.startswith(PRESENCE)]
    return {
        "bytes_of_trace_uploads": outcome.held,
        "trace_uploads_left": outcome.left,
        "batches": len(outcome.sizes),
        "bytes_published": sum(outcome.sizes.values()),
        "batches_of_traces": len(traces),
        "bytes_of_traces": sum(traces),
        "told": sorted(outcome.told),
    }


def _people(scenario: Scenario, outcome: Outcome) -> Table:
    table = Table(
        text(en="Person", vi="Người"),
        text(en="Where and when (UTC)", vi="Ở đâu và khi nào (UTC)"),
        text(en="With the patient", vi="Cùng bệnh nhân"),
        text(en="Told of", vi="Được báo về"),
        text(en="Verdict", vi="Kết quả"),
    )
    for person, name in enumerate(scenario.names):
        came = found(outcome, person)
        table.add_row(
            name + _means(scenario, person),
            "\n".join(_visit(visit) for visit in scenario.visits if visit.person == person),
            "\n".join(_telling(expected(scenario, person))),
            "\n".join(_telling(came)),
            _verdict(expected(scenario, person), came, person=person),
            style="bold" if came else "dim",
        )
    return table


def _sayings(scenario: Scenario, outcome: Outcome) -> Table:
    table = Table(
        text(en="Phone of", vi="Điện thoại của"), text(en="What it says", vi="Nội dung hiển thị")
    )
    for person, notices in outcome.notices.items():
        if notices and person != PATIENT:
            lines = [line for notice in notices for line in _lines(notice)]
            table.add_row(scenario.names[person], "\n".join(dict.fromkeys(lines)))
    for person in sorted(outcome.called):
        table.add_row(
            scenario.names[person] + _means(scenario, person),
            text(
                en="The authority reads the slips of these hours, and calls.",
                vi="Cơ quan y tế đọc phiếu của những giờ này và gọi điện.",
            ),
        )
    return table


def _held(outcome: Outcome) -> str:
    server = _server(outcome)
    held = " + ".join(number(size) for size in outcome.held)
    known = ", ".join(sorted(outcome.told)) or text(en="nothing", vi="không có gì")
    return text(
        en=(
            "The server held the owners' uploads ({held} bytes) until the authority had them "
            "({trace_uploads_left} are left), and published {batches} batches of {bytes_published} "
            "bytes, {bytes_of_traces} of them of traces. In its files of places and people: "
            "{known}. {seconds} s."
        ),
        vi=(
            "Máy chủ giữ dữ liệu chủ địa điểm tải lên ({held} byte) cho đến khi cơ quan y tế nhận "
            "(còn lại {trace_uploads_left}), và công bố {batches} lô gồm {bytes_published} byte, "
            "trong đó {bytes_of_traces} byte truy vết. Trong tệp của máy chủ về địa điểm và con "
            "người: {known}. {seconds} giây."
        ),
    ).format(
        held=held, known=known, seconds=number(outcome.seconds, decimals=1), **_written(server)
    )


def _written(server: Document) -> dict[str, str]:
    return {name: number(value) for name, value in server.items() if isinstance(value, int)}


def _visit(visit: Visit) -> str:
    forgets = text(en=" (forgot to check out)", vi=" (quên báo rời đi)") if visit.forgets else ""
    return f"{_place(visit.place)} {_stretch(visit.stay)}{forgets}"


def _place(place: Place) -> str:
    return {
        Place.MARKET: text(en="market", vi="chợ"),
        Place.SCHOOL: text(en="school", vi="trường học"),
        Place.HOSPITAL: text(en="hospital", vi="bệnh viện"),
    }[place]


def _means(scenario: Scenario, person: int) -> str:
    if person == PATIENT:
        return text(en=" (patient)", vi=" (bệnh nhân)")
    return text(en=" (card)", vi=" (thẻ giấy)") if person in scenario.without_phone else ""


def _telling(told: set[Told]) -> Iterator[str]:
    """Yield stretches in order, then days with encounters."""
    for stretch in sorted(one for one in told if isinstance(one, tuple)):
        yield _stretch(stretch)
    for day in sorted(one for one in told if not isinstance(one, tuple)):
        yield text(en="near, ", vi="ở gần, ") + f"{day_to_date(day):%d/%m}"


def _verdict(due: set[Told], came: set[Told], *, person: int) -> str:
    if person == PATIENT:
        return text(en="knows", vi="đã biết")
    if due == came:
        return text(en="right", vi="đúng")
    if due - came:
        return text(en="[red]missed[/]", vi="[red]bỏ sót[/]")
    return text(en="[red]false alarm[/]", vi="[red]báo nhầm[/]")


def _lines(notice: Notice) -> Iterator[str]:
    words = Language(language())
    yield from notice.what_happened(words)
    yield from notice.what_to_do(words)


def _stretch(stretch: Stretch) -> str:
    start, end = (to_datetime(moment) for moment in stretch)
    return f"{start:%d/%m %H:%M}-{end:%H:%M}"


def _times(stretch: Stretch) -> dict[str, object]:
    return {"start": iso_moment(stretch.start), "end": iso_moment(stretch.end)}


def _date(day: Day) -> str:
    return day_to_date(day).isoformat()
