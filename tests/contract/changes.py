"""Which changes of the API's description break those who use it, and which do no harm."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from api.openapi import operations

__all__ = ["breaking"]

_Document = Mapping[str, Any]
_Schema = Mapping[str, Any]


def breaking(before: _Document, after: _Document) -> tuple[str, ...]:
    """Return a sentence for each change that breaks a caller who went by `before`.

    An operation, an answer of success or a field of one that is gone; another address; something
    that must be sent and needed not; a value that was taken and is not. What is new and may be left
    out, and what an answer holds beside what it held, breaks nobody.
    """
    old, new = _by_id(before), _by_id(after)
    found: list[str] = []
    for name, (method, path, operation) in old.items():
        if name not in new:
            found.append(f"{name}: the operation is gone")
            continue
        new_method, new_path, changed = new[name]
        if (method, path) != (new_method, new_path):
            found.append(f"{name}: was {method} {path}, is {new_method} {new_path}")
        if changed.get("security") and not operation.get("security"):
            found.append(f"{name}: needs a token, needed none")
        said = (
            *_parameters(operation, changed),
            *_bodies(operation, changed, before, after),
            *_answers(operation, changed, before, after),
        )
        found += [f"{name}: {each}" for each in said]
    return tuple(found)


def _by_id(document: _Document) -> dict[str, tuple[str, str, dict[str, Any]]]:
    return {
        operation["operationId"]: (method, path, operation)
        for method, path, operation in operations(document)
    }


def _parameters(old: _Schema, new: _Schema) -> Iterator[str]:
    def named(operation: _Schema) -> dict[tuple[str, str], _Schema]:
        return {(each["in"], each["name"]): each for each in operation.get("parameters", ())}

    before, after = named(old), named(new)
    for key, parameter in after.items():
        must = parameter.get("required", False)
        if must and not before.get(key, {}).get("required", False):
            yield f"{key[0]} parameter {key[1]} must be sent"
    for key, parameter in before.items():
        if key not in after:
            yield f"{key[0]} parameter {key[1]} is gone"
        else:
            where = f"{key[0]} parameter {key[1]}"
            yield from _narrower(parameter["schema"], after[key]["schema"], where)


def _bodies(old: _Schema, new: _Schema, before: _Document, after: _Document) -> Iterator[str]:
    if "requestBody" in new and "requestBody" not in old:
        yield "a body must be sent"
    taken = new.get("requestBody", {}).get("content", {})
    for media, content in old.get("requestBody", {}).get("content", {}).items():
        if media not in taken:
            yield f"a body of {media} is no longer taken"
            continue
        one = _resolved(content.get("schema", {}), before)
        other = _resolved(taken[media].get("schema", {}), after)
        for name in other.get("required", ()):
            if name not in one.get("required", ()):
                yield f"body: {name} must be sent"
        for name, schema in one.get("properties", {}).items():
            if name in other.get("properties", {}):
                narrow = other["properties"][name]
                yield from _narrower(schema, narrow, f"body: {name}")
            elif other.get("additionalProperties") is False:
                yield f"body: {name} is no longer taken"


def _narrower(old: _Schema, new: _Schema, where: str) -> Iterator[str]:
    """Yield how a value that was taken may now be refused."""
    gone = set(map(str, old.get("enum", ()))) - set(map(str, new.get("enum", old.get("enum", ()))))
    if gone:
        yield f"{where} no longer takes {', '.join(sorted(gone))}"
    for word, tighter in (("maximum", min), ("maxLength", min), ("minimum", max)):
        if word in new and (word not in old or tighter(old[word], new[word]) != old[word]):
            yield f"{where} has {word} {new[word]}, had {old.get(word, 'none')}"


def _answers(old: _Schema, new: _Schema, before: _Document, after: _Document) -> Iterator[str]:
    for status, answer in old["responses"].items():
        if not status.startswith("2"):
            continue
        if status not in new["responses"]:
            yield f"no longer answers with {status}"
            continue
        given = new["responses"][status]
        for header in answer.get("headers", {}):
            if header not in given.get("headers", {}):
                yield f"{status}: the header {header} is gone"
        for media, content in answer.get("content", {}).items():
            if media not in given.get("content", {}):
                yield f"{status}: no longer {media}"
                continue
            one = content.get("schema", {})
            other = given["content"][media].get("schema", {})
            yield from _fields(one, other, before, after, f"{status}: ", 0)


def _fields(
    old: _Schema, new: _Schema, before: _Document, after: _Document, where: str, depth: int
) -> Iterator[str]:
    """Yield what an answer held and holds no longer, at any depth."""
    one, other = _resolved(old, before), _resolved(new, after)
    if depth > 8:  # a schema that holds itself
        return
    if _types(one) and _types(other) - _types(one):
        told = ", ".join(sorted(_types(other) - _types(one)))
        yield f"{where.rstrip('. ')} may be {told}"
    for name, schema in one.get("properties", {}).items():
        if name not in other.get("properties", {}):
            yield f"{where}{name} is gone"
            continue
        if name in one.get("required", ()) and name not in other.get("required", ()):
            yield f"{where}{name} may be missing"
        inner = other["properties"][name]
        yield from _fields(schema, inner, before, after, f"{where}{name}.", depth + 1)
    if "items" in one and "items" in other:
        yield from _fields(one["items"], other["items"], before, after, where, depth + 1)


def _types(schema: _Schema) -> set[str]:
    """Return the JSON types of a value; none where the schema does not say."""
    kinds = schema.get("anyOf", (schema,))
    found: set[str] = set()
    for kind in kinds:
        given = kind.get("type")
        found |= {given} if isinstance(given, str) else set(given or ())
    return found


def _resolved(schema: _Schema, document: _Document) -> _Schema:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema
