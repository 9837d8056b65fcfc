from __future__ import annotations

from flywheel_tui.cli.options import Format
from flywheel_tui.cli.output import render
from flywheel_tui.services.listing.order import sort_rows
from flywheel_tui.services.listing.registry import kind_named
from tests.unit.insight import build


def test_what_belongs_to_no_runner_is_a_list_with_reasons() -> None:
    snapshot = build.snapshot(build.listener("gone"), build.job_pod("job", None))
    fleet = build.fleet(build.listener("gone"), build.job_pod("job", None))
    kind = kind_named("unjoined")
    rows = sort_rows(kind.rows(fleet).values(), kind, kind.default_sort)
    text = render(rows, kind, Format.TABLE, snapshot, build.NOW)
    assert [line.split()[1] for line in text.splitlines()] == ["KIND", "listener", "pod"]
    assert "its scale set arc/gone is not there" in text
    assert "name no GitLab runner that is known, in runners" in text
