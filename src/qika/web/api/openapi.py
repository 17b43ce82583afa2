"""OpenAPI 3.1, generated from the table of endpoints and the structs they name."""

from collections.abc import Sequence
from typing import Any, cast

import msgspec
from msgspec import Struct

from qika.terms.names import Language
from qika.web.api.endpoints import Endpoint
from qika.web.problems import HTTP_STATUS, Problem, ProblemCode
from qika.web.sent import JSON_TYPE, LINES_TYPE, PROBLEM_TYPE
from qika.web.speech import SPEECH

REF = "#/components/schemas/{name}"
Document = dict[str, Any]

_LANG: Document = {
    "name": "lang",
    "in": "query",
    "required": False,
    "description": "Language of the answer; outranks Accept-Language.",
    "schema": {"type": "string", "enum": [str(one) for one in Language]},
}


def openapi(endpoints: Sequence[Endpoint], version: str) -> Document:
    """Describe the endpoints."""
    structs = list(
        dict.fromkeys(kind for one in endpoints for kind in (*one.requests, *_answers(one)))
    )
    _, components = msgspec.json.schema_components([*structs, Problem], ref_template=REF)
    paths: dict[str, Document] = {}
    for endpoint in endpoints:
        operation = _operation(endpoint, components)
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Qika",
            "version": version,
            "description": SPEECH[Language.EN].t("openapi-description"),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {"schemas": components},
    }


def _operation(endpoint: Endpoint, components: Document) -> Document:
    description: Document = {
        "operationId": endpoint.name,
        "summary": SPEECH[Language.EN].t(f"endpoint-{endpoint.name}"),
        "tags": [str(endpoint.door)],
        "parameters": [*_in_path(endpoint.path), _LANG],
        "responses": _responses(endpoint),
    }
    if endpoint.method == "GET":
        for query in endpoint.requests:
            description["parameters"] = [*_parameters(components[query.__name__]), _LANG]
    elif endpoint.requests:
        content = {JSON_TYPE: {"schema": _any_of(endpoint.requests)}}
        if endpoint.streamed:
            content[LINES_TYPE] = _lines_of(endpoint.requests[0])
        description["requestBody"] = {"required": True, "content": content}
    return description


def _answers(endpoint: Endpoint) -> tuple[type[Struct], ...]:
    return (*endpoint.answers, endpoint.streamed) if endpoint.streamed else endpoint.answers


def _in_path(path: str) -> list[Document]:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    schema = {"type": "string", "minLength": 1, "maxLength": 64}
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name in names]


def _lines_of(kind: type[Struct]) -> Document:
    return {"schema": {"type": "string", "description": f"Each line is one {kind.__name__}."}}


def _parameters(schema: Document) -> list[Document]:
    required = schema.get("required", [])
    properties = cast("dict[str, Document]", schema["properties"])
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "schema": _without_null(kind),
        }
        for name, kind in properties.items()
    ]


def _without_null(schema: Document) -> Document:
    """A query string has no null: leaving the name out says it."""
    branches = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if len(branches) == 1:
        return branches[0]
    return {name: value for name, value in schema.items() if value is not None}


def _any_of(kinds: Sequence[type[Struct]]) -> Document:
    refs = [{"$ref": REF.format(name=kind.__name__)} for kind in kinds]
    return refs[0] if len(refs) == 1 else {"anyOf": refs}


def _responses(endpoint: Endpoint) -> Document:
    headers = {
        "Content-Language": {"schema": {"type": "string"}},
        "Vary": {"schema": {"type": "string"}},
    }
    schema = {"schema": _any_of(endpoint.answers)}
    answers = schema if endpoint.media == JSON_TYPE else _lines_of(endpoint.answers[0])
    described: Document = {
        "200": {
            "description": "Answered.", "headers": headers, "content": {endpoint.media: answers},
        }
    }  # fmt: skip
    if endpoint.streamed:
        described["202"] = {
            "description": "Accepted: it will be carried out line by line.",
            "headers": headers | {"Location": {"schema": {"type": "string"}}},
            "content": {JSON_TYPE: {"schema": _any_of((endpoint.streamed,))}},
        }
    if endpoint.kept:
        described["304"] = {"description": "Unchanged: the caller's copy (If-None-Match) is right."}
    codes = (*endpoint.problems, ProblemCode.METHOD_NOT_ALLOWED)
    for code in sorted(codes, key=HTTP_STATUS.__getitem__):
        described[str(HTTP_STATUS[code])] = {
            "description": SPEECH[Language.EN].t(f"problem-{code}-title"),
            "headers": headers,
            "content": {PROBLEM_TYPE: {"schema": _any_of((Problem,))}},
        }
    return described
