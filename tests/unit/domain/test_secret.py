from __future__ import annotations

import copy
import json
import pickle
import traceback

import msgspec
import pytest

from flywheel_tui.domain.secret import Secret

TOKEN = "glpat-very-secret"


@pytest.mark.parametrize("shown", [str, repr, "{}".format, "{!r:>30}".format, lambda secret: f"{secret:>20}"])
def test_it_never_shows_itself(shown: object) -> None:
    assert callable(shown)
    assert TOKEN not in shown(Secret(TOKEN))
    assert "***" in shown(Secret(TOKEN))


@pytest.mark.parametrize("write", [pickle.dumps, copy.deepcopy, json.dumps, msgspec.json.encode])
def test_it_refuses_to_be_written(write: object) -> None:
    assert callable(write)
    with pytest.raises(TypeError):
        write(Secret(TOKEN))


def test_a_crash_report_with_local_variables_masks_it() -> None:
    def crash() -> None:
        token = Secret(TOKEN)
        raise RuntimeError(f"with {token}")

    try:
        crash()
    except RuntimeError as error:
        report = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert "token = Secret(********)" in report
    assert TOKEN not in report.replace(f'TOKEN = "{TOKEN}"', "").replace(f"TOKEN = '{TOKEN}'", "")


def test_it_reveals_and_compares() -> None:
    assert Secret(TOKEN).reveal() == TOKEN
    assert Secret(TOKEN) == Secret(TOKEN)
    assert Secret(TOKEN) != Secret("other")
    assert Secret(TOKEN) != TOKEN
    assert not Secret("")
    assert len({Secret("a"), Secret("a")}) == 1
