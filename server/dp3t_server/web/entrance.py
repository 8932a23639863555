"""Coming in with the operator's token, and going out."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.typedefs import Handler

from dp3t import Instant, random_from_os
from dp3t_server.app_keys import CLOCK, LIMITS, PARTS
from dp3t_server.faults import Fault, FaultError
from dp3t_server.limits import too_many
from dp3t_server.middleware import read_body
from dp3t_server.web.forms import is_foreign, read_form
from dp3t_server.web.language import Language, wanted
from dp3t_server.web.pages import render, see, speech_of
from dp3t_server.web.sessions import Session, Sessions, cookie_of


@dataclass(slots=True, kw_only=True)
class Visit:
    """One request of somebody who is signed in.

    Attributes:
        request: the request.
        speech: the language of the page.
        now: the moment of the request.
        session: as the request found it.
        form: the fields of its form; none for a GET.
        form_token: what the forms of the page hold.
        notice: what the page after this one says once.
    """

    request: web.Request
    speech: Language
    now: Instant
    session: Session
    form: Mapping[str, str] = field(repr=False)
    form_token: str = field(repr=False)
    notice: str = ""

    def page(self, template: str, *, status: int = 200, **values: object) -> web.Response:
        """Return a page for who is signed in."""
        shown = {"form_token": self.form_token, **values}
        return render(self.request, template, self.speech, status=status, **shown)

    def go(self, page: str, *, notice: str = "") -> web.Response:
        """Return the redirection to a page in the same language."""
        self.notice = notice
        return see(self.request, f"{self.speech.tag}/{page}")


SCRIPT_HEADER = "X-Form-Token"
"""Where a script shows the token of its page's forms."""

SignedIn = Callable[[Visit], Awaitable[web.Response]]


def signed_in(handler: SignedIn) -> Handler:
    """Wrap a handler so that it works for who is signed in only [OPERATOR-PAGE-1]."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        sessions, now, speech = _sessions(request), request.app[CLOCK].now(), speech_of(request)
        posted = request.method == "POST"
        if posted and is_foreign(request):
            return _foreign(request, speech)
        form = await read_form(request) if posted else {}
        session = sessions.read(request.cookies.get(cookie_of(request), ""), now=now)
        if session is None:
            return _ended(request, speech)
        if posted and not sessions.is_form_token(session, form.get("form_token", "")):
            return _foreign(request, speech)
        visit = Visit(
            request=request,
            speech=speech,
            now=now,
            session=session,
            form=form,
            form_token=sessions.form_token(session),
        )
        answer = await handler(visit)
        if cookie_of(request) not in answer.cookies:
            renewed = session.renewed(now=now, notice=visit.notice)
            _set_cookie(request, answer, sessions.write(renewed))
        return answer

    return guarded


def for_scripts(handler: Handler, *, most_bytes: int = 0) -> Handler:
    """Wrap a handler so that scripts of who is signed in reach it [ARRIVALS-PAGE-20].

    Args:
        handler: of the request.
        most_bytes: how long a body may be.
    """

    async def guarded(request: web.Request) -> web.StreamResponse:
        sessions, now = _sessions(request), request.app[CLOCK].now()
        changes = request.method not in ("GET", "HEAD")
        if changes:
            seconds = request.app[PARTS].config.body_timeout_seconds
            await read_body(request, most_bytes=most_bytes, timeout_seconds=seconds)
        session = sessions.read(request.cookies.get(cookie_of(request), ""), now=now)
        if session is None:
            raise FaultError(Fault.UNAUTHORIZED, "nobody is signed in")
        shown = request.headers.get(SCRIPT_HEADER, "")
        if changes and (is_foreign(request) or not sessions.is_form_token(session, shown)):
            return _foreign(request, speech_of(request))
        answer = await handler(request)
        if isinstance(answer, web.Response):
            _set_cookie(request, answer, sessions.write(session.renewed(now=now)))
        return answer

    return guarded


async def anywhere(request: web.Request) -> web.Response:
    """Send a browser to the pages in its language."""
    answer = see(request, f"{wanted(request.headers.get('Accept-Language', '')).tag}/")
    answer.headers["Vary"] = "Accept-Language"
    return answer


async def door(request: web.Request) -> web.Response:
    """Show the form of the token, or the first page to who is signed in."""
    speech, cookie = speech_of(request), request.cookies.get(cookie_of(request), "")
    if _sessions(request).read(cookie, now=request.app[CLOCK].now()):
        return see(request, f"{speech.tag}/issue")
    return _closed(request, speech, notice=speech.say("sign_in.ended") if cookie else "")


async def sign_in(request: web.Request) -> web.Response:
    """Begin a session for who has the token; count a wrong one like the routes do."""
    speech = speech_of(request)
    if is_foreign(request):
        return _foreign(request, speech)
    form, secrets = await read_form(request), request.app[PARTS].secrets.load()
    if not secrets.is_token(form.get("token", "").strip()):
        if wait_seconds := request.app[LIMITS].wrong_token(request):
            return too_many(wait_seconds)
        error = {"token": speech.say("sign_in.wrong")}
        return render(request, "sign_in.html", speech, status=401, error=error)
    session = Session.begin(now=request.app[CLOCK].now(), rand=random_from_os)
    answer = see(request, f"{speech.tag}/issue")
    _set_cookie(request, answer, Sessions(secrets).write(session))
    return answer


async def sign_out(visit: Visit) -> web.Response:
    """Forget the session in this browser."""
    answer = visit.go("")
    _drop_cookie(visit.request, answer)
    return answer


def _sessions(request: web.Request) -> Sessions:
    return Sessions(request.app[PARTS].secrets.load())


def _ended(request: web.Request, speech: Language) -> web.Response:
    """Ask for the token anew; say that nothing was done where something was to be done."""
    if request.method != "POST":
        return see(request, f"{speech.tag}/")
    return _closed(request, speech, status=401, notice=speech.say("sign_in.nothing_done"))


def _closed(
    request: web.Request, speech: Language, *, notice: str, status: int = 200
) -> web.Response:
    answer = render(request, "sign_in.html", speech, status=status, notice=notice)
    if cookie_of(request) in request.cookies:
        _drop_cookie(request, answer)
    return answer


def _foreign(request: web.Request, speech: Language) -> web.Response:
    text = speech.say("fault.foreign")
    return render(request, "fault.html", speech, status=403, text=text)


def _set_cookie(request: web.Request, answer: web.Response, value: str) -> None:
    """Set the cookie; it has no age, so that it goes with the browser's window."""
    answer.set_cookie(
        cookie_of(request), value, path="/", secure=True, httponly=True, samesite="Strict"
    )


def _drop_cookie(request: web.Request, answer: web.Response) -> None:
    answer.set_cookie(
        cookie_of(request), "", max_age=0, path="/", secure=True, httponly=True, samesite="Strict"
    )
