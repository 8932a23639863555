"""`dp3t facilities attest|answer|rekey`: what a facility says of its days and of objections."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from dp3t.cli.facilities import options
from dp3t.cli.facilities.desk import Desk, at_desk
from dp3t.cli.facilities.key_file import make_facility_key, read_facility_key
from dp3t.cli.facilities.sent import Sent
from dp3t.cli.language import text
from dp3t.cli.output import show
from dp3t.cli.presence.extra import extra_needed
from dp3t.cli.presence.reading import entry_given, read_up_to
from dp3t.errors import PolicyError
from dp3t.facilities.answers import PlaceAct
from dp3t.facilities.checklist import Checklist, current_checklist
from dp3t.facilities.facility_acts import Answer, Attestation, Done, Rekey
from dp3t.facilities.local_time import LocalDay
from dp3t.facilities.presence_proof import presence_key
from dp3t.presence.proof import presence_proof_seed
from dp3t.primitives import sha256

_MOST_PHOTO_BYTES = 2**27

_Tasks = Annotated[
    list[str] | None,
    typer.Option(
        "--done",
        metavar="TASK,TASK",
        help=text(en="Tasks that were done.", vi="Những việc đã làm."),
    ),
]


@extra_needed()
def attest(
    key: options.FacilityKeyFile,
    server: options.Server,
    done: _Tasks = None,
    absent: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TASK,TASK",
            help=text(en="Tasks that were not done.", vi="Những việc không làm."),
        ),
    ] = None,
    note: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT",
            help=text(
                en="For everybody to read; it names nobody.", vi="Ghi chú, ai cũng đọc được."
            ),
        ),
    ] = None,
    photo: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help=text(
                en="A picture that you keep; only its SHA-256 is published.",
                vi="Ảnh do cơ sở giữ; chỉ công bố mã SHA-256.",
            ),
        ),
    ] = None,
    entry: options.Entry = None,
    day: options.DayText = None,
    facility: options.OptionalFacility = "",
    now: options.Now = None,
    *,
    everything: Annotated[
        bool,
        typer.Option(
            "--all",
            help=text(
                en="All tasks that fall to the day were done.", vi="Đã làm mọi việc của ngày."
            ),
        ),
    ] = False,
    closed: Annotated[
        bool, typer.Option("--closed", help=text(en="It is closed.", vi="Cơ sở nghỉ."))
    ] = False,
    instead: Annotated[
        bool,
        typer.Option(
            "--instead",
            help=text(
                en="Keep nothing of what was attested of the day before.",
                vi="Không giữ lại gì từ báo cáo trước của ngày này.",
            ),
        ),
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Attest a day; tasks attested before stay done [TERMINAL-75]."""
    if not (done or absent or everything or closed):
        raise PolicyError("say what was done: --done, --all, --absent or --closed")
    words = options.words_given(note)
    photos = tuple(sha256(read_up_to(path, _MOST_PHOTO_BYTES)) for path in photo or ())

    async def act(desk: Desk) -> tuple[Sent, Attestation]:
        said = _Said(desk, options.local_day(day, desk.place.today), keeps=not instead)
        names = _split(done) | (said.due() if everything else frozenset())
        attested = Attestation(
            head=desk.head(),
            facility=desk.facility,
            day=said.day,
            checklist=said.checklist.number,
            done=() if closed else said.done(names, but=_split(absent)),
            absent=() if closed else tuple(sorted(said.listed(_split(absent)))),
            closed=closed,
            photos=photos,
            presence=_presence(entry, said.day),
            corrects=b"" if said.former is None else said.former.digest,
            words=options.commitment(words),
        )
        return await desk.put(attested, words), attested

    sent, attested = at_desk(server, key, facility, now, act)
    _tell(sent, attested, as_json=as_json)


@extra_needed()
def answer(
    objection: options.ObjectionDigest,
    key: options.FacilityKeyFile,
    said: Annotated[
        str,
        typer.Option(
            "--words",
            metavar="TEXT",
            help=text(en="The answer, for everybody to read.", vi="Câu trả lời, ai cũng đọc được."),
        ),
    ],
    server: options.Server,
    facility: options.OptionalFacility = "",
    now: options.Now = None,
    *,
    as_json: options.Json = False,
) -> None:
    """Answer an objection [TERMINAL-76]."""
    digest, words = options.digest_given(objection, "OBJECTION"), options.words_given(said)

    async def act(desk: Desk) -> Sent:
        answered = Answer(
            head=desk.head(),
            facility=desk.facility,
            objection=digest,
            words=options.commitment(words),
        )
        return await desk.put(answered, words)

    at_desk(server, key, facility, now, act).tell(as_json=as_json)


@extra_needed()
def rekey(
    key: options.FacilityKeyFile,
    new: Annotated[
        Path,
        typer.Option(
            metavar="FILE",
            help=text(
                en="Where the new key goes, which nobody else has ever had.",
                vi="Nơi lưu khóa mới mà chưa ai khác từng có.",
            ),
        ),
    ],
    server: options.Server,
    facility: options.OptionalFacility = "",
    now: options.Now = None,
    *,
    as_json: options.Json = False,
) -> None:
    """Go on under a new key; begun again, it goes on with the one that was made [TERMINAL-76]."""

    async def act(desk: Desk) -> Sent:
        if new.exists():
            made, _ = read_facility_key(new, desk.facility)
        else:
            made = make_facility_key(new, desk.facility)
        public = made.public().public
        for each in desk.place.acts:
            if isinstance(each.content, Rekey) and each.content.public == public:
                return Sent(each.digest, each.number, each.received)
        return await desk.put(Rekey(head=desk.head(), facility=desk.facility, public=public))

    at_desk(server, key, facility, now, act).tell(as_json=as_json)


class _Said:
    """What a facility says of a day, beside what it has said before."""

    def __init__(self, desk: Desk, day: LocalDay, *, keeps: bool) -> None:
        self.day = day
        self._desk, self._keeps = desk, keeps
        self.checklist = _checklist(desk, day)
        found = [each for each in desk.place.acts if _attests(each, day)]
        self.former = found[-1] if found else None

    def due(self) -> frozenset[str]:
        """Return the tasks that fall to the day: of another day than today the daily ones."""
        if self.day == self._desk.place.today:
            return frozenset(each.task.task for each in self._desk.place.tasks if each.due)
        return frozenset(each.task for each in self.checklist.tasks if each.period_days == 1)

    def listed(self, names: frozenset[str]) -> frozenset[str]:
        """Return names of tasks; PolicyError where the list has no such task."""
        for name in sorted(names):
            if self.checklist.task(name) is None:
                known = ", ".join(each.task for each in self.checklist.tasks)
                raise PolicyError(f"the list has no task {name!r}, but {known}")
        return names

    def done(self, names: frozenset[str], *, but: frozenset[str]) -> tuple[Done, ...]:
        """Return what was done: now, and by the former attestation; not what was not."""
        found = {each.task: each for each in self._kept()}
        for name in self.listed(names):
            task = self.checklist.task(name)
            if task is not None and name not in found:
                found[name] = Done(task=name, role=task.role, at=self._desk.now)
        return tuple(found[name] for name in sorted(found) if name not in but)

    def _kept(self) -> Iterable[Done]:
        if self.former is None or not self._keeps:
            return ()
        attested = self.former.content
        done = attested.done if isinstance(attested, Attestation) else ()
        return [each for each in done if self.checklist.task(each.task) is not None]


def _attests(act: PlaceAct, day: LocalDay) -> bool:
    return isinstance(act.content, Attestation) and act.content.day == day


def _checklist(desk: Desk, day: LocalDay) -> Checklist:
    kind = desk.place.row.facility_kind
    found = current_checklist(desk.region.checklists, facility_kind=kind, day=day)
    if found is None:
        raise PolicyError(f"no checklist of {kind} is in force that day")
    return found


def _split(given: Sequence[str] | None) -> frozenset[str]:
    names = (name.strip() for each in given or () for name in each.split(","))
    return frozenset(name for name in names if name)


def _presence(entry: str | None, day: LocalDay) -> bytes:
    """Return under which key visitors of the day prove that they were there, if they can."""
    return b"" if entry is None else presence_key(presence_proof_seed(entry_given(entry), day))


def _tell(sent: Sent, attested: Attestation, *, as_json: bool) -> None:
    day = options.date_of(attested.day).isoformat()
    done = [each.task for each in attested.done]
    if not as_json:
        closed = text(en="closed", vi="nghỉ")
        what = closed if attested.closed else ", ".join(done) or text(en="nothing", vi="không có")
        en = f"{attested.facility}, {day}: {what}."
        show(escape(text(en=en, vi=en)))
    sent.tell(
        {
            "absent": list(attested.absent),
            "closed": attested.closed,
            "day": day,
            "done": done,
            "facility": attested.facility,
            "photos": [each.hex() for each in attested.photos],
        },
        as_json=as_json,
    )
