"""What the database holds of symptoms: signed documents, counts of the day, published estimates.

Nothing here is of one report: a report is added to two numbers and is gone [SYMPTOMS-SERVER-3].
"""

from collections.abc import Iterable
from enum import StrEnum

from sqlalchemy import Update, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from dp3t import Day, ReplayError
from dp3t.primitives import sha256
from dp3t.symptoms import Count, SymptomReport
from dp3t_server.files import PublicFile
from dp3t_server.rows import insert_into
from dp3t_server.tables import symptom_counts, symptom_documents, symptom_estimates

ESTIMATE_DAYS = 100
"""For how many days after its own the estimates of a day are handed out."""

REPLACED_DAYS = 2
"""For how many days a document is remembered that another has replaced."""


class Kind(StrEnum):
    """The documents that an authority signs and an operator installs."""

    RULES = "rules"
    STATIONS = "stations"
    SURVEY = "survey"


class SymptomStore:
    """The operations inside an open transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def document(self, kind: Kind) -> PublicFile | None:
        """Return the document that is handed out; None where there is none."""
        found = symptom_documents.c
        query = (
            select(found.data)
            .where(found.kind == kind, found.expires_day.is_(None))
            .order_by(found.number.desc())
            .limit(1)
        )
        data = (await self._connection.execute(query)).scalar_one_or_none()
        return None if data is None else PublicFile.of(data)

    async def documents(self, kind: Kind) -> dict[int, bytes]:
        """Return the document that is handed out, and those replaced of late, by number."""
        found = symptom_documents.c
        query = select(found.number, found.data).where(found.kind == kind)
        return {row.number: row.data for row in await self._connection.execute(query)}

    async def install(self, kind: Kind, number: int, data: bytes, *, today: Day) -> None:
        """Hand out a document from now on [SYMPTOMS-SERVER-1].

        Raises:
            ReplayError: one of this number or a higher one was installed before, and is another.
        """
        known = await self.documents(kind)
        if known.get(number) == data and number == max(known):
            return
        if known and number <= max(known):
            raise ReplayError(f"document {max(known)} is installed already")
        await self._connection.execute(_replaced(kind, today=today))
        row = {"kind": kind, "number": number, "data": data, "expires_day": None}
        await self._connection.execute(insert(symptom_documents), row)

    async def retire(self, *, today: Day) -> None:
        """Hand out no document any more; surveys are kept a while for what they have counted."""
        rows = symptom_documents.c
        await self._connection.execute(delete(symptom_documents).where(rows.kind != Kind.SURVEY))
        await self._connection.execute(_replaced(Kind.SURVEY, today=today))

    async def add(self, report: SymptomReport) -> None:
        """Count a report with its day and commune; nothing else of it is stored."""
        row = {
            "day": report.token.day,
            "survey": report.survey,
            "commune": report.commune,
            "reports": 1,
            "positives": int(report.positive),
        }
        insertion, rows = insert_into(self._connection, symptom_counts), symptom_counts.c
        added = insertion.on_conflict_do_update(
            index_elements=[rows.day, rows.survey, rows.commune],
            set_={
                "reports": rows.reports + 1,
                "positives": rows.positives + insertion.excluded.positives,
            },
        )
        await self._connection.execute(added.values(row))

    async def counted_days(self, *, before: Day) -> dict[Day, int]:
        """Return the days before one that have counts, each with its newest survey."""
        rows = symptom_counts.c
        query = select(rows.day, rows.survey).where(rows.day < before).distinct()
        found = sorted(tuple(row) for row in await self._connection.execute(query))
        return {Day(day): survey for day, survey in found}

    async def counts(self, day: Day, *, survey: int) -> list[tuple[str, Count]]:
        """Return the counts of a day by commune."""
        rows = symptom_counts.c
        query = select(rows.commune, rows.reports, rows.positives).where(
            rows.day == day, rows.survey == survey
        )
        return [
            (row.commune, Count(row.reports, row.positives))
            for row in await self._connection.execute(query)
        ]

    async def publish(self, day: Day, data: bytes) -> None:
        """Store the estimates of a day, which stay as they are, and erase its counts."""
        row = {"day": day, "digest": sha256(data), "data": data}
        await self._connection.execute(insert(symptom_estimates), row)
        await self.discard([day])

    async def discard(self, days: Iterable[Day]) -> None:
        """Erase the counts of some days."""
        of_days = symptom_counts.c.day.in_(sorted(days))
        await self._connection.execute(delete(symptom_counts).where(of_days))

    async def is_published(self, day: Day) -> bool:
        """Return whether the estimates of a day, or of a later one, are published."""
        query = select(symptom_estimates.c.day).where(symptom_estimates.c.day >= day).limit(1)
        return (await self._connection.execute(query)).first() is not None

    async def published_days(self) -> list[Day]:
        """Return the days of which estimates are published, ascending."""
        query = select(symptom_estimates.c.day).order_by(symptom_estimates.c.day)
        return [Day(day) for day in (await self._connection.execute(query)).scalars()]

    async def estimates(self, day: Day) -> PublicFile | None:
        """Return the estimates of a day; None where there are none."""
        query = select(symptom_estimates).where(symptom_estimates.c.day == day)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else PublicFile(digest=row.digest, data=row.data)

    async def stands(self) -> bool:
        """Return whether there is anything that is published or erased on a day to come."""
        replaced = symptom_documents.c.expires_day.is_not(None)
        for query in (
            select(symptom_counts.c.day),
            select(symptom_estimates.c.day),
            select(symptom_documents.c.number).where(replaced),
        ):
            if (await self._connection.execute(query.limit(1))).first() is not None:
                return True
        return False

    async def erase(self, *, today: Day) -> None:
        """Erase documents and estimates that have had their days."""
        for statement in (
            delete(symptom_documents).where(symptom_documents.c.expires_day <= today),
            delete(symptom_estimates).where(symptom_estimates.c.day < today - ESTIMATE_DAYS),
        ):
            await self._connection.execute(statement)


def _replaced(kind: Kind, *, today: Day) -> Update:
    rows = symptom_documents.c
    handed_out = update(symptom_documents).where(rows.kind == kind, rows.expires_day.is_(None))
    return handed_out.values(expires_day=today + REPLACED_DAYS)
