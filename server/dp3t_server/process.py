"""One server process: it says when it is ready, runs until it is told to stop, and ends tidily."""

import asyncio
import json
import logging
import signal
import sys

from dp3t_server import logs
from dp3t_server.app import application
from dp3t_server.clock import Clock, SimulatedClock
from dp3t_server.config import Config
from dp3t_server.keys import SecretsFile, key_as_json
from dp3t_server.log_store import log_key
from dp3t_server.parts import DataDirectory
from dp3t_server.regions import regions_of
from dp3t_server.transport import listening


async def serve(config: Config, data: DataDirectory, clock: Clock) -> None:
    """Serve until SIGTERM or SIGINT; print one line of JSON when ready [SERVER-35]."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    app = application(config, data, clock)
    regions = {
        settings.region: application(settings, place, clock)
        for settings, place in regions_of(config, data)
    }
    async with listening(app, config, host=config.host, port=config.port, regions=regions) as url:
        if isinstance(clock, SimulatedClock):
            logs.note(
                "THE CLOCK IS SIMULATED: for demonstrations and tests only", level=logging.WARNING
            )
        logs.note("started", region=config.region, designs=config.designs)
        sys.stdout.write(json.dumps(_ready(config, data, clock, url)) + "\n")
        sys.stdout.flush()
        await stop.wait()
        logs.note("stopping")
    logs.note("stopped")


def _ready(config: Config, data: DataDirectory, clock: Clock, url: str) -> dict[str, object]:
    """Return what a program that started the server needs to use it."""
    regions = {
        settings.region: _ready(settings, place, clock, f"{url}/{settings.region}")
        for settings, place in regions_of(config, data)
    }
    secrets = SecretsFile(data.secrets).load()
    return {
        "listening": url,
        "public_key": secrets.announced(clock.now()).public.hex(),
        "keys": [key_as_json(key.public()) for key in secrets.signing],
        "log_key": log_key(secrets.log_signer),
        "region": config.region,
        "designs": config.designs,
        "clock": clock.name,
        "operator_token_file": str(data.token),
        **({"regions": regions} if regions else {}),
    }
