"""The doctor's look at the transparency log: whether it is whole, the server's own, and witnessed.

A log that went on from here although something is amiss would show phones two histories, and they
would refuse it for ever.
"""

from collections.abc import Iterator

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from dp3t import Dp3tError, Instant, UnknownKeyError, to_datetime
from dp3t.publication import HEADER_BYTES, Index
from dp3t.publication.transparency import Note, SignedCheckpoint
from dp3t_server.files import PublicFile
from dp3t_server.keys import SecretsFile
from dp3t_server.log_store import LogHead, LogStore
from dp3t_server.store import Transaction
from dp3t_server.tables import batches
from dp3t_server.visit import Finding, Visit, problem, warning

_DAY_SECONDS = 86_400
_TOLERATED_SECONDS = 7_200
"""How far in the future a reader lets a cosignature be."""

_RESTORE_EN = "restore the backup and run `dp3t-server catch-up`"
_RESTORE_VI = "hãy khôi phục bản sao lưu rồi chạy `dp3t-server catch-up`"


async def look_at_log(visit: Visit) -> list[Finding]:
    """Look at who signed the log, its tiles, what index and batches say of it, and witnesses.

    Raises:
        OSError: the database is not there.
        SQLAlchemyError: it cannot be read.
        MalformedError: the published index is damaged.
    """
    async with visit.reading() as connection:
        transaction = Transaction(connection, writes=False)
        head, index = await transaction.log.head(), await transaction.index.current()
        if head is None:
            return [] if index is None else [_lost()]
        stored = [*await _of_tiles(transaction.log, head), *await _of_batches(connection, head)]
    return [
        *_of_signature(visit, head),
        *stored,
        *_of_index(index, head),
        *_of_witnesses(visit, head),
    ]


def _lost() -> Finding:
    return problem(
        f"an index is published and its log is gone; {_RESTORE_EN}",
        f"đã công bố bản chỉ mục nhưng nhật ký minh bạch không còn; {_RESTORE_VI}",
    )


def _of_signature(visit: Visit, head: LogHead) -> Iterator[Finding]:
    try:
        signer = SecretsFile(visit.data.secrets).load().log
    except (Dp3tError, OSError):
        yield warning(
            "the keys cannot be read, so nobody looked at who signed the log",
            "không đọc được khóa nên chưa kiểm tra được ai đã ký nhật ký minh bạch",
        )
        return
    if signer is None or not head.is_signed_by(signer):
        yield problem(
            f"the log is not signed by the key in {visit.data.secrets}; restore the right file",
            f"nhật ký minh bạch không được ký bằng khóa trong {visit.data.secrets}; "
            "hãy khôi phục đúng tệp",
        )


async def _of_tiles(log: LogStore, head: LogHead) -> list[Finding]:
    try:
        await log.edge(head)
    except (Dp3tError, LookupError):
        return [
            problem(
                f"the tiles of the log do not lead to its checkpoint; {_RESTORE_EN}",
                "các mảnh của nhật ký minh bạch không khớp với điểm kiểm tra của nó; "
                f"{_RESTORE_VI}",
            )
        ]
    return []


async def _of_batches(connection: AsyncConnection, head: LogHead) -> list[Finding]:
    """Look for batches to which the log gives no place, or one that it does not have."""
    leaf = batches.c.leaf
    query = (
        select(batches.c.design, batches.c.release)
        .where(or_(leaf.is_(None), leaf < 0, leaf >= head.size))
        .order_by(batches.c.release, batches.c.design)
    )
    outside = (await connection.execute(query)).all()
    if not outside:
        return []
    count, design = len(outside), outside[0].design
    moment = to_datetime(Instant(outside[0].release)).isoformat()
    return [
        problem(
            f"batches that the log does not hold: {count}, the first of {design} at {moment}; "
            f"{_RESTORE_EN}",
            f"số lô khóa không có trong nhật ký minh bạch: {count}, đầu tiên là {design} lúc "
            f"{moment}; {_RESTORE_VI}",
        )
    ]


def _of_index(index: PublicFile | None, head: LogHead) -> Iterator[Finding]:
    """Look at which checkpoint is published; where there is no index yet, there is none."""
    if index is None:
        return
    size = SignedCheckpoint.parse(
        Index.decode(index.data[HEADER_BYTES:]).checkpoint
    ).checkpoint.size
    if size != head.size:
        yield problem(
            f"the published index is of a log of {size} entries and the log has {head.size}; "
            f"{_RESTORE_EN}",
            f"bản chỉ mục đã công bố ứng với nhật ký minh bạch có {size} mục, nhưng nhật ký có "
            f"{head.size} mục; {_RESTORE_VI}",
        )


def _of_witnesses(visit: Visit, head: LogHead) -> Iterator[Finding]:
    """Look at when a witness of the settings last cosigned, as a reader that needs one would."""
    try:
        witnesses = visit.settings().witness_keys
    except (Dp3tError, OSError):
        yield warning(
            "the settings cannot be read, so nobody looked for the log's witnesses",
            "không đọc được cấu hình nên chưa kiểm tra được người làm chứng của nhật ký minh bạch",
        )
        return
    if not witnesses:
        return
    try:
        times = [at for at in Note.decode(head.note).verified(witnesses).values() if at is not None]
    except UnknownKeyError:
        times = []
    except Dp3tError:
        yield problem(
            f"a line of a witness below the checkpoint is not authentic; {_RESTORE_EN}",
            f"một dòng chữ ký của người làm chứng dưới điểm kiểm tra không xác thực; {_RESTORE_VI}",
        )
        return
    yield from _of_age([visit.now - at for at in times])


def _of_age(ages_seconds: list[int]) -> Iterator[Finding]:
    """Look at the newest cosignature that is not of the future."""
    counting = [age for age in ages_seconds if age >= -_TOLERATED_SECONDS]
    if not counting:
        yield warning(
            "no witness has cosigned the newest checkpoint yet; ask the witnesses for a line",
            "chưa có người làm chứng nào ký điểm kiểm tra mới nhất; hãy đề nghị họ ký",
        )
    elif min(counting) > _DAY_SECONDS:
        hours = min(counting) // 3_600
        yield warning(
            f"the newest cosignature of a witness is {hours} hours old, and phones count it for "
            "24; ask the witnesses for a line",
            f"chữ ký mới nhất của người làm chứng đã {hours} giờ tuổi, điện thoại chỉ chấp nhận "
            "trong 24 giờ; hãy đề nghị họ ký",
        )
