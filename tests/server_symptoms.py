"""Symptoms for tests of the server: installed documents, and reports with real tokens."""

import base64
import json
from dataclasses import replace

from dp3t import Instant, instant, to_datetime
from dp3t.publication import ANSWER_BYTES, SigningKey, Token
from dp3t.symptoms import Survey, SymptomReport, built_in_rules_value, sign_rules
from dp3t_server.config import Config
from dp3t_server.symptom_documents import install
from dp3t_server.symptom_store import Kind
from key_server import NOW, InnerServer, KeyServer, run_program
from stations import station, station_keys
from surveys import AUTHORITY, HUE, survey

REPORTS = "/v1/symptoms/reports"
HELP = "/v1/symptoms/help"
HELD = "/v1/operator/symptoms/help"
LAST = Instant(2**32 - 1)


def authority(key: SigningKey = AUTHORITY) -> dict[str, object]:
    """Return the entry of the settings for an authority."""
    public = key.public()
    return {
        "public": public.public.hex(),
        "valid_from": to_datetime(public.valid_from),
        "valid_until": to_datetime(instant(public.valid_until)),
    }


SYMPTOMS_ON = Config.model_validate(
    {"declarations": True, "symptoms_authorities": [authority()], "token_code_days": 60}
)


AUTHORITY_IN_TOML = f"""
[[symptoms_authorities]]
public = "{AUTHORITY.public().public.hex()}"
valid_from = {to_datetime(AUTHORITY.valid_from).isoformat()}
valid_until = {to_datetime(LAST).isoformat()}
"""


async def install_all_beside(server: KeyServer) -> None:
    """Install a document of each kind with the program, which goes by the present."""
    keys = station_keys(station(HUE, "Huế", start=0, end=LAST))
    documents = {
        Kind.SURVEY: held(valid_until=LAST).sign(AUTHORITY),
        Kind.RULES: sign_rules(built_in_rules_value(), AUTHORITY),
        Kind.STATIONS: replace(keys, valid_until=LAST).sign(AUTHORITY),
    }
    for kind, data in documents.items():
        file = server.data.path.parent / kind.value
        file.write_bytes(data)
        where = ("--data", str(server.data.path))
        status, _, said = await run_program("symptoms", "install", kind.value, str(file), *where)
        assert status == 0, said


def held(**changes: object) -> Survey:
    """Return a survey that holds at the time of the server's tests; few reports are enough."""
    around = {"valid_from": Instant(NOW - 86_400), "valid_until": Instant(NOW + 40 * 86_400)}
    return survey(**{**around, "min_reports": 20, **changes})


async def install_survey(server: InnerServer, of: Survey, *, now: Instant = NOW) -> int:
    """Install a survey as the operator does."""
    return await install(server.parts, Kind.SURVEY, of.sign(AUTHORITY), now=now)


def report(token: Token, *, commune: str = HUE, positive: bool = True, number: int = 3) -> bytes:
    """Return the body of a report."""
    made = SymptomReport(survey=number, commune=commune, positive=positive, token=token)
    return made.encode()


async def send(server: KeyServer, body: bytes, *, path: str = REPORTS) -> str:
    """Send a report or a request for help; return "accepted" or why not."""
    async with server.session.post(server.url + path, data=body) as response:
        data = await response.read()
        assert (response.status, len(data)) == (200, ANSWER_BYTES), data
    answer = json.loads(data)
    return "accepted" if answer["accepted"] else str(answer["refusal"])


async def listed_help(server: KeyServer) -> dict[str, bytes]:
    """Return the requests for help on the operator's first page, by their names."""
    status, page = await server.ask("GET", HELD)
    assert status == 200, page
    return {each["name"]: base64.b64decode(each["sealed"]) for each in page["help_requests"]}
