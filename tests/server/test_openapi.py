"""`spec/openapi.yaml` is held to the server, and the server to it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator, validate
from sqlalchemy.exc import OperationalError

import spec_clauses
from api_contract import PATH, Operation, breaches, codes_of, document, operations, resolved
from authorizations import AUTHORITY, config, statement_of
from dp3t import day_of, release_after
from dp3t.arrivals import (
    SUBMISSION_BYTES,
    SUBMISSION_REFUSALS,
    WITHDRAWAL_BYTES,
    Submission,
)
from dp3t.presence import TRACE_REFUSALS, TRACE_UPLOAD_BYTES, TraceUpload
from dp3t.primitives import BLIND_RSA_BYTES
from dp3t.proximity import DESIGN_NAMES, DISCLOSURE_BYTES
from dp3t.publication import TOKEN_REQUEST_BYTES, BlindedDay, Commitment, TokenRequest
from dp3t.publication.report import REFUSALS
from dp3t.symptoms import HELP_BYTES, SYMPTOM_REPORT_BYTES
from dp3t_server import database
from dp3t_server.app import application
from dp3t_server.clock import Clock, SimulatedClock, SystemClock
from dp3t_server.config import Config
from dp3t_server.counters import Counted
from dp3t_server.facility_routes import MAX_ACT_BODY_BYTES, MAX_AUTHORITY_BODY_BYTES
from dp3t_server.faults import Fault
from dp3t_server.health import State
from dp3t_server.parts import DataDirectory
from dp3t_server.publisher import PublishedBatch
from key_server import NOW, InnerServer, in_process, lowcost_record, upload_of
from operator_pages import SIGNED_IN_PAGES, signed_in
from project import ROOT
from server_arrivals import declared
from server_facilities import handed_in
from server_symptoms import report
from server_traces import box, listed, traces
from spec.vectors.builders.facility_record import Record
from surveys import token as unsigned

ALL_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
LIMIT = re.compile(r"at most ([0-9,]+) bytes", re.IGNORECASE)
REPORT_BYTES = max(Config().upload_sizes.values())
EVERYTHING = {"presence": True, "declarations": True, "facilities": True}
SERVER_CONFIG = Config.model_validate(EVERYTHING)
OF_PRESENCE = {
    ("POST", "/v1/traces"),
    ("GET", "/v1/operator/trace-uploads"),
    ("HEAD", "/v1/operator/trace-uploads"),
    ("DELETE", "/v1/operator/trace-uploads/{name}"),
    ("POST", "/v1/operator/traces"),
}
OF_SYMPTOMS = ("survey", "rules", "stations", "estimates", "estimates/{day}")
OFFICIALS_PAGES = (
    *(f"{{language}}/{page}" for page in ("gate", "declarations", "help")),
    *(f"data/{page}" for page in ("marks", "declarations", "help")),
)
PUBLIC_PAGES = ("", "/", "/{language}/", "/form.json")
OF_DECLARATIONS = {
    *((method, f"/arrivals{page}") for method in ("GET", "HEAD") for page in PUBLIC_PAGES),
    ("POST", "/arrivals/qr"),
    *((method, f"/operator/{page}") for method in ("GET", "HEAD") for page in OFFICIALS_PAGES),
    ("POST", "/operator/data/marks"),
    ("DELETE", "/operator/data/help/{name}"),
    ("GET", "/v1/arrivals/keys"),
    ("HEAD", "/v1/arrivals/keys"),
    ("POST", "/v1/arrivals/declarations"),
    ("POST", "/v1/arrivals/withdrawals"),
    ("GET", "/v1/arrivals/withdrawn"),
    ("HEAD", "/v1/arrivals/withdrawn"),
    ("GET", "/v1/arrivals/gate-marks"),
    ("HEAD", "/v1/arrivals/gate-marks"),
    ("POST", "/v1/arrivals/gate-marks"),
    ("GET", "/v1/operator/arrivals/declarations"),
    ("HEAD", "/v1/operator/arrivals/declarations"),
    ("DELETE", "/v1/operator/arrivals/declarations/{name}"),
    *((method, f"/v1/symptoms/{name}") for method in ("GET", "HEAD") for name in OF_SYMPTOMS),
    ("POST", "/v1/symptoms/reports"),
    ("POST", "/v1/symptoms/help"),
    ("GET", "/v1/operator/symptoms/help"),
    ("HEAD", "/v1/operator/symptoms/help"),
    ("DELETE", "/v1/operator/symptoms/help/{name}"),
}
OF_TOKENS = {("GET", "/v1/tokens/keys"), ("HEAD", "/v1/tokens/keys"), ("POST", "/v1/tokens")}
SHOWN_OF_FACILITIES = (
    *("/operator/{language}/objections", "/operator/data/objections"),
    *("/facilities", "/facilities/", "/facilities/{language}/"),
    "/facilities/worker.js",
    *(f"/facilities/{{language}}/{page}" for page in ("desk", "places/{name}")),
    *(f"/v1/facilities/{name}" for name in ("map", "settings", "boundaries", "pages")),
    *(f"/v1/facilities/{name}" for name in ("places/{name}", "pages/{number}")),
)
OF_FACILITIES = {
    *((method, path) for method in ("GET", "HEAD") for path in SHOWN_OF_FACILITIES),
    ("GET", "/v1/facilities/live"),
    ("POST", "/v1/facilities/acts"),
    ("POST", "/v1/facilities/objections"),
    ("POST", "/v1/operator/facilities/acts"),
    ("POST", "/operator/data/facility-acts"),
}
WITHOUT_DATABASE = {
    "/metrics": 200,
    "/v1/facilities/map": 404,
    "/v1/facilities/settings": 200,
    "/v1/facilities/live": 400,
    "/v1/facilities/boundaries": 404,
    "/v1/facilities/acts": 400,
    "/v1/facilities/objections": 400,
    "/v1/operator/facilities/acts": 503,
}
"""What is answered where the database fails and something else than `unavailable` is said."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; it keeps the contract, or there would be none."""

    status: int
    headers: Mapping[str, str]


async def ask(
    server: InnerServer,
    operation: Operation,
    *,
    method: str = "",
    body: bytes | None = None,
    **headers: str,
) -> Answer:
    """Send an operation's example, or something else to its path."""
    sent = method or operation.method
    async with server.session.request(
        sent,
        server.url + operation.example_path,
        data=operation.example_body if body is None else body,
        headers={**FORM, **headers},
        allow_redirects=False,
    ) as response:
        found = breaches(
            sent,
            operation.path,
            status=response.status,
            headers=response.headers,
            body=await response.read(),
            page=operation.is_page,
        )
        assert found == [], (sent, operation.path)
        return Answer(response.status, response.headers)


def routes(folder: Path, clock: Clock, config: Config = SERVER_CONFIG) -> set[tuple[str, str]]:
    """Return method and path of every route of a server with this clock."""
    router = application(config, DataDirectory(folder), clock).router
    return {
        (route.method, route.resource.canonical)
        for route in router.routes()
        if route.resource is not None
    }


def test_the_document_is_one_of_openapi_3_1() -> None:
    validate(document(), cls=OpenAPIV31SpecValidator)


def test_the_document_has_the_version_of_the_specification() -> None:
    text = (ROOT / "spec" / "README.md").read_text(encoding="utf-8")
    assert f"\nVersion {document()['info']['version']}. " in text


def test_the_document_cites_clauses_that_exist() -> None:
    text = PATH.read_text(encoding="utf-8")
    assert len(re.findall(r"\[SERVER-[0-9]+\]", text)) > 20
    assert spec_clauses.dangling(spec_clauses.read(ROOT / "spec"), text, "openapi.yaml") == []


def test_every_component_is_used_but_the_answer_to_methods_that_do_not_exist() -> None:
    text = PATH.read_text(encoding="utf-8")
    components = document()["components"]
    unused = {
        name
        for kind in ("parameters", "headers", "responses", "schemas")
        for name in components[kind]
        if f'"#/components/{kind}/{name}"' not in text
    }
    assert unused == {Fault.METHOD_NOT_ALLOWED.code}


@pytest.mark.spec("SERVER-65", "TRACE-SERVER-1", "TOKENS-21", "FACILITIES-SERVER-1")
def test_the_routes_of_the_document_are_the_routes_of_the_server(tmp_path: Path) -> None:
    described = operations().keys()
    assert routes(tmp_path, SimulatedClock(NOW)) == described
    assert routes(tmp_path, SystemClock()) == described - {("POST", "/v1/operator/clock")}
    for some, missing in (
        (Config(declarations=True), OF_PRESENCE | OF_FACILITIES),
        (Config(presence=True), OF_DECLARATIONS | OF_FACILITIES | OF_TOKENS),
        (Config(facilities=True), OF_PRESENCE | OF_DECLARATIONS),
    ):
        assert routes(tmp_path, SimulatedClock(NOW), some) == described - missing


@pytest.mark.spec("SERVER-5")
def test_the_errors_of_the_document_are_the_errors_of_the_server() -> None:
    never = document()["components"]["responses"][Fault.METHOD_NOT_ALLOWED.code]
    described = {(code, never["x-status"]) for code in codes_of(never)}
    for operation in operations().values():
        for status, reference in operation.shape["responses"].items():
            codes = codes_of(resolved(reference))
            described |= {(code, int(status)) for code in codes}
            if int(status) >= 400 and operation.method != "HEAD" and not operation.is_page:
                assert codes, (operation, status)
    assert described == {(fault.code, fault.status) for fault in Fault}
    error = document()["components"]["schemas"]["Error"]["properties"]["error"]
    assert error["properties"]["code"]["enum"] == [fault.code for fault in Fault]


def test_the_names_in_the_document_are_those_of_the_server() -> None:
    schemas = document()["components"]["schemas"]
    assert schemas["Design"]["enum"] == list(DESIGN_NAMES)
    assert set(schemas["ReportAnswer"]["properties"]["refusal"]["enum"]) == REFUSALS.keys()
    _, refused = schemas["TraceAnswer"]["oneOf"]
    assert set(refused["properties"]["refusal"]["enum"]) == TRACE_REFUSALS.keys()
    _, refused = schemas["SubmissionAnswer"]["oneOf"]
    assert set(refused["properties"]["refusal"]["enum"]) == SUBMISSION_REFUSALS.keys()
    for name, shape in {"State": State, "Batch": PublishedBatch}.items():
        members = {each.name for each in fields(shape)}
        assert set(schemas[name]["required"]) == schemas[name]["properties"].keys() == members
    counted = schemas["Statistics"]["properties"]["totals"]["properties"]
    assert counted.keys() == {name.value for name in Counted}


@pytest.mark.spec("SERVER-5", "SERVER-65", "OPERATOR-PAGE-7")
async def test_a_method_that_is_not_described_is_refused_and_the_others_are_named(
    server: InnerServer,
) -> None:
    for path, operation in {each.path: each for each in operations().values()}.items():
        methods = {method for method in ALL_METHODS if (method, path) in operations()}
        for method in ALL_METHODS - methods:
            answer = await ask(server, operation, method=method)
            assert set(answer.headers["Allow"].split(",")) == methods, path


@pytest.mark.spec("SERVER-29", "OPERATOR-PAGE-1")
async def test_who_shows_nothing_is_refused_where_the_document_says_so_and_only_there(
    server: InnerServer,
) -> None:
    for operation in operations().values():
        if operation.path.endswith("/sign-in"):
            continue  # it takes the token in its form
        answer = await ask(server, operation)
        refused = operation.schemes in ({"token"}, {"session"})
        assert (answer.status == 401) == refused, operation.path
        if operation.schemes == {"session", ""}:
            assert answer.headers["Location"] == "/operator/vi/", operation.path


@pytest.mark.spec("SERVER-10", "SERVER-45")
async def test_a_body_may_have_the_length_that_is_described_and_not_a_byte_more(
    server: InnerServer,
) -> None:
    token = f"Bearer {server.data.token.read_text().strip()}"
    longest = {
        "/v1/reports": REPORT_BYTES,
        "/v1/disclosures": DISCLOSURE_BYTES,
        "/v1/traces": TRACE_UPLOAD_BYTES,
        "/v1/tokens": TOKEN_REQUEST_BYTES,
        "/v1/arrivals/declarations": SUBMISSION_BYTES,
        "/v1/symptoms/reports": SYMPTOM_REPORT_BYTES,
        "/v1/symptoms/help": HELP_BYTES,
        "/v1/arrivals/withdrawals": WITHDRAWAL_BYTES,
        "/v1/facilities/acts": MAX_ACT_BODY_BYTES,
        "/v1/facilities/objections": MAX_ACT_BODY_BYTES,
        "/v1/operator/facilities/acts": MAX_AUTHORITY_BODY_BYTES,
    }
    asked = 0
    for operation in operations().values():
        if not (shape := operation.shape.get("requestBody")):
            continue
        said = LIMIT.search(shape["description"])
        most_bytes = int(said[1].replace(",", "")) if said else longest[operation.path]
        for size, too_large in ((most_bytes, False), (most_bytes + 1, True)):
            answer = await ask(server, operation, body=b" " * size, Authorization=token)
            assert (answer.status == 413) == too_large, (operation.path, size)
        asked += 1
    assert asked == sum(method == "POST" for method, _ in operations())


@pytest.mark.spec("SERVER-6", "OPERATING-17", "OPERATING-19")
async def test_where_the_database_fails_an_operation_is_unavailable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commitment = Commitment(design="gaen", first_day=day_of(NOW), hashes=(bytes(32),))
    statement = statement_of(commitment, since=day_of(NOW)).sign(AUTHORITY).hex()
    async with in_process(tmp_path, config=config(**EVERYTHING)) as server:
        wanted = (BlindedDay(day_of(NOW), bytes(BLIND_RSA_BYTES)),)
        bodies = {
            "/v1/reports": upload_of(await server.code(), lowcost_record()),
            "/v1/traces": TraceUpload(await server.code(), box()).encode(),
            "/v1/operator/traces": json.dumps(listed(*traces())).encode(),
            "/v1/disclosures": bytes(DISCLOSURE_BYTES),
            "/v1/tokens": TokenRequest(
                code=await server.code(), scope="symptoms", wanted=wanted
            ).encode(),
            "/v1/arrivals/declarations": Submission(declared().envelope).encode(),
            "/v1/arrivals/withdrawals": declared().withdrawal.encode(),
            "/v1/arrivals/gate-marks": (day_of(NOW) + 1).to_bytes(2, "big") + bytes(60),
            "/v1/symptoms/reports": report(unsigned()),
            "/v1/symptoms/help": b"\1\0\0\0\1".ljust(HELP_BYTES, b"\0"),
            "/v1/operator/facilities/acts": json.dumps(handed_in(Record().settle(NOW))).encode(),
            "/v1/operator/statements": b'{"statement": "%s"}' % statement.encode(),
            "/v1/operator/clock": b'{"now": %d}' % release_after(NOW),
        }
        token = f"Bearer {server.data.token.read_text().strip()}"
        monkeypatch.setattr(database, "connected", _fail)
        for operation in operations().values():
            if not operation.is_page:
                body = bodies.get(operation.path)
                answer = await ask(server, operation, body=body, Authorization=token)
                status = WITHOUT_DATABASE.get(operation.path, 503)
                assert answer.status == status, operation.path


@pytest.mark.spec("SERVER-6", "OPERATOR-PAGE-7")
async def test_where_the_database_fails_a_page_says_so(
    server: InnerServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await signed_in(server)
    code = {"code": "0123456789012345678968"}
    forms = {
        "issue": {"count": "1", "kind": "simple"},
        "activate": {**code, "first_day": "2021-07-01"},
        "revoke": code,
    }
    token = await person.form_token()
    monkeypatch.setattr(database, "connected", _fail)
    for page, typed in forms.items():
        assert (await person.post(page, form_token=token, **typed)).status == 503, page
    for page in set(SIGNED_IN_PAGES) - forms.keys():
        assert (await person.get(page)).status == 503, page


def _fail(*_: object) -> None:
    raise OperationalError("SELECT 1", {}, Exception("disk I/O error"))
