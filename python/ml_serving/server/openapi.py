"""OpenAPI's description of the paths that this server answers itself, from what GET /schema says."""

from collections.abc import Mapping
from typing import Any

import orjson

from ml_serving import __version__

Json = dict[str, Any]

# What each of pandas' types is to JSON, by the start of its name.
TYPES = {
    "int": "integer",
    "uint": "integer",
    "float": "number",
    "number": "number",
    "bool": "boolean",
    "str": "string",
}


def described(schema: Mapping[str, Any], title: str) -> Json:
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": __version__},
        **parts(schema),
    }


def parts(schema: Mapping[str, Any]) -> Json:
    """Paths and components, which an app's own may have beside them."""
    return {
        "paths": {
            "/invocations": {"post": invocations(schema)},
            "/ping": {"get": operation("ping", "Whether the model can be asked", {})},
            "/schema": {
                "get": operation("schema", "The model's columns, and examples", {})
            },
        },
        "components": {"schemas": {"Row": row(schema["columns"])}},
    }


def merged(app: Json, schema: Mapping[str, Any]) -> Json:
    """An app's document with ours. What the app describes itself stays."""
    ours = parts(schema)
    components = app.get("components", {})
    schemas = ours["components"]["schemas"] | components.get("schemas", {})
    return {
        **app,
        "paths": ours["paths"] | app.get("paths", {}),
        "components": components | {"schemas": schemas},
    }


def invocations(schema: Mapping[str, Any]) -> Json:
    answer = {"example": schema["answer"]} if "answer" in schema else {}
    return operation(
        "invocations",
        "The model's predictions, one for each row",
        {name: answer if "json" in name[-5:] else {} for name in schema["answers"]},
        requestBody={
            "required": True,
            "content": {
                name: request(name, one, schema)
                for name, one in schema["requests"].items()
            },
        },
    )


def operation(name: str, summary: str, content: Json, **more: Any) -> Json:
    ok: Json = {"description": "OK"}
    return {
        "operationId": name,
        "summary": summary,
        **more,
        "responses": {"200": ok | ({"content": content} if content else {})},
    }


def request(name: str, one: Mapping[str, str], schema: Mapping[str, Any]) -> Json:
    example = one.get("example")
    media: Json = {"schema": {"description": f"One row is {one['row']}"}}
    if name == "application/json":
        rows = {"type": "array", "items": items(schema["columns"])}
        media["schema"] |= {"type": "object", "properties": {"instances": rows}}
    if example is not None:
        media["example"] = (
            orjson.loads(example) if name == "application/json" else example
        )
    return media


def items(columns: list[Json]) -> Json:
    return {"$ref": "#/components/schemas/Row"} if columns else {}


def row(columns: list[Json]) -> Json:
    """A row as JSON has it: an object where the columns have names, else a list."""
    if columns and "name" in columns[0]:
        return {
            "type": "object",
            "properties": {one["name"]: value(one) for one in columns},
            # A value that may be missing is null.
            "required": [one["name"] for one in columns],
            "additionalProperties": False,
        }
    return {"type": "array", "prefixItems": [value(one) for one in columns]}


def value(column: Json) -> Json:
    if column["type"] == "category" and "categories_left_out" not in column:
        missing = [] if column["required"] else [None]
        return {"enum": [*column["categories"], *missing]}
    kind = column["type"]
    if kind.startswith("datetime64"):
        return nullable("number" if "unit" in column else "string", column)
    found = next((to for start, to in TYPES.items() if kind.startswith(start)), None)
    return nullable(found, column) if found else {}


def nullable(kind: str, column: Json) -> Json:
    return {"type": kind if column["required"] else [kind, "null"]}
