"""What a slow line, an odd terminal or a paste sends acts on nothing, closes nothing, and costs no filter."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.tui.program import TRICKS
from tests.tui.pty_console import Terminal, painted, started
from tests.tui.test_terminal_signals import cpu_s
from tests.unit.tui.terminal.test_scanner import LOST_SEQUENCES

DELAYS_S = (0.0, 0.05, 0.15, 0.4)


@contextmanager
def filtered(*, answers: bool = False, ssh: bool = False) -> Iterator[Terminal]:
    """Run the console with a filter, whose second of six rows is under the cursor."""
    with started("still", answers=answers, ssh=ssh) as terminal:
        terminal.read(painted)
        terminal.send(b"/gl\r")
        assert terminal.shows("[6/10]")
        terminal.send(b"gj")
        assert terminal.comes_to("gl-lost")
        yield terminal


def settled(terminal: Terminal) -> str:
    """Return what is on the screen, without the message in the last line, after a rest."""
    terminal.rest(0.15)
    return "\n".join([*terminal.screen.display[:-1], terminal.under_cursor])


def check_keys(terminal: Terminal) -> None:
    """Check that the console still has its filter and answers keys."""
    assert "[6/10]" in terminal.text
    terminal.send(b"gjj")
    assert terminal.comes_to("gl-windows")
    terminal.send(b"k")
    assert terminal.comes_to("gl-lost")


@pytest.mark.parametrize("ssh", [False, True])
@pytest.mark.parametrize("answers", [False, True])
def test_an_arrow_torn_anywhere_is_one_arrow(ssh: bool, answers: bool) -> None:
    with filtered(answers=answers, ssh=ssh) as terminal:
        for arrow in (b"\x1b[B", b"\x1bOB"):
            for torn in range(1, len(arrow)):
                for delay_s in DELAYS_S:
                    terminal.send(b"gj")
                    assert terminal.comes_to("gl-lost")
                    terminal.send(arrow[:torn], arrow[torn:], delay_s=delay_s)
                    assert terminal.comes_to("gl-windows", 3.0), (arrow, torn, delay_s)
                    assert "[6/10]" in terminal.text
        check_keys(terminal)


@pytest.mark.parametrize("ssh", [False, True])
def test_a_key_of_four_bytes_torn_byte_by_byte(ssh: bool) -> None:
    with filtered(ssh=ssh) as terminal:
        for delay_s in DELAYS_S:
            for key, name in ((b"\x1b[4~", "gl-deploy"), (b"\x1b[1~", "gl-linux-xl")):
                terminal.send(*(bytes([byte]) for byte in key), delay_s=delay_s)
                assert terminal.comes_to(name)
                assert "[6/10]" in terminal.text


@pytest.mark.parametrize("answers", [False, True])
def test_reports_and_unknown_sequences_do_nothing(answers: bool) -> None:
    with filtered(answers=answers) as terminal:
        before = settled(terminal)
        for sequence in LOST_SEQUENCES:
            data = sequence.encode("utf-8", "surrogateescape")
            terminal.send(data)
            assert settled(terminal) == before, sequence
            terminal.send(data[:1], data[1:], delay_s=0.15)
            assert settled(terminal) == before, sequence
        # Eight-bit controls as single bytes are no UTF-8, and codes beyond Unicode are no characters.
        for data in (
            b"\x9b1;99Z",
            b"\x9d11;rgb:0/0/0\x9c",
            b"\xff\xfe",
            b"\x1b[9999999999u",
            b"\x1b[97;5:3u",
            b"\x1b[62~",
        ):
            terminal.send(data)
            assert settled(terminal) == before, data
        check_keys(terminal)
        assert b"Traceback" not in terminal.output


def test_reports_do_not_close_a_page() -> None:
    with started("still") as terminal:
        terminal.read(painted)
        terminal.send(b"\r")
        assert terminal.shows("because")
        for sequence in LOST_SEQUENCES:
            terminal.send(sequence.encode("utf-8", "surrogateescape"))
        terminal.rest(1.0)
        assert "because" in terminal.text
        terminal.send(b"q")
        assert terminal.lacks("because")


def test_a_sequence_that_never_ends_does_not_take_the_keys_away() -> None:
    with filtered() as terminal:
        for sequence in (b"\x1b[1;5", b"\x1b]11;rgb:", b"\x1bP1$", b"\x1b[M!"):
            before = settled(terminal)
            terminal.send(sequence)
            terminal.rest(1.3)
            assert settled(terminal) == before
            check_keys(terminal)


@pytest.mark.parametrize("answers", [False, True])
def test_the_escape_key_is_still_a_key(answers: bool) -> None:
    with filtered(answers=answers) as terminal:
        terminal.send(b"\x1b")
        assert terminal.lacks("[6/10]", 3.0)


def test_what_is_pasted_into_a_list_is_ignored_and_told() -> None:
    with filtered() as terminal:
        before = settled(terminal)
        terminal.send(b"\x1b[200~:quit\rj\x1b[Bq\x1b[201~")
        assert terminal.shows("Pasted text is ignored here")
        assert settled(terminal) == before
        check_keys(terminal)


def test_what_is_pasted_into_a_prompt_is_one_line_of_text() -> None:
    with started("still") as terminal:
        terminal.read(painted)
        terminal.send(b"/")
        terminal.rest()
        terminal.send(b"\x1b[200~gl\r\n\x1b[31m\x07windows\x1b[201~")
        assert terminal.shows("gl  windows") or "/gl windows" in terminal.text
        # Nothing was submitted: the prompt still takes letters.
        terminal.send(b"\x15gl-new")
        assert terminal.shows("[1/10]")
        assert " /gl-new" in terminal.screen.display[23].replace("/ ", "/")


def test_a_paste_without_an_end_gives_the_keys_back() -> None:
    with filtered() as terminal:
        before = settled(terminal)
        terminal.send(b"\x1b[200~half of it")
        terminal.rest(3.4)
        assert settled(terminal) == before
        terminal.send(b" and the other half that comes late\x1b[201~")
        assert settled(terminal) == before
        check_keys(terminal)
        terminal.send(b"\x1b[200~half", b"\x03", delay_s=0.1)
        terminal.rest()
        check_keys(terminal)


def test_a_huge_paste_is_read_fast_and_ignored() -> None:
    with filtered() as terminal:
        before = settled(terminal)
        used = cpu_s(terminal.process)
        terminal.send_much(b"\x1b[200~" + b":quit\r" * 170_000 + b"\x1b[201~")
        assert terminal.shows("Pasted text is ignored here")
        assert settled(terminal) == before
        assert cpu_s(terminal.process) - used < 2.0
        check_keys(terminal)


def test_names_cannot_command_the_terminal() -> None:
    with started("hostile", (120, 40)) as terminal:
        terminal.read(painted)
        terminal.rest()
        for key in (b"", b"\r", b"q", b":pods\r", b":alerts\r", b":unjoined\r", b":sources\r", b"?"):
            terminal.send(key)
            terminal.rest(0.4)
            # Every line is as wide as the screen, so that nothing is pushed to another place.
            assert "PROD" in terminal.screen.display[0] or key == b"?"
        for trick in (b"owned", b"b3duZWQ=", b"\x1b]0", b"\x1b]52", b"\x1bP", b"\x9b", b"back\b", "\u202e".encode()):
            assert trick not in terminal.output, trick
        assert terminal.output.count(b"\x1b[?1049l") == 0
        assert len(TRICKS) == 14
        assert b"Traceback" not in terminal.output


def test_an_end_of_input_ends_it_without_a_busy_loop() -> None:
    with started("still", FLYWHEEL_TEST_NO_CONTROLLING_TERMINAL="1") as terminal:
        terminal.read(painted)
        terminal.rest()
        used = cpu_s(terminal.process)
        os.close(terminal.line)
        assert terminal.process.wait(5.0) == 0
        assert used < 20.0


@pytest.mark.parametrize("answers", [False, True])
def test_what_is_typed_ahead_of_a_dialog_chooses_nothing(answers: bool) -> None:
    with filtered(answers=answers) as terminal:
        # All in one piece, as a line delivers it that stood still for a while.
        terminal.send(b"Yjj\rjjq:q\r")
        assert terminal.shows("Copy which value?")
        terminal.rest(0.6)
        assert "> Cancel" in terminal.text
        assert b"\x1b]52" not in terminal.output
        terminal.send(b"j\r")
        assert terminal.shows("Copied gl-lost to the terminal's clipboard")
        assert terminal.output.count(b"\x1b]52;c;Z2wtbG9zdA==\x07") == 1
        check_keys(terminal)


def test_a_torn_arrow_does_not_leave_a_dialog() -> None:
    with filtered() as terminal:
        terminal.send(b"Y")
        assert terminal.shows("Copy which value?")
        terminal.rest(0.6)
        for delay_s in DELAYS_S:
            terminal.send(b"\x1b", b"[B", delay_s=delay_s)
            terminal.send(b"\x1b[", b"A", delay_s=delay_s)
            terminal.send(b"\x1b[200~y\r\x1b[201~")
            terminal.rest(0.2)
            assert "> Cancel" in terminal.text
        terminal.send(b"\x1b")
        assert terminal.lacks("Copy which value?")
        check_keys(terminal)
