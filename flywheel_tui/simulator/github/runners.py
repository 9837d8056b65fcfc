"""The endpoints of runners and their labels: of an organization and of a repository alike."""

from __future__ import annotations

from functools import partial

from starlette.responses import Response

from flywheel_tui.simulator.github import entities
from flywheel_tui.simulator.github.answers import json_answer, moment, not_found, unprocessable
from flywheel_tui.simulator.github.call import Call
from flywheel_tui.simulator.github.roster import Entry
from flywheel_tui.simulator.world import actions
from flywheel_tui.simulator.world import vocabulary as words
from flywheel_tui.simulator.world.chance import ALPHANUMERIC, HEX
from flywheel_tui.simulator.world.cluster_actions import delete_ephemeral_runner
from flywheel_tui.simulator.world.model_forge import RunnerLabel

MOST_LABELS = 100
TOKEN_LIFE = 3_600.0


async def listed(call: Call) -> Response:
    """Answer ``GET …/actions/runners``."""
    entries = call.site.roster.of(call.place())
    name = call.query.get("name")
    if name:
        entries = [entry for entry in entries if entry.runner.name == name]
    return call.page("runners", entries, partial(entities.runner, call))


async def details(call: Call) -> Response:
    """Answer ``GET …/actions/runners/{runner_id}``."""
    return json_answer(entities.runner(call, call.entry()))


async def delete(call: Call) -> Response:
    """Answer ``DELETE …/actions/runners/{runner_id}``: not while it works."""
    entry = call.entry()
    row, busy = call.site.roster.present(entry, call.at)
    if busy:
        unprocessable(f'Runner "{row.name}" is still running a job"')
    if entry.ephemeral is None:
        actions.delete_github_runner(call.world, row.id)
    else:
        # ARC replaces a runner that has lost its registration.
        delete_ephemeral_runner(call.world, entry.ephemeral.meta.namespace, entry.ephemeral.meta.name)
    call.site.runs.forget()
    return Response(status_code=204)


async def labels(call: Call) -> Response:
    """Answer ``GET …/labels``."""
    return json_answer(entities.labels(call.entry().runner.labels))


async def add_labels(call: Call) -> Response:
    """Answer ``POST …/labels``: the given ones come to those that it has."""
    entry = call.entry()
    given = await _given_labels(call, fewest=1)
    return _set(call, entry, (*_custom(entry), *given))


async def set_labels(call: Call) -> Response:
    """Answer ``PUT …/labels``: the given ones instead of those that it has."""
    entry = call.entry()
    return _set(call, entry, await _given_labels(call, fewest=0))


async def clear_labels(call: Call) -> Response:
    """Answer ``DELETE …/labels``: only the fixed ones stay."""
    return _set(call, call.entry(), ())


async def drop_label(call: Call) -> Response:
    """Answer ``DELETE …/labels/{name}``."""
    entry, name = call.entry(), call.name("name")
    found = next((label for label in entry.runner.labels if label.name.lower() == name.lower()), None)
    if found is None:
        not_found()
    if not found.custom:
        unprocessable(f"Label '{found.name}' is read-only and cannot be removed")
    return _set(call, entry, tuple(each for each in _custom(entry) if each != found.name))


def _custom(entry: Entry) -> tuple[str, ...]:
    return tuple(label.name for label in entry.runner.labels if label.custom)


def _set(call: Call, entry: Entry, names: tuple[str, ...]) -> Response:
    if entry.ephemeral is not None:
        unprocessable("Labels of runners that belong to a runner scale set cannot be changed")
    fixed = {label.name.lower() for label in entry.runner.labels if not label.custom}
    # GitHub compares labels without regard to case; the first spelling stays.
    wanted: dict[str, str] = {}
    for name in names:
        if name.lower() not in fixed:
            wanted.setdefault(name.lower(), name)
    if len(wanted) > MOST_LABELS:
        unprocessable(f"Runners cannot have more than {MOST_LABELS} labels")
    fresh = actions.set_github_labels(call.world, entry.runner.id, tuple(wanted.values()))
    return json_answer(entities.labels(_ordered(fresh.labels)))


def _ordered(rows: tuple[RunnerLabel, ...]) -> tuple[RunnerLabel, ...]:
    return tuple(sorted(rows, key=lambda row: row.custom))


async def _given_labels(call: Call, *, fewest: int) -> tuple[str, ...]:
    given = (await call.body()).get("labels")
    if given is None:
        unprocessable('Invalid request.\n\n"labels" wasn\'t supplied.')
    if not isinstance(given, list) or any(not isinstance(each, str) or not each.strip() for each in given):
        unprocessable("Invalid request.\n\nFor 'properties/labels', the value is not an array of strings.")
    if not fewest <= len(given) <= MOST_LABELS:
        unprocessable(f"Invalid request.\n\nFor 'properties/labels', {len(given)} items are not {fewest} to 100.")
    return tuple(each.strip() for each in given)


async def downloads(call: Call) -> Response:
    """Answer ``GET …/actions/runners/downloads``: the newest version for every system."""
    call.place()
    version = words.GITHUB_RUNNER_VERSION
    systems = (
        ("osx", "x64"), ("osx", "arm64"), ("linux", "x64"), ("linux", "arm"), ("linux", "arm64"), ("win", "x64"),
        ("win", "arm64"),
    )  # fmt: skip
    told = []
    for system, machine in systems:
        name = f"actions-runner-{system}-{machine}-{version}.{'zip' if system == 'win' else 'tar.gz'}"
        told.append(
            {
                "os": system,
                "architecture": machine,
                "download_url": f"https://github.com/actions/runner/releases/download/v{version}/{name}",
                "filename": name,
                "sha256_checksum": call.world.chance.letters(40, HEX, "download", name),
            }
        )
    return json_answer(told)


async def new_token(call: Call) -> Response:
    """Answer ``POST …/registration-token`` and ``…/remove-token``."""
    place = call.place()
    text = "A" + call.world.chance.letters(28, ALPHANUMERIC, "registration", place, call.at).upper()
    return json_answer({"token": text, "expires_at": moment(call.at + TOKEN_LIFE)}, 201)
