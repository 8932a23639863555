"""The log: one JSON object a line on standard error, with nothing that tells on a person.

A line never holds what a logger formats into its message: that is where libraries put addresses,
and where exceptions put values. It names the event, fields that this package chose, and of an
error its type and the lines of code it passed [SERVER-20].
"""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime

_OURS = "dp3t_server"
_log = logging.getLogger(_OURS)


def start() -> None:
    """Send every logger of the process to standard error in this form; others only warnings."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.raiseExceptions = False  # or a line that fails would be shown with its arguments
    _log.setLevel(logging.INFO)


def note(event: str, *, level: int = logging.INFO, **fields: object) -> None:
    """Log an event of ours. Fields hold no address, code, key or token."""
    _log.log(level, event, extra={"dp3t_fields": fields})


def fail(event: str, error: BaseException, **fields: object) -> None:
    """Log an event with the type and the place of its error."""
    _log.error(event, exc_info=error, extra={"dp3t_fields": fields})


class JsonLines(logging.Formatter):
    """Formats a record without its arguments and without an exception's message."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        ours = record.name.startswith(_OURS)
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="seconds"),
            "level": record.levelname.lower(),
            "event": record.msg if ours else f"message of {record.name}",
            **getattr(record, "dp3t_fields", {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = type(record.exc_info[1]).__name__
            line["at"] = [
                f"{frame.filename}:{frame.lineno}"
                for frame in traceback.extract_tb(record.exc_info[2])
            ]
        return json.dumps(line)
