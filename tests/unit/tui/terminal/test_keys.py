"""What sequences mean: the keys of each terminal, and nothing for all others."""

from __future__ import annotations

import curses
import os
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events, messages
from textual.message import Message

from flywheel_tui.tui.terminal.keys import Translator
from flywheel_tui.tui.terminal.scanner import Patience, Scanner
from tests.unit.tui.terminal.test_scanner import LOST_SEQUENCES

TERMINALS = ("xterm", "xterm-256color", "screen", "tmux-256color", "linux", "vt220")
CAPABILITIES = {
    "kcuu1": "up",
    "kcud1": "down",
    "kcub1": "left",
    "kcuf1": "right",
    "khome": "home",
    "kend": "end",
    "kpp": "pageup",
    "knp": "pagedown",
    "kdch1": "delete",
    "kbs": "backspace",
    "kcbt": "shift+tab",
    **{f"kf{number}": f"f{number}" for number in range(1, 13)},
}


def messages_of(text: str, *, mouse: bool = False) -> list[Message]:
    scanner, translator = Scanner(Patience()), Translator(mouse=mouse)
    tokens = [*scanner.feed(text, 0.0), *scanner.tick(100.0), *scanner.tick(200.0)]
    return [message for token in tokens for message in translator.events_of(token)]


def keys_of(text: str) -> list[str]:
    return [message.key for message in messages_of(text) if isinstance(message, events.Key)]


@pytest.fixture(params=TERMINALS)
def terminal(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Set TERM, and have curses look its keys up."""
    name: str = request.param
    monkeypatch.setenv("TERM", name)
    sink = os.open(os.devnull, os.O_WRONLY)
    curses.setupterm(name, sink)
    yield name
    os.close(sink)


def test_the_keys_of_each_terminal_are_known(terminal: str) -> None:
    known = {name: sent.decode() for name in CAPABILITIES if (sent := curses.tigetstr(name))}
    assert len(known) >= 16
    assert {name: keys_of(sent) for name, sent in known.items()} == {name: [CAPABILITIES[name]] for name in known}


@pytest.mark.parametrize(
    ("sent", "key"),
    [
        # xterm and tmux without application cursor keys, which the console does not ask for
        *zip(("\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"), ("up", "down", "right", "left"), strict=True),
        *zip(("\x1b[H", "\x1b[F", "\x1bOH", "\x1bOF"), ("home", "end", "home", "end"), strict=True),
        ("\x1b[1;5C", "ctrl+right"),
        ("\x1b[1;2A", "shift+up"),
        ("\x1b[27u", "escape"),
        ("\x1b[113;1;113u", "q"),
        ("\x1b[122;5u", "ctrl+z"),
        ("\x1b[27;5;9~", "ctrl+tab"),
        ("\x1bOM", "enter"),
        ("\x1a", "ctrl+z"),
        ("\x17", "ctrl+w"),
        ("\x1bj", "alt+j"),
        ("\x1b\x7f", "ctrl+w"),
        (":", "colon"),
        ("N", "N"),
    ],
)
def test_a_key(sent: str, key: str) -> None:
    assert keys_of(sent) == [key]


@pytest.mark.parametrize("sequence", LOST_SEQUENCES)
def test_a_report_means_no_key(sequence: str) -> None:
    assert keys_of(sequence) == []


@pytest.mark.parametrize(
    "sequence",
    [
        "\x1b[97~",
        "\x1b[9999999999u",
        "\x1b[55296u",
        "\x1b[97;5:3u",
        "\x1b[1;99999999A",
        "\x1b[1;1;99999999A",
        "\x1b[u",
        "\x1b[E",
        "\x1b[G",
    ],
)
def test_what_would_type_nonsense_or_end_the_console_means_nothing(sequence: str) -> None:
    assert [key for key in keys_of(sequence) if len(key) == 1] == []


@given(st.text(alphabet="0123456789;:<?>=", max_size=20), st.sampled_from("@ABCDEFGHIPQRSTZ^_`abcmnruy~"))
def test_no_sequence_breaks_the_reading(parameters: str, final: str) -> None:
    messages_of(f"\x1b[{parameters}{final}", mouse=True)
    assert keys_of(f"\x1b[?{parameters.lstrip('<>=?')}{final}") == []


def test_mouse_reports_count_only_where_they_were_asked_for() -> None:
    assert messages_of("\x1b[<0;10;10M\x1b[M !!") == []
    (report,) = messages_of("\x1b[<0;10;10M", mouse=True)
    assert isinstance(report, events.MouseDown)


def test_an_alt_key_types_nothing() -> None:
    (key,) = messages_of("\x1bj")
    assert isinstance(key, events.Key)
    assert key.character is None


def test_escape_and_enter_typed_ahead_are_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    assert keys_of("\x1b\r") == ["escape", "enter"]
    assert keys_of("\x1b\t") == ["escape", "tab"]


def test_the_terminal_says_that_it_synchronizes() -> None:
    (message,) = messages_of("\x1b[?2026;2$y")
    assert isinstance(message, messages.TerminalSupportsSynchronizedOutput)


def test_a_paste_is_no_key() -> None:
    (paste,) = messages_of("\x1b[200~:quit\r\x1b[201~")
    assert isinstance(paste, events.Paste)
    assert paste.text == ":quit\r"
