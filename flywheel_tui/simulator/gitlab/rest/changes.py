"""What a request to change a runner asks for, checked as GitLab checks it: first the form, then the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flywheel_tui.simulator.gitlab.answers import bad_parameter, invalid
from flywheel_tui.simulator.gitlab.rest.call import boolean
from flywheel_tui.simulator.world.model_forge import GitLabRunner

FIELDS = (
    "description", "active", "paused", "tag_list", "run_untagged", "locked", "access_level", "maximum_timeout",
    "maintenance_note",
)  # fmt: skip
LONGEST_NOTE = 1_024
LONGEST_DESCRIPTION = 1_024
MOST_TAGS = 50
SHORTEST_TIMEOUT = 600


def read_changes(fields: Mapping[str, Any], runner: GitLabRunner) -> tuple[bool | None, dict[str, Any]]:
    """Return whether the runner is to be paused (None: as it is), and the other changes by the world's field names.

    Raises:
        RefusalError: GitLab would not take them.
    """
    if not any(name in fields for name in FIELDS):
        bad_parameter(f"{', '.join(FIELDS)} are missing, at least one parameter must be provided")
    if "active" in fields and "paused" in fields:
        bad_parameter("active, paused are mutually exclusive")
    changes: dict[str, Any] = {}
    active = boolean("active", fields.get("active"))
    paused = (None if active is None else not active) if "active" in fields else boolean("paused", fields.get("paused"))
    for name in ("run_untagged", "locked"):
        flag = boolean(name, fields.get(name))
        if flag is not None:
            changes[name] = flag
    if "access_level" in fields:
        if fields["access_level"] not in ("not_protected", "ref_protected"):
            bad_parameter("access_level does not have a valid value")
        changes["protected"] = fields["access_level"] == "ref_protected"
    for name in ("description", "maintenance_note"):
        if name in fields:
            changes[name] = _text(name, fields[name])
    if "maximum_timeout" in fields:
        changes["maximum_timeout"] = _whole("maximum_timeout", fields["maximum_timeout"])
    if "tag_list" in fields:
        changes["tags"] = _tags(fields["tag_list"])
    _check_model(changes, runner)
    return paused, changes


def _check_model(changes: Mapping[str, Any], runner: GitLabRunner) -> None:
    if len(changes.get("maintenance_note") or "") > LONGEST_NOTE:
        invalid("maintenance_note", f"is too long (maximum is {LONGEST_NOTE} characters)")
    if len(changes.get("description") or "") > LONGEST_DESCRIPTION:
        invalid("description", f"is too long (maximum is {LONGEST_DESCRIPTION} characters)")
    timeout = changes.get("maximum_timeout")
    if timeout is not None and timeout < SHORTEST_TIMEOUT:
        invalid("maximum_timeout", "needs to be at least 10 minutes")
    tags = changes.get("tags", runner.tags)
    if not tags and not changes.get("run_untagged", runner.run_untagged):
        invalid("tags_list", "can not be empty when runner is not allowed to pick untagged jobs")
    if len(tags) > MOST_TAGS:
        invalid("tags_list", f"Too many tags specified. Please limit the number of tags to {MOST_TAGS}")


def _text(name: str, value: object) -> str | None:
    if isinstance(value, Mapping | list):
        bad_parameter(f"{name} is invalid")
    # The world's runners always have a description, if an empty one.
    return ("" if name == "description" else None) if value is None else str(value)


def _whole(name: str, value: object) -> int | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | str):
        bad_parameter(f"{name} is invalid")
    text = str(value).strip()
    if not text.removeprefix("-").isdecimal() or len(text) > 18:
        bad_parameter(f"{name} is invalid")
    return int(text)


def _tags(value: object) -> tuple[str, ...]:
    words: Sequence[object] = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else ()
    if value is not None and not isinstance(value, str | list):
        bad_parameter("tag_list is invalid")
    return tuple(dict.fromkeys(text for word in words if (text := str(word).strip())))
