"""The documents of symptoms: survey, rules and stations, as an authority signed them.

The operator installs them; the server checks what a phone would check, so that no phone is given
what it must refuse.
"""

from aiohttp import web

from dp3t import Instant, PolicyError, TrustedKeys, day_of
from dp3t.symptoms import RuleTable, StationKeys, Survey
from dp3t_server.app_keys import PARTS
from dp3t_server.faults import Fault, FaultError
from dp3t_server.files import CHANGES, answer_with
from dp3t_server.parts import Parts
from dp3t_server.rows import Lock
from dp3t_server.symptom_store import Kind


async def install(parts: Parts, kind: Kind, data: bytes, *, now: Instant) -> int:
    """Check a signed document and hand it out from now on; return its number [SYMPTOMS-SERVER-1].

    Raises:
        MalformedError: no such document.
        VerificationError: not signed by an authority of the settings.
        PolicyError: it does not hold now, a newer one is installed, or the server takes no
            declarations, or none any more, or no app would take the survey.
    """
    if not parts.config.declarations:
        raise PolicyError("this server takes no declarations; see `declarations`")
    trusted = TrustedKeys(each.key for each in parts.config.symptoms_authorities)
    number = _number(kind, data, trusted, now)
    async with parts.store.writing(alone=Lock.SYMPTOMS) as transaction:
        if await transaction.index.sunset() is not None:
            raise PolicyError("the service has ended; it hands out nothing any more")
        await transaction.symptoms.install(kind, number, data, today=day_of(now))
    return number


def _number(kind: Kind, data: bytes, trusted: TrustedKeys, now: Instant) -> int:
    match kind:
        case Kind.SURVEY:
            survey = Survey.open(data, trusted=trusted, now=now)
            survey.require_tolerable()
            return survey.number
        case Kind.RULES:
            return RuleTable.open(data, trusted=trusted, now=now).number
        case Kind.STATIONS:
            return StationKeys.open(data, trusted=trusted, now=now).number


async def hand_out(request: web.Request) -> web.Response:
    """Answer with a document, the same for everybody [SYMPTOMS-SERVER-2]."""
    kind = Kind(request.path.rsplit("/", 1)[-1])
    async with request.app[PARTS].store.reading() as transaction:
        document = await transaction.symptoms.document(kind)
    if document is None:
        raise FaultError(Fault.NOT_FOUND, "there is no such document yet")
    return answer_with(request, document, cache=CHANGES)
