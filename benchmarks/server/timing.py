"""Does the time of an answer tell a report from a dummy?

A watcher of a phone's network sees when an upload's last byte leaves and when the answer's first
byte comes. Four kinds of upload go in turn, in random order, to a server in a process of its own:
real ones (accepted), dummies (their code is unknown), wrong ones (their code is spent on another
upload) and repeated ones (accepted before). Every kind is compared with the real ones, first
without the pace of answers, which finds the leak, then with it.
"""

import argparse
import json
import random  # noqa: TID251 - dice of a program, seeded
import socket
import statistics
import sys
import time
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table

from benchmarks.server.distances import area_under_curve, critical_distance, kolmogorov_smirnov
from benchmarks.server.running import Running, running_server
from benchmarks.server.uploads import upload_of
from dp3t import Instant, UploadCode, instant, random_from_os
from dp3t.publication import ANSWER_BYTES

Sent = tuple[str, bytes]
KINDS = ("real", "dummy", "wrong", "repeated")
_SEED = 1
_SPENT = 8
"""Codes that are spent before anything is measured, on uploads that warm up the server."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One kind of upload beside the real ones.

    Attributes:
        kind: which.
        measure: "first byte" or "whole answer", counted from the upload's last byte.
        milliseconds: the median.
        spread: from the 5th to the 95th percentile, in milliseconds.
        area: see `area_under_curve`.
        distance: see `kolmogorov_smirnov`.
        told_apart: whether the distance is larger than chance allows.
    """

    kind: str
    measure: str
    milliseconds: float
    spread: tuple[float, float]
    area: float
    distance: float
    told_apart: bool


def uploads(
    codes: list[UploadCode], spent: list[tuple[UploadCode, bytes]], *, now: Instant
) -> list[Sent]:
    """Return an upload of each kind for every code, in random order, the same each time."""
    found = list[Sent]()
    for number, code in enumerate(codes):
        used, body = spent[number % len(spent)]
        found += [
            ("real", upload_of(code, now=now)),
            ("dummy", upload_of(UploadCode.generate(rand=random_from_os), now=now)),
            ("wrong", upload_of(used, now=now)),
            ("repeated", body),
        ]
    random.Random(_SEED).shuffle(found)  # noqa: S311 - the same order each time
    return found


def send(connection: socket.socket, body: bytes) -> tuple[float, float]:
    """Upload; return milliseconds until the answer's first byte and until its last.

    Raises:
        OSError: the answer is not 200.
    """
    head = f"POST /v1/reports HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    connection.sendall(head.encode() + body)
    began = time.perf_counter()
    answer = connection.recv(65_536)
    first = time.perf_counter()
    while len(answer.partition(b"\r\n\r\n")[2]) < ANSWER_BYTES:
        answer += connection.recv(65_536)
    whole = time.perf_counter()
    if not answer.startswith(b"HTTP/1.1 200 "):
        raise OSError("an upload was not answered with 200")
    return 1000 * (first - began), 1000 * (whole - began)


def times(server: Running, samples: int) -> dict[str, list[tuple[float, float]]]:
    """Return the milliseconds of each upload of each kind."""
    codes = server.codes(samples + _SPENT)
    now = instant(int(time.time()))  # noqa: TID251 - a program measures
    spent = [(code, upload_of(code, now=now)) for code in codes[:_SPENT]]
    found: dict[str, list[tuple[float, float]]] = {kind: [] for kind in KINDS}
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _, body in spent:
            send(connection, body)
        for kind, body in uploads(codes[_SPENT:], spent, now=now):
            found[kind].append(send(connection, body))
    return found


def compare(found: dict[str, list[tuple[float, float]]]) -> list[Compared]:
    """Compare every kind with the real ones, by both measures."""
    rows = []
    for place, measure in enumerate(("first byte", "whole answer")):
        real = [each[place] for each in found["real"]]
        for kind in KINDS:
            values = [each[place] for each in found[kind]]
            cuts = statistics.quantiles(values, n=20)
            distance = kolmogorov_smirnov(real, values)
            rows.append(
                Compared(
                    kind=kind,
                    measure=measure,
                    milliseconds=statistics.median(values),
                    spread=(cuts[0], cuts[-1]),
                    area=area_under_curve(real, values),
                    distance=distance,
                    told_apart=distance > critical_distance(len(real), len(values)),
                )
            )
    return rows


def table(rows: list[Compared], *, title: str, samples: int) -> Table:
    """Return what was compared, for people."""
    shown = Table("upload", "time to", "ms", "5 % to 95 %", "area", "distance", "", title=title)
    for row in rows:
        verdict = "-" if row.kind == "real" else "told apart" if row.told_apart else "alike"
        shown.add_row(
            *(row.kind, row.measure, f"{row.milliseconds:.2f}"),
            f"{row.spread[0]:.2f} to {row.spread[1]:.2f}",
            *(f"{row.area:.3f}", f"{row.distance:.3f}", verdict),
        )
    shown.caption = f"{samples} of each kind; told apart from {_critical(samples):.3f} on"
    return shown


def _critical(samples: int) -> float:
    return critical_distance(samples, samples)


def main() -> None:
    """Measure without the pace and with it; status 1 where it does not hide what it should."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=100, help="uploads of each kind")
    parser.add_argument("--milliseconds", type=int, default=100, help="the pace of answers")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    arguments = parser.parse_args()
    measured = dict[int, list[Compared]]()
    for pace in (0, arguments.milliseconds):
        with running_server(pace) as server:
            measured[pace] = compare(times(server, arguments.samples))
    if arguments.json:
        rows = [{"pace": pace, **asdict(row)} for pace, found in measured.items() for row in found]
        sys.stdout.write(json.dumps({"samples": arguments.samples, "rows": rows}) + "\n")
    else:
        for pace, found in measured.items():
            title = f"answers every {pace} ms" if pace else "answers when they are ready"
            Console(width=100).print(table(found, title=title, samples=arguments.samples))
    sys.exit(any(row.told_apart for row in measured[arguments.milliseconds]))


if __name__ == "__main__":
    main()
