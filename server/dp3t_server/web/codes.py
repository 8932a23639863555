"""Pages that issue, activate and revoke codes."""

from datetime import date

from aiohttp import web

from dp3t import Day, Instant, MalformedError, PolicyError, UploadCode, instant
from dp3t_server import logs
from dp3t_server.app_keys import PARTS
from dp3t_server.codes import activate_code, issue_codes, purpose_of, revoke_code
from dp3t_server.web.entrance import Visit
from dp3t_server.web.moments import day_on, first_days, in_words

MOST_CODES = 50
"""How many codes one page issues."""

_MOST_DIGITS = 4
_KINDS = ("simple", "activated")
_TRACE, _TOKENS = "trace", "tokens"


async def issue(visit: Visit) -> web.Response:
    """Show the form that asks how many codes, and of what kind."""
    return _issue_form(visit, count="1", kind="", error={})


async def issued(visit: Visit) -> web.Response:
    """Issue codes and show them, here and never again [OPERATOR-PAGE-11]."""
    kinds, typed = _kinds(visit), visit.form.get("count", "").strip()
    count, kind = _count(typed), visit.form.get("kind", "")
    error = {}
    if count is None:
        error["count"] = visit.speech.say("issue.bad_count", most=MOST_CODES)
    if kind not in kinds:
        error["kind"] = visit.speech.say("issue.bad_kind")
    if error or count is None:
        return _issue_form(visit, count=typed, kind=kind, error=error)
    parts = visit.request.app[PARTS]
    made = await issue_codes(
        parts,
        count,
        inactive=kind == "activated",
        purpose=purpose_of(traces=kind == _TRACE, tokens=kind == _TOKENS),
        now=visit.now,
    )
    logs.note("issued codes", count=count)
    return visit.page(
        "issued.html",
        here="issued",
        codes=[code.display() for code in made.codes],
        kind=kind,
        expires=_moment(visit, made.expires),
    )


async def activate(visit: Visit) -> web.Response:
    """Show the form of an activation, and what the one before it did."""
    word, _, moment = visit.session.notice.partition("-")
    notice = ""
    if word == "activated":
        until = _moment(visit, instant(int(moment)))
        notice = visit.speech.say("activate.done", until=until)
    return _activation_form(visit, code="", first_day="", notice=notice, error={})


async def activated(visit: Visit) -> web.Response:
    """Activate a code; nothing is logged, for it says when a result came."""
    typed = {name: visit.form.get(name, "") for name in ("code", "first_day")}
    code, first_day = _code(typed["code"]), _first_day(visit, typed["first_day"])
    error = {}
    if code is None:
        error["code"] = visit.speech.say("code.bad")
    if first_day is None:
        earliest, latest = (visit.speech.date(day) for day in _first_days(visit))
        error["first_day"] = visit.speech.say("activate.bad_day", first=earliest, last=latest)
    if code is not None and first_day is not None:
        try:
            parts = visit.request.app[PARTS]
            until = await activate_code(parts, code, first_day=first_day, now=visit.now)
            return visit.go("activate", notice=f"activated-{until}")
        except PolicyError:  # which of the reasons it is would say whether a patient has reported
            error["code"] = visit.speech.say("activate.refused")
    return _activation_form(visit, **typed, notice="", error=error)


async def revoke(visit: Visit) -> web.Response:
    """Show the form of a revocation, and that the one before it is done."""
    done = visit.session.notice == "revoked"
    return _revocation_form(
        visit, code="", notice=visit.speech.say("revoke.done") if done else "", error={}
    )


async def revoked(visit: Visit) -> web.Response:
    """Revoke a code; what is said is the same whatever it was [OPERATING-12]."""
    typed = visit.form.get("code", "")
    code = _code(typed)
    if code is None:
        error = {"code": visit.speech.say("code.bad")}
        return _revocation_form(visit, code=typed, notice="", error=error)
    await revoke_code(visit.request.app[PARTS], code)
    return visit.go("revoke", notice="revoked")


def _issue_form(visit: Visit, *, count: str, kind: str, error: dict[str, str]) -> web.Response:
    config = visit.request.app[PARTS].config
    return visit.page(
        "issue.html",
        here="issue",
        status=400 if error else 200,
        count=count,
        kind=kind,
        kinds=_kinds(visit),
        most=MOST_CODES,
        activation_hours=config.activation_hours,
        error=error,
    )


def _activation_form(
    visit: Visit, *, code: str, first_day: str, notice: str, error: dict[str, str]
) -> web.Response:
    earliest, latest = _first_days(visit)
    return visit.page(
        "activate.html",
        here="activate",
        status=400 if error else 200,
        code=code,
        first_day=first_day,
        earliest=earliest.isoformat(),
        latest=latest.isoformat(),
        notice=notice,
        error=error,
    )


def _revocation_form(
    visit: Visit, *, code: str, notice: str, error: dict[str, str]
) -> web.Response:
    status = 400 if error else 200
    return visit.page(
        "revoke.html", here="revoke", status=status, code=code, notice=notice, error=error
    )


def _kinds(visit: Visit) -> list[str]:
    config = visit.request.app[PARTS].config
    return [
        *(kind for kind in _KINDS if kind in config.authorizations),
        *[_TRACE] * config.presence,
        *[_TOKENS] * bool(config.token_scopes),
    ]


def _count(typed: str) -> int | None:
    if not (typed.isascii() and typed.isdigit() and len(typed) <= _MOST_DIGITS):
        return None
    return int(typed) if 1 <= int(typed) <= MOST_CODES else None


def _code(typed: str) -> UploadCode | None:
    try:
        return UploadCode.parse(typed.strip())
    except MalformedError:
        return None


def _first_days(visit: Visit) -> tuple[date, date]:
    config = visit.request.app[PARTS].config
    return first_days(visit.now, region=config.region, retention_days=config.retention_days)


def _first_day(visit: Visit, typed: str) -> Day | None:
    earliest, latest = _first_days(visit)
    try:
        chosen = date.fromisoformat(typed)
    except ValueError:
        return None
    return day_on(chosen, now=visit.now) if earliest <= chosen <= latest else None


def _moment(visit: Visit, moment: Instant) -> str:
    region = visit.request.app[PARTS].config.region
    return in_words(moment, region=region, language=visit.speech)
