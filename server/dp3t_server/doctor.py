"""The doctor: looks at settings, keys, database, publications, log, services and clock.

It changes nothing, and works beside a running server and where none can be started. A finding is a
sentence for the person who has to do something about it, and says what.
"""

import shutil
from collections.abc import Awaitable, Callable, Iterator, Mapping
from ipaddress import ip_address

from alembic.config import Config as AlembicConfig
from alembic.script import ScriptDirectory
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from dp3t import Dp3tError, Instant, slot_of, to_datetime
from dp3t.cli.language import text
from dp3t.publication import HEADER_BYTES, Index
from dp3t_server import pairings
from dp3t_server.config import Config
from dp3t_server.doctor_arrivals import look_at_arrivals
from dp3t_server.doctor_facilities import look_at_facilities
from dp3t_server.doctor_log import look_at_log
from dp3t_server.keys import SecretsFile
from dp3t_server.running import recorded_settings
from dp3t_server.store import Transaction
from dp3t_server.visit import Finding, State, Visit, problem, warning

_TOLERATED_SECONDS = 60
_LEAST_FREE_BYTES = 100 * 2**20
_COMFORTABLE_FREE_BYTES = 2**30
_UNREADABLE = (Dp3tError, OSError, SQLAlchemyError)


async def examine(visit: Visit) -> dict[str, list[Finding]]:
    """Return for each check what it found; a check that found nothing wrong says so."""
    found = dict[str, list[Finding]]()
    for name, check in CHECKS.items():
        try:
            found[name] = await check(visit)
        except _UNREADABLE as error:
            found[name] = [problem(_words(error), _words(error))]
        found[name] = found[name] or [Finding(State.OK, text(en="in order", vi="bình thường"))]
    return found


def _words(error: Exception) -> str:
    """Say what failed without what was asked of the database."""
    if isinstance(error, SQLAlchemyError):
        return (
            f"the database cannot be used: {getattr(error, 'orig', None) or type(error).__name__}"
        )
    return str(error)


async def _configuration(visit: Visit) -> list[Finding]:
    """Look at what can be read, what differs from the last start, and what leaves a door open."""
    config = visit.settings()
    return [
        *_differences(visit, config),
        *_missing(config),
        *_exposures(config),
        *_ended(config, visit.now),
    ]


def _differences(visit: Visit, config: Config) -> Iterator[Finding]:
    if visit.config_file is None or not visit.data.settings.exists():
        return
    last = recorded_settings(visit.data)
    changed = [name for name in Config.model_fields if getattr(last, name) != getattr(config, name)]
    changed = [name for name in changed if name not in ("host", "port")]  # the terminal's may win
    if changed:
        names = ", ".join(changed)
        yield warning(
            f"these settings differ from those of the last start: {names}; restart the server",
            f"các cấu hình này khác với lần khởi động gần nhất: {names}; hãy khởi động lại máy chủ",
        )


def _missing(config: Config) -> Iterator[Finding]:
    if config.presence and not pairings.are_installed():
        yield problem(
            "presence is on and its pairing library is missing: pip install 'dp3t[presence]'",
            "đã bật presence nhưng thiếu thư viện đi kèm: pip install 'dp3t[presence]'",
        )


def _exposures(config: Config) -> Iterator[Finding]:
    if _is_loopback(config.host) and not config.trusted_proxies:
        yield warning(
            "the server listens behind a proxy and trusts none, so everybody counts as one client; "
            "name the proxy in trusted_proxies",
            "máy chủ nằm sau proxy nhưng không tin proxy nào, nên mọi người bị tính là một máy "
            "khách; hãy khai báo proxy trong trusted_proxies",
        )
    if not config.answer_milliseconds:
        yield warning(
            "answer_milliseconds is 0: the time of an answer tells a report from a dummy",
            "answer_milliseconds bằng 0: thời gian trả lời làm lộ báo cáo thật và báo cáo giả",
        )
    kinds = ("reads", "reports", "disclosures", "declarations", "acts", "wrong_tokens")
    unlimited = [
        name for name in (f"{kind}_per_minute" for kind in kinds) if not getattr(config, name)
    ]
    if unlimited:
        names = ", ".join(unlimited)
        yield warning(f"nothing limits {names}", f"không có giới hạn cho {names}")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _ended(config: Config, now: Instant) -> Iterator[Finding]:
    for authority in config.authorities:
        if authority.key.valid_until <= now:
            yield warning(
                f"the key of the authority {authority.public[:8]}… has ended; take it out",
                f"khóa của cơ quan y tế {authority.public[:8]}… đã hết hạn; hãy gỡ bỏ",
            )


async def _keys(visit: Visit) -> list[Finding]:
    """Look at who can read the keys, whether they still sign, and whose they are."""
    secrets = SecretsFile(visit.data.secrets).load()
    if secrets.last_end <= visit.now:
        return [
            problem(
                "no key can sign any more, so nothing is published; phones need a new app",
                "không còn khóa nào ký được nên không thể công bố; điện thoại cần ứng dụng mới",
            )
        ]
    found = []
    if secrets.is_ending(visit.now):
        until = to_datetime(secrets.last_end).date().isoformat()
        found.append(
            warning(
                f"the last key ends on {until}; rotate with `dp3t-server keys rotate`",
                f"khóa cuối cùng hết hạn ngày {until}; hãy chạy `dp3t-server keys rotate`",
            )
        )
    signed = await _published(visit)
    if signed is not None and set(signed.keys).isdisjoint(k.public() for k in secrets.signing):
        found.append(
            problem(
                f"none of the keys in {visit.data.secrets} stands in the published index; "
                "restore the right file",
                f"không khóa nào trong {visit.data.secrets} có trong bản chỉ mục đã công bố; "
                "hãy khôi phục đúng tệp",
            )
        )
    return found


async def _published(visit: Visit) -> Index | None:
    """Return the index; None where there is none yet or the database cannot be read."""
    try:
        async with visit.reading() as connection:
            signed = await Transaction(connection, writes=False).index.current()
    except _UNREADABLE:
        return None
    return None if signed is None else Index.decode(signed.data[HEADER_BYTES:])


async def _database(visit: Visit) -> list[Finding]:
    """Look at whether it can be read, its version, whether it is whole, and the room it has."""
    async with visit.reading() as connection:
        version = (
            await connection.exec_driver_sql("SELECT version_num FROM alembic_version")
        ).scalar_one_or_none()
        sqlite = connection.dialect.name == "sqlite"
        faults = await _faults(connection) if sqlite else []
    found = [*_of_version(version)]
    if faults:
        found.append(
            problem(
                f"the database is damaged ({faults[0]}); restore the backup",
                f"cơ sở dữ liệu bị hỏng ({faults[0]}); hãy khôi phục bản sao lưu",
            )
        )
    return [*found, *_of_room(shutil.disk_usage(visit.data.path).free)]


async def _faults(connection: AsyncConnection) -> list[str]:
    """Return what SQLite says is wrong with its file; it says "ok" where nothing is."""
    rows = await connection.exec_driver_sql("PRAGMA integrity_check(3)")
    return [str(row[0]).splitlines()[0] for row in rows if row[0] != "ok"]


def newest_revision() -> str | None:
    """Return the version to which this release brings a database."""
    config = AlembicConfig()
    config.set_main_option("script_location", "dp3t_server:migrations")
    return ScriptDirectory.from_config(config).get_current_head()


def _of_version(version: str | None) -> Iterator[Finding]:
    newest = newest_revision()
    known = version is not None and newest is not None
    if known and str(version) > str(newest):
        yield problem(
            f"the database is of version {version} and this dp3t-server knows {newest}; "
            "upgrade dp3t-server",
            f"cơ sở dữ liệu ở phiên bản {version}, dp3t-server này chỉ biết {newest}; "
            "hãy nâng cấp dp3t-server",
        )
    elif version != newest:
        yield warning(
            f"the database is of version {version}; the next start brings it to {newest}",
            f"cơ sở dữ liệu ở phiên bản {version}; lần khởi động tới sẽ nâng lên {newest}",
        )


def _of_room(free_bytes: int) -> Iterator[Finding]:
    if free_bytes >= _COMFORTABLE_FREE_BYTES:
        return
    size = f"{free_bytes // 2**20} MiB"
    finding = problem if free_bytes < _LEAST_FREE_BYTES else warning
    yield finding(
        f"the disk has {size} left; without room no report is taken and nothing is published",
        f"ổ đĩa chỉ còn {size}; hết chỗ thì không nhận được báo cáo và không công bố được",
    )


async def _publication(visit: Visit) -> list[Finding]:
    """Look at whether every release that was due was published."""
    index = await _published(visit)
    if index is None:
        return [
            warning(
                "nothing is published yet, or the database cannot be read",
                "chưa công bố gì, hoặc không đọc được cơ sở dữ liệu",
            )
        ]
    behind = slot_of(visit.now) - slot_of(index.issued)
    if behind < 1 or index.sunset is not None:
        return []
    last = to_datetime(index.issued).isoformat()
    finding = warning if behind == 1 else problem
    return [
        finding(
            f"the last release was {last}, {behind} behind; is the server running? read its log",
            f"lần công bố cuối là {last}, chậm {behind} kỳ; "
            "máy chủ có đang chạy không? hãy xem nhật ký",
        )
    ]


async def _clock(visit: Visit) -> list[Finding]:
    """Look at the clock beside the last release, the files, and what the system says of it."""
    found = []
    index = await _published(visit)
    if index is not None and visit.now < index.issued:
        seconds = index.issued - visit.now
        found.append(
            problem(
                f"the clock is {seconds} s before the last release; set it: nothing is published",
                f"đồng hồ chậm {seconds} giây so với lần công bố cuối; hãy chỉnh lại",
            )
        )
    newest = max((file.stat().st_mtime for file in visit.data.path.glob("*")), default=0)
    if newest > visit.now + _TOLERATED_SECONDS:
        seconds = int(newest) - visit.now
        found.append(
            warning(
                f"a file of the server was written {seconds} s in the future; the clock went back",
                f"một tệp của máy chủ có thời điểm ghi muộn hơn hiện tại {seconds} giây; "
                "đồng hồ đã bị chỉnh lùi",
            )
        )
    if visit.synchronised is False:
        found.append(
            warning(
                "the system says that its clock is not synchronised; start an NTP service",
                "hệ thống báo đồng hồ chưa được đồng bộ; hãy bật dịch vụ NTP",
            )
        )
    return found


CHECKS: Mapping[str, Callable[[Visit], Awaitable[list[Finding]]]] = {
    "configuration": _configuration,
    "keys": _keys,
    "database": _database,
    "publication": _publication,
    "log": look_at_log,
    "arrivals": look_at_arrivals,
    "facilities": look_at_facilities,
    "clock": _clock,
}
"""What is looked at, in this order; a further check is a line here."""
