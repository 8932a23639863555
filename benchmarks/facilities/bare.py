"""What the server is compared with: one handler of aiohttp that does the least for each act.

`POST /v1/facilities/acts` reads the body, verifies one Ed25519 signature over the act and commits
one row with it, as durably as the server's transactions: no chain, no rules, no words, no map.
"""

import argparse
import asyncio
import json
import sys
from base64 import b64decode

from aiohttp import web

from benchmarks.facilities.record import ACTS
from benchmarks.server.bare import Commit, committing
from dp3t.facilities import FACILITY_CONTEXT
from dp3t.primitives import sha256
from dp3t.publication import TrustedKeys, VerificationKey


def application(commit: Commit) -> web.Application:
    """Return the application; an act comes with its public key in front of it."""

    async def act(request: web.Request) -> web.Response:
        given = b64decode(json.loads(await request.read())["act"])
        public, signed = given[:32], given[32:]
        trusted = TrustedKeys([VerificationKey.pinned(public)])
        trusted.open(signed, context=FACILITY_CONTEXT, limit_bytes=len(signed))
        await commit(sha256(signed))
        return web.json_response({"number": 0, "received": 0, "refusal": None})

    app = web.Application()
    app.add_routes([web.post(ACTS, act)])
    return app


async def serve(database: str) -> None:
    """Serve until the process is told to end; print the port when ready."""
    async with committing(database) as commit:
        runner = web.AppRunner(application(commit), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        sys.stdout.write(json.dumps({"port": runner.addresses[0][1]}) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def main() -> None:
    """Run it with a database."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("database")
    asyncio.run(serve(parser.parse_args().database))


if __name__ == "__main__":
    main()
