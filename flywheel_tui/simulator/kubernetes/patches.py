"""The patch formats of the API server: JSON merge patch (RFC 7396), JSON patch (RFC 6902), strategic merge patch."""

from __future__ import annotations

import copy
from typing import Any

from flywheel_tui.simulator.kubernetes.status import ApiError

MERGE = "application/merge-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
JSON_PATCH = "application/json-patch+json"
# Lists of these names are merged by their elements' key in a strategic merge patch; all others are replaced.
_MERGE_KEYS = {"containers": "name", "initContainers": "name", "volumes": "name", "env": "name", "conditions": "type"}


def apply_patch(document: Any, patch: Any, content_type: str, *, custom: bool) -> Any:  # noqa: ANN401 - JSON
    """Return the document with the patch applied; the document itself stays as it is.

    Args:
        document: The object as JSON.
        patch: The patch as JSON.
        content_type: Which format the patch is in.
        custom: Whether the object is a custom resource, which has no strategic merge patch.

    Raises:
        ApiError: 415 for a format that the resource does not take, 400 or 422 for a patch that cannot be applied.
    """
    if content_type == JSON_PATCH:
        if not isinstance(patch, list):
            raise ApiError(400, "json: cannot unmarshal object into Go value of type jsonpatch.Patch")
        made = copy.deepcopy(document)
        for step in patch:
            made = _json_step(made, step)
        return made
    if content_type == MERGE or (content_type == STRATEGIC and not custom):
        if not isinstance(patch, dict):
            raise ApiError(400, "error decoding patch: json: cannot unmarshal array into Go value")
        return _merge(document, patch, strategic=content_type == STRATEGIC)
    accepted = [JSON_PATCH, MERGE, *([] if custom else [STRATEGIC])]
    raise ApiError(
        415, f"the body of the request was in an unknown format - accepted media types include: {', '.join(accepted)}"
    )


def _merge(document: Any, patch: Any, *, strategic: bool, field: str = "") -> Any:  # noqa: ANN401 - JSON
    if strategic and isinstance(patch, list) and isinstance(document, list) and field in _MERGE_KEYS:
        return _merge_list(document, patch, _MERGE_KEYS[field])
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    made = dict(document) if isinstance(document, dict) else {}
    for key, value in patch.items():
        if value is None:
            made.pop(key, None)
        else:
            made[key] = _merge(made.get(key), value, strategic=strategic, field=key)
    return made


def _merge_list(document: list[Any], patch: list[Any], key: str) -> list[Any]:
    made = list(document)
    for item in patch:
        if not isinstance(item, dict) or key not in item:
            raise ApiError(400, f"map: {item} does not contain declared merge key: {key}")
        place = next((at for at, old in enumerate(made) if old.get(key) == item[key]), None)
        if item.get("$patch") == "delete":
            made = [old for old in made if old.get(key) != item[key]]
        elif place is None:
            made.append(copy.deepcopy(item))
        else:
            made[place] = _merge(made[place], item, strategic=True)
    return made


def _json_step(document: Any, step: Any) -> Any:  # noqa: ANN401 - JSON
    if not isinstance(step, dict) or not isinstance(step.get("path"), str):
        raise ApiError(400, "invalid JSON patch: an operation needs op and path")
    keys = [part.replace("~1", "/").replace("~0", "~") for part in step["path"].split("/")[1:]]
    operation = step.get("op")
    if not keys:
        raise ApiError(422, "the server rejected our request due to an error in our request")
    holder = document
    for key in keys[:-1]:
        holder = _child(holder, key, step["path"])
    last: Any = keys[-1]
    if isinstance(holder, list):
        last = len(holder) if last == "-" else _index(last, step["path"])
    elif not isinstance(holder, dict):
        raise _missing(step["path"])
    exists = last < len(holder) if isinstance(holder, list) else last in holder
    if operation == "add":
        if isinstance(holder, list):
            holder.insert(last, step.get("value"))
        else:
            holder[last] = step.get("value")
    elif not exists:
        raise _missing(step["path"])
    elif operation == "replace":
        holder[last] = step.get("value")
    elif operation == "remove":
        del holder[last]
    elif operation == "test":
        if holder[last] != step.get("value"):
            raise ApiError(422, f"testing value {step['path']} failed: test failed", reason="Invalid")
    else:
        raise ApiError(400, f"Unexpected kind: {operation}")
    return document


def _child(holder: Any, key: str, path: str) -> Any:  # noqa: ANN401 - JSON
    if isinstance(holder, dict) and key in holder:
        return holder[key]
    if isinstance(holder, list):
        index = _index(key, path)
        if index < len(holder):
            return holder[index]
    raise _missing(path)


def _index(key: str, path: str) -> int:
    if not key.isdigit():
        raise _missing(path)
    return int(key)


def _missing(path: str) -> ApiError:
    return ApiError(422, f'the server rejected our request due to an error in our request: path "{path}" not found')
