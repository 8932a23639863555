"""A request for help for people and for scripts."""

from collections.abc import Iterator

from dp3t.cli.language import language, text
from dp3t.cli.moments import iso_moment
from dp3t.cli.symptoms.advise import OUTCOMES
from dp3t.symptoms.callback import Callback, CallMe, VisitMe
from dp3t.symptoms.help import HelpRequest
from dp3t.timeline import day_to_date


def request_object(request: HelpRequest) -> dict[str, object]:
    """Return a request for a script."""
    return {
        "commune": request.commune,
        "who": request.who,
        "callback": dict(request.callback.to_value()),
        "message": request.message,
        "outcome": None if request.outcome is None else request.outcome.value,
        "age_band": request.age_band.value,
        "language": request.language,
        "asked": iso_moment(request.asked),
    }


def request_rows(request: HelpRequest) -> Iterator[tuple[str, str]]:
    """Yield a request line by line, each field with its name."""
    yield text(en="Who", vi="Người nhờ"), request.who
    yield text(en="How to reach them", vi="Cách liên lạc"), _way(request.callback)
    yield text(en="Message", vi="Lời nhắn"), request.message
    outcome = "" if request.outcome is None else OUTCOMES[request.outcome].in_language(language())
    yield text(en="Advice", vi="Lời khuyên"), outcome
    yield text(en="Age", vi="Tuổi"), request.age_band.value
    yield text(en="Commune", vi="Xã"), request.commune
    yield text(en="Language", vi="Ngôn ngữ"), request.language
    yield text(en="Asked", vi="Lúc nhờ"), iso_moment(request.asked)


def _way(callback: Callback) -> str:
    match callback:
        case CallMe(telephone=number, from_hour=start, until_hour=end):
            return text(en=f"Call {number}", vi=f"Gọi {number}") + f", {start}:00-{end}:00"
        case VisitMe(address=address, day=day, from_hour=start, until_hour=end):
            date = day_to_date(day).isoformat()
            come = text(en=f"Visit {address} on {date}", vi=f"Đến {address} ngày {date}")
            return come + f", {start}:00-{end}:00"
        case _:
            code = callback.code
            return text(en=f"They call and say {code}", vi=f"Họ tự gọi và đọc mã {code}")
