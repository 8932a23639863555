"""What the server is compared with: handlers of aiohttp that do the least, in their own process.

`GET /file` answers with one file and its headers, or 304. `POST /row` reads the body and commits
one row, by the database's driver alone: one statement, as durable as the server's transactions.
"""

import argparse
import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path

import aiosqlite
from aiohttp import web

CACHE = "public, max-age=1209600, immutable"

Commit = Callable[[bytes], Awaitable[object]]


def application(files: dict[str, bytes], commit: Commit) -> web.Application:
    """Return the application.

    Args:
        files: what is answered, by the last part of the path.
        commit: stores 32 bytes.
    """
    known = {
        name: (data, {"ETag": f'"{sha256(data).hexdigest()}"', "Cache-Control": CACHE})
        for name, data in files.items()
    }

    async def file(request: web.Request) -> web.Response:
        data, headers = known[request.match_info["name"]]
        if request.headers.get("If-None-Match") == headers["ETag"]:
            return web.Response(status=304, headers=headers)
        return web.Response(body=data, headers=headers)

    async def row(request: web.Request) -> web.Response:
        body = await request.read()
        await commit(sha256(body).digest())
        return web.Response(body=b" " * 256, headers={"Cache-Control": "no-store"})

    app = web.Application(client_max_size=2**23)
    app.add_routes([web.get("/files/{name}", file), web.post("/row", row)])
    return app


@asynccontextmanager
async def committing(database: str) -> AsyncIterator[Commit]:
    """Open a database: the path of a SQLite file, or the URL of one of PostgreSQL."""
    opened = _postgresql(database) if "://" in database else _sqlite(database)
    async with opened as commit:
        yield commit


@asynccontextmanager
async def _sqlite(path: str) -> AsyncIterator[Commit]:
    async with aiosqlite.connect(path, isolation_level=None) as connection:
        await connection.execute("PRAGMA journal_mode = WAL")
        await connection.execute("PRAGMA synchronous = FULL")
        await connection.execute("CREATE TABLE bare (key BLOB PRIMARY KEY) WITHOUT ROWID")

        async def commit(key: bytes) -> object:
            return await connection.execute("INSERT INTO bare VALUES (?)", (key,))

        yield commit


@asynccontextmanager
async def _postgresql(url: str) -> AsyncIterator[Commit]:
    import asyncpg  # type: ignore[import-untyped]  # it has no types

    async with asyncpg.create_pool(url, min_size=10, max_size=10) as pool:
        await pool.execute("CREATE TABLE bare (key BYTEA PRIMARY KEY)")

        async def commit(key: bytes) -> object:
            return await pool.execute("INSERT INTO bare VALUES ($1)", key)

        yield commit


async def serve(files: dict[str, bytes], database: str) -> None:
    """Serve until the process is told to end; print the port when ready."""
    async with committing(database) as commit:
        runner = web.AppRunner(application(files, commit), access_log=None)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        sys.stdout.write(json.dumps({"port": runner.addresses[0][1]}) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def main() -> None:
    """Run it with the files of a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("database")
    arguments = parser.parse_args()
    files = {each.name: each.read_bytes() for each in arguments.folder.iterdir()}
    asyncio.run(serve(files, arguments.database))


if __name__ == "__main__":
    main()
