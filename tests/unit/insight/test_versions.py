from __future__ import annotations

import pytest

from flywheel_tui.insight.versions import newest_first, version_of_image


def test_versions_sort_by_number_and_those_without_come_last() -> None:
    versions = {"19.2.1", "19.10.0", "v18.11.4", "development version", None, ""}
    assert newest_first(versions) == ("19.10.0", "19.2.1", "v18.11.4", "development version")


def test_endless_digits_are_just_a_large_number() -> None:
    endless = "9" * 5000
    assert newest_first({"19.2.1", endless, "009"}) == (endless, "19.2.1", "009")


@pytest.mark.parametrize("versions", [set(), {None}, {""}])
def test_no_version_is_no_version(versions: set[str | None]) -> None:
    assert newest_first(versions) == ()


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("ghcr.io/actions/actions-runner:2.335.1", "2.335.1"),
        ("runner:v2.335.1-nix", "2.335.1-nix"),
        ("registry:5000/runner:2.335.1@sha256:00", "2.335.1"),
        ("registry:5000/runner", None),
        ("runner:latest", None),
        ("runner@sha256:0011", None),
        ("runner:42", None),
        ("", None),
        (None, None),
    ],
)
def test_the_tag_tells_the_version(image: str | None, version: str | None) -> None:
    assert version_of_image(image) == version
