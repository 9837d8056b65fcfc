"""Every screen in the states an operator meets it in."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from flywheel_tui.config.settings import ContextSettings
from flywheel_tui.domain.feed import SourceKind
from flywheel_tui.domain.fleet import RunnerStatus, Unjoined
from flywheel_tui.domain.workload import Pod
from flywheel_tui.tui.app import FlywheelApp
from tests.tui.conftest import ScreenMatches
from tests.tui.scripted import (
    DEMO,
    FINDING,
    HOSTILE,
    WRONG_TOKEN,
    ScriptedFleet,
    busy_picture,
    feed,
    live_feeds,
    picture,
    runner,
    settings,
    some_runners,
    unread_feeds,
)


def _app(fleet: ScriptedFleet | None = None, **changes: object) -> FlywheelApp:
    return FlywheelApp(settings(**changes), fleet or ScriptedFleet(busy_picture()))


def test_landing_80x24(screen_matches: ScreenMatches) -> None:
    """You should see ten runners, the worst first, PROD and five live sources, without boxes."""
    screen_matches(_app())


def test_landing_120x40(screen_matches: ScreenMatches) -> None:
    """You should see managers and the reason (WHY) of each runner as well."""
    screen_matches(_app(), size=(120, 40))


def test_landing_200x50(screen_matches: ScreenMatches) -> None:
    """You should see two header lines, and kinds, versions and tags as well; names in full."""
    screen_matches(_app(), size=(200, 50))


def test_landing_ansi(screen_matches: ScreenMatches) -> None:
    """You should see the terminal's own sixteen colours; the cursor line is reversed in the row's colour."""
    screen_matches(_app(theme="ansi"))


def test_landing_light(screen_matches: ScreenMatches) -> None:
    """You should see dark text on a light ground."""
    screen_matches(_app(theme="flywheel-light"))


def test_landing_no_color(screen_matches: ScreenMatches, monkeypatch: pytest.MonkeyPatch) -> None:
    """You should see no colour at all: words, symbols, bold, dim and a reversed cursor line."""
    monkeypatch.setenv("NO_COLOR", "1")
    screen_matches(_app(theme="ansi"))


def test_landing_ascii(screen_matches: ScreenMatches) -> None:
    """You should see ASCII only: ``x`` for offline, ``!`` for degraded, ``-`` for unknown."""
    screen_matches(_app(ascii=True))


def test_landing_demo(screen_matches: ScreenMatches) -> None:
    """You should see DEMO at the top left, and not PROD."""
    screen_matches(_app(contexts=DEMO))


def test_landing_demo_120x40(screen_matches: ScreenMatches) -> None:
    """You should see the same, with the reasons; this picture and the one before serve as illustrations."""
    screen_matches(_app(contexts=DEMO), size=(120, 40))


def test_loading(screen_matches: ScreenMatches) -> None:
    """You should see which sources are read and for how many seconds, and no figures."""
    fleet = ScriptedFleet(picture((), unread_feeds()))
    app = _app(fleet)
    fleet.advance(3)
    screen_matches(app)


def test_empty(screen_matches: ScreenMatches) -> None:
    """You should see that the sources answered and know of no runner, and where to look."""
    screen_matches(_app(ScriptedFleet(picture())))


def test_nobody_tells(screen_matches: ScreenMatches) -> None:
    """You should see that the cluster answered without scale sets: it is not known whether there are any."""

    async def go(pilot: Pilot[Any]) -> None:
        await pilot.press("f3")

    feeds = [feed(SourceKind.GITLAB), feed(SourceKind.KUBERNETES, tables={Pod: {}})]
    screen_matches(_app(ScriptedFleet(picture(some_runners(), feeds))), before=go)


def test_unjoined(screen_matches: ScreenMatches) -> None:
    """You should see a pod and a release, although both have the pod's key, and why nothing joins them."""
    key = "prod/pod/gitlab-runners/stray"
    rows = (
        Unjoined(key=key, context="prod", kind="pod", name="stray", reason="its label names no runner that is listed"),
        Unjoined(key=key, context="prod", kind="release", name="old-release", reason="no runner has its token"),
    )

    async def go(pilot: Pilot[Any]) -> None:
        await pilot.press("colon", *"un", "enter", "j")

    screen_matches(_app(ScriptedFleet(picture(some_runners(), unjoined=rows))), before=go)


def test_nothing_configured(screen_matches: ScreenMatches) -> None:
    """You should see that no source is configured, and how to get one."""
    screen_matches(_app(ScriptedFleet(picture((), ())), contexts=()))


def test_source_down(screen_matches: ScreenMatches) -> None:
    """You should see GitLab's runners, ``GH down 3m``, its error in a sentence and what to do."""
    github_down = feed(SourceKind.GITHUB, age_s=None, failure=WRONG_TOKEN)
    feeds = [github_down if row.kind is SourceKind.GITHUB else row for row in live_feeds()]
    runners = [row for row in some_runners() if row.sources != (github_down.name,)]
    screen_matches(_app(ScriptedFleet(picture(runners, feeds))))


def test_all_sources_down(screen_matches: ScreenMatches) -> None:
    """You should see the error and the next step in place of the rows."""
    feeds = [feed(kind, age_s=None, failure=WRONG_TOKEN) for kind in (SourceKind.GITLAB, SourceKind.GITHUB)]
    screen_matches(_app(ScriptedFleet(picture((), feeds))))


def test_stale_source(screen_matches: ScreenMatches) -> None:
    """You should see GitLab's rows dim, each with ``~`` before it, and ``GL stale 4m``; GitHub's rows as ever."""
    stale = feed(
        SourceKind.GITLAB, age_s=250, failure=msgspec.structs.replace(WRONG_TOKEN, message="GitLab is silent.")
    )
    feeds = [stale if row.kind is SourceKind.GITLAB else row for row in live_feeds()]
    screen_matches(_app(ScriptedFleet(busy_picture(feeds))))


def test_filtered_to_nothing(screen_matches: ScreenMatches) -> None:
    """You should see that nothing matches, and which key takes the filter away."""

    async def type_filter(pilot: Pilot[Any]) -> None:
        await pilot.press("slash", *"zzz", "enter")

    screen_matches(_app(), before=type_filter)


def test_filter_prompt(screen_matches: ScreenMatches) -> None:
    """You should see the two scale sets, and the filter being typed in the last line."""

    async def type_filter(pilot: Pilot[Any]) -> None:
        await pilot.press("slash", *"arc")

    screen_matches(_app(), before=type_filter)


def test_invalid_filter(screen_matches: ScreenMatches) -> None:
    """You should see the rows of the filter before, ``arc``, and why what is typed now is none."""

    async def type_filter(pilot: Pilot[Any]) -> None:
        await pilot.press("slash", *"arc", "enter", "slash")
        pilot.app.screen.query_one(Input).value = "arc forg:x"

    screen_matches(_app(), before=type_filter)


def test_unknown_command(screen_matches: ScreenMatches) -> None:
    """You should see in the last line that there is no such command, and the nearest one."""

    async def type_command(pilot: Pilot[Any]) -> None:
        await pilot.press("colon", *"pdos", "enter")

    screen_matches(_app(), before=type_command)


def test_wide(screen_matches: ScreenMatches) -> None:
    """You should see the columns in their own order from the left, scrolled by two, with the name in place."""

    async def widen(pilot: Pilot[Any]) -> None:
        await pilot.press("ctrl+w", "l", "l")

    screen_matches(_app(), before=widen)


def test_hostile_names(screen_matches: ScreenMatches) -> None:
    """You should see markup as plain text, no escape sequence and every column in its place."""
    runners = [runner(name, id=str(number), tags=(name,)) for number, name in enumerate(HOSTILE)]
    screen_matches(_app(ScriptedFleet(picture(runners))), size=(160, 24))


def test_wide_characters(screen_matches: ScreenMatches) -> None:
    """You should see every column in its place beside names of wide and combined characters."""
    names = ("東京のビルドランナー", "e\u0301te\u0301", "構築-" * 12, "👩‍💻-laptop", "plain")
    runners = [runner(name, id=str(number)) for number, name in enumerate(names)]
    screen_matches(_app(ScriptedFleet(picture(runners))))


def test_several_contexts(screen_matches: ScreenMatches) -> None:
    """You should see a CONTEXT column, and of which context the stale GitLab is."""
    feeds = (
        *live_feeds("prod-eu"),
        feed(SourceKind.GITLAB, context="prod-us", age_s=400),
        feed(SourceKind.KUBERNETES, context="prod-us", age_s=2),
    )
    runners = (
        runner("linux", context="prod-eu"),
        runner("linux", context="prod-us"),
        runner("gpu", context="prod-us", status=RunnerStatus.BUSY, busy=3, capacity=4),
    )
    contexts = (ContextSettings(name="prod-eu", protected=True), ContextSettings(name="prod-us"))
    screen_matches(_app(ScriptedFleet(picture(runners, feeds)), contexts=contexts), size=(120, 24))


def test_pods(screen_matches: ScreenMatches) -> None:
    """You should see three pods: running, pending, and one in a crash loop."""

    async def go(pilot: Pilot[Any]) -> None:
        await pilot.press("colon", *"po", "enter")

    screen_matches(_app(), before=go)


def test_scale_sets(screen_matches: ScreenMatches) -> None:
    """You should see two scale sets, one with five failed runners that occupy slots."""

    async def go(pilot: Pilot[Any]) -> None:
        await pilot.press("colon", *"ss", "enter")

    screen_matches(_app(), before=go)


def test_alerts(screen_matches: ScreenMatches) -> None:
    """You should see three alerts: critical, warning, suppressed."""

    async def go(pilot: Pilot[Any]) -> None:
        await pilot.press("colon", *"al", "enter")

    screen_matches(_app(), size=(120, 24), before=go)


def test_runner_page(screen_matches: ScreenMatches) -> None:
    """You should see the verdicts of gl-linux-xl first, with evidence and next step, then facts with their source."""

    async def go(pilot: Pilot[Any]) -> None:
        await pilot.press("j", "enter")

    screen_matches(_app(), size=(100, 40), before=go)


def test_runner_page_of_a_vanished_runner(screen_matches: ScreenMatches) -> None:
    """You should see that the runner is gone, and its last facts dimmed."""
    fleet = ScriptedFleet(busy_picture())

    async def go(pilot: Pilot[Any]) -> None:
        await pilot.press("j", "enter")
        await pilot.pause()
        fleet.show(picture([row for row in some_runners() if row.name != "gl-linux-xl"], generation=2))

    screen_matches(_app(fleet), before=go)


def test_sources(screen_matches: ScreenMatches) -> None:
    """You should see each source with its state, a finding, an error with the next step, and the request budget."""
    feeds = (
        feed(SourceKind.GITLAB, complete=False, findings=(FINDING,)),
        feed(SourceKind.GITHUB, age_s=None, failure=WRONG_TOKEN),
        *live_feeds()[2:4],
    )

    async def go(pilot: Pilot[Any]) -> None:
        await pilot.press("f6")

    screen_matches(_app(ScriptedFleet(busy_picture(feeds))), size=(100, 40), before=go)


def test_help(screen_matches: ScreenMatches) -> None:
    """You should see commands, filter, fields and signs at the left, keys at the right."""

    async def go(pilot: Pilot[Any]) -> None:
        await pilot.press("question_mark")

    screen_matches(_app(), size=(140, 60), before=go)


def test_too_small(screen_matches: ScreenMatches) -> None:
    """You should see PROD, the size that is needed and the one there is."""
    screen_matches(_app(), size=(20, 5))
