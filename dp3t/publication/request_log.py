"""Logs of request times, as test phones or their network recorded them.

One line for each request: `seconds`, `phone,seconds` or `phone,seconds,report` [DUMMY-12].
"""

from dataclasses import dataclass

from dp3t.errors import LimitError, MalformedError
from dp3t.params import LAST_INSTANT
from dp3t.timeline import Instant

MAX_LOG_LINES = 1_000_000
MAX_LABEL_CHARACTERS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One upload that was seen.

    Attributes:
        phone: any label; "" where the log is of one phone.
        at: when.
        report: whether it is known to have been a real report.
    """

    phone: str
    at: Instant
    report: bool = False


def read_log(data: bytes) -> list[Request]:
    """Return the requests of a log [DUMMY-12].

    Raises:
        LimitError: more than MAX_LOG_LINES lines.
        MalformedError: a line that is no request; the message gives its number.
    """
    try:
        lines = data.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError:
        raise MalformedError("the log is not UTF-8") from None
    if len(lines) > MAX_LOG_LINES + 1:
        raise LimitError(f"the log has more than {MAX_LOG_LINES} lines")
    requests = []
    for number, line in enumerate(lines, start=1):
        if line.strip():
            try:
                requests.append(_read_line(line))
            except MalformedError as error:
                raise MalformedError(f"line {number}: {error}") from None
    if len({not request.phone for request in requests}) > 1:
        raise MalformedError("some lines name a phone and some do not")
    return requests


def _read_line(line: str) -> Request:
    cells = [cell.strip() for cell in line.split(",")]
    report = len(cells) > 1 and cells[-1] == "report"
    *labels, seconds = cells[:-1] if report else cells
    if len(labels) > 1 or (labels and not 0 < len(labels[0]) <= MAX_LABEL_CHARACTERS):
        raise MalformedError("not of the form phone,seconds or phone,seconds,report")
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 10):
        raise MalformedError("the time is not a number of Unix seconds")
    if int(seconds) > LAST_INSTANT:
        raise MalformedError("the time lies after 2106")
    return Request(phone=labels[0] if labels else "", at=Instant(int(seconds)), report=report)
