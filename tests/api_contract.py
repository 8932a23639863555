"""`spec/openapi.yaml` as a program reads it, and what breaks it in an answer."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from typing import Any

from aiohttp import web
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator.readers import read_from_filename

from project import ROOT

PATH = ROOT / "spec" / "openapi.yaml"
METHODS = ("get", "head", "post", "put", "patch", "delete", "options", "trace")
Json = dict[str, Any]


PAGES = ("/operator", "/arrivals", "/facilities")
"""Where people see the answers."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path.

    Attributes:
        method: in capitals.
        path: with `{name}` for its parameters.
        shape: what the document says of it.
        parameters: its own and those of its path.
    """

    method: str
    path: str
    shape: Json
    parameters: list[Json]

    @property
    def schemes(self) -> set[str]:
        """The names of what can authorise it; "" where nothing need to."""
        ways = self.shape.get("security") or [{}]
        return {name for way in ways for name in way or [""]}

    @property
    def is_page(self) -> bool:
        """Whether people see its answers."""
        return self.path.startswith(PAGES)

    @property
    def example_path(self) -> str:
        """The path with an example of each parameter in it."""
        values = {each["name"]: _example(each) for each in self.parameters if each["in"] == "path"}
        return self.path.format(**values)

    @property
    def example_body(self) -> bytes:
        """The example of its JSON; nothing where it has none."""
        content = self.shape.get("requestBody", {}).get("content", {})
        example = content.get("application/json", {}).get("example")
        return b"" if example is None else json.dumps(example).encode()


@cache
def document() -> Json:
    """Return the document."""
    found: Json = dict(read_from_filename(str(PATH))[0])
    return found


def resolved(shape: Json) -> Json:
    """Return a shape, or that to which it refers."""
    while "$ref" in shape:
        found = document()
        for step in shape["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        shape = found
    return shape


@cache
def operations() -> Mapping[tuple[str, str], Operation]:
    """Return every operation by method and path."""
    found = {}
    for path, item in document()["paths"].items():
        for method in item.keys() & set(METHODS):
            shape = item[method]
            listed = [*item.get("parameters", []), *shape.get("parameters", [])]
            key = (method.upper(), path)
            found[key] = Operation(*key, shape, [resolved(each) for each in listed])
    return found


def codes_of(response: Json) -> set[str]:
    """Return the codes of errors that an answer in JSON can have."""
    schema = response.get("content", {}).get("application/json", {}).get("schema", {})
    error = schema.get("properties", {}).get("error", {})
    code = error.get("properties", {}).get("code", {})
    return {code["const"]} if "const" in code else set(code.get("enum", []))


def breaches(
    method: str,
    route: str | None,
    *,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    page: bool = False,
) -> list[str]:
    """Return how an answer breaks the contract.

    Args:
        method: of the request.
        route: its path, with `{name}` for its parameters; None where there is no such route.
        status: of the answer.
        headers: of the answer; their names in any case.
        body: of the answer.
        page: whether a person waits for it.
    """
    operation = operations().get((method, route or ""))
    if operation is None:
        response = _of_nothing(status, route=route, page=page)
    else:
        response = resolved(operation.shape["responses"].get(str(status), {}))
    if not response:
        return [f"status {status} is not described"]
    lower = {name.lower(): value for name, value in headers.items()}
    return [*_of_headers(response, lower), *_of_body(response, lower, body, method)]


def _of_nothing(status: int, *, route: str | None, page: bool) -> Json:
    """Return what a request is answered for which there is no operation."""
    refusal = "not-found" if route is None else "method-not-allowed"
    names = {
        HTTPStatus.NOT_FOUND if route is None else HTTPStatus.METHOD_NOT_ALLOWED: refusal,
        HTTPStatus.TOO_MANY_REQUESTS: "too-many-requests",
        HTTPStatus.SERVICE_UNAVAILABLE: "unavailable",
    }
    if status not in names:
        return {}
    name = "page-not-found" if page else names[HTTPStatus(status)]
    found: Json = document()["components"]["responses"][name]
    return found


@dataclass(frozen=True, slots=True)
class Witness:
    """Sees whatever an application answers.

    Attributes:
        breaches: what of it breaks the contract.
    """

    breaches: list[str] = field(default_factory=list)

    async def look(self, request: web.Request, answer: web.StreamResponse) -> None:
        """Look at an answer that is about to leave; for `on_response_prepare`."""
        match, body = request.match_info, getattr(answer, "body", None)
        resource = match.route.resource  # none where there is no such path, or not this method
        unknown = isinstance(match.http_exception, web.HTTPNotFound)
        found = breaches(
            request.method,
            None if unknown else resource.canonical if resource else "",
            status=answer.status,
            headers=answer.headers,
            body=body if isinstance(body, bytes) else b"",
            page=request.path.startswith(PAGES),
        )
        self.breaches.extend(f"{request.method} {request.path}: {each}" for each in found)


def _of_headers(response: Json, headers: Mapping[str, str]) -> Iterator[str]:
    for name, reference in response.get("headers", {}).items():
        shape, value = resolved(reference), headers.get(name.lower())
        if value is not None:
            yield from (f"{name}: {fault}" for fault in _faults(shape["schema"], value))
        elif shape["required"]:
            yield f"{name} is missing"


def _of_body(response: Json, headers: Mapping[str, str], body: bytes, method: str) -> Iterator[str]:
    content = response.get("content", {})
    kind = headers.get("content-type", "").partition(";")[0]
    if not content or method == "HEAD":
        if body and method != "HEAD":
            yield "a body where none is described"
    elif kind not in content:
        yield f"type {kind} is not described"
    elif kind == "application/json":
        yield from _faults(content[kind]["schema"], json.loads(body))
    elif kind == "text/plain":
        yield from _faults(content[kind]["schema"], body.decode())


def _faults(schema: Json, value: object) -> Iterator[str]:
    """Return what is wrong with a value, references resolved within the document."""
    whole = {**schema, "components": document()["components"]}
    for error in OAS31Validator(whole).iter_errors(value):
        yield f"{error.json_path}: {error.message}"


def _example(parameter: Json) -> str:
    if "example" in parameter:
        return str(parameter["example"])
    schema = resolved(parameter["schema"])
    return str(schema["enum"][0]) if "enum" in schema else "0" * 64
