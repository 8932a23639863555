"""Reports of symptoms: a token is spent and a number grows, in one transaction or not at all.

No row is of one report, and nothing is logged of any [SYMPTOMS-SERVER-3].
"""

from aiohttp import web

from dp3t import Instant
from dp3t.publication import ANSWER_BYTES
from dp3t.symptoms import (
    SYMPTOM_REPORT_BYTES,
    SYMPTOMS_SCOPE,
    SymptomReport,
    encode_symptom_answer,
)
from dp3t_server.app_keys import CLOCK, PARTS
from dp3t_server.middleware import read_body
from dp3t_server.parcels import PRIVATE
from dp3t_server.parts import Parts
from dp3t_server.rows import Lock, lock
from dp3t_server.store import Transaction
from dp3t_server.symptom_publication import survey_in
from dp3t_server.symptom_store import Kind
from dp3t_server.token_spending import judge, spend

_OTHER_SURVEY, _OTHER_COMMUNE, _CLOSED = "other-survey", "other-commune", "closed-day"


async def accept(request: web.Request) -> web.Response:
    """Count a report or refuse it; size, headers and time do not tell [SYMPTOMS-SERVER-4]."""
    parts, now = request.app[PARTS], request.app[CLOCK].now()
    seconds = parts.config.body_timeout_seconds
    body = await read_body(request, most_bytes=SYMPTOM_REPORT_BYTES, timeout_seconds=seconds)
    refusal = await _decide(parts, SymptomReport.decode(body), now=now)
    answer = encode_symptom_answer(refusal)
    if len(answer) != ANSWER_BYTES:
        raise TypeError("an answer of another length would tell something")
    return web.Response(body=answer, content_type="application/json", headers=PRIVATE)


async def _decide(parts: Parts, report: SymptomReport, *, now: Instant) -> str | None:
    """Count a report and spend its token; return the refusal where it is not counted."""
    async with parts.store.reading() as transaction:  # a refusal waits for no writer
        refusal = await _unfit(transaction, report, now=now) or await judge(
            transaction.connection, report.token, scope=SYMPTOMS_SCOPE, now=now
        )
    if refusal is not None:
        return refusal
    async with parts.store.writing() as transaction:
        connection = transaction.connection
        await lock(connection, Lock.SYMPTOMS, shared=True)  # its day is not published meanwhile
        refusal = await _unfit(transaction, report, now=now) or await spend(
            connection, report.token, scope=SYMPTOMS_SCOPE, now=now
        )
        if refusal is None:
            await transaction.symptoms.add(report)
    return refusal


async def _unfit(transaction: Transaction, report: SymptomReport, *, now: Instant) -> str | None:
    """Return why a report is not counted, whatever its token is; None where it may be."""
    document = await transaction.symptoms.document(Kind.SURVEY)
    if document is None:
        return _OTHER_SURVEY
    survey = survey_in(document.data)
    if report.survey != survey.number or not survey.valid_from <= now < survey.valid_until:
        return _OTHER_SURVEY
    if not survey.has_commune(report.commune):
        return _OTHER_COMMUNE
    if await transaction.symptoms.is_published(report.token.day):
        return _CLOSED
    return None
