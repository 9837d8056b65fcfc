"""Torn escape sequences are not keys."""

from __future__ import annotations

from flywheel_tui.tui.key_noise import KeyNoise


def swallowed(*keys: tuple[str | None, float]) -> list[bool]:
    noise = KeyNoise()
    return [noise.swallows(character, at) for character, at in keys]


def test_a_torn_arrow_is_noise_after_its_escape() -> None:
    assert swallowed(("\x1b", 0.0), ("[", 0.3), ("B", 0.301)) == [False, True, True]
    assert swallowed(("\x1b", 0.0), ("O", 0.1), ("A", 0.101)) == [False, True, True]


def test_an_unknown_sequence_is_noise_after_its_bracket() -> None:
    typed = [(character, index * 0.001) for index, character in enumerate("[1;99Z")]
    assert swallowed(*typed) == [False, True, True, True, True, True]


def test_its_final_letter_ends_it() -> None:
    assert swallowed(("[", 0.0), ("A", 0.001), ("j", 0.002)) == [False, True, False]


def test_people_are_slower() -> None:
    assert swallowed(("[", 0.0), ("1", 0.1), ("j", 0.2)) == [False, False, False]
    assert swallowed(("\x1b", 0.0), ("O", 0.9)) == [False, False]


def test_a_named_key_ends_a_burst() -> None:
    assert swallowed(("[", 0.0), (None, 0.001), ("j", 0.002)) == [False, False, False]


def test_plain_keys_are_never_noise() -> None:
    assert swallowed(*[(character, 0.0) for character in "jkgGO]:/q"]) == [False] * 9
