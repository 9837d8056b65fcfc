"""What follows a page's name on the command line: ``:pods ci-jobs,ci-tools gpu /oom @prod-eu``, as in k9s."""

from __future__ import annotations

from collections.abc import Collection

from flywheel_tui.domain.errors import UsageError
from flywheel_tui.domain.record import Record


class PageWords(Record, frozen=True):
    """A scope to go to and a filter to set; empty where none is named."""

    scope: str = ""
    filter: str = ""


def read_page_words(text: str, scopes: Collection[str]) -> PageWords:
    """Return what the words mean.

    A first word that names scopes is the scope, ``@`` begins contexts, and everything else is the filter, which may
    begin with the ``/`` of its prompt. A context beside another scope narrows it, so it becomes a term of the filter.

    Args:
        text: What was typed after the page's name.
        scopes: The names of all scopes, in lower case.

    Raises:
        UsageError: ``@`` names nothing, or several contexts beside another scope.
    """
    words = text.split()
    contexts = [word.removeprefix("@") for word in words if word.startswith("@")]
    if any(not name.strip(",") for name in contexts):
        raise UsageError("@ names no context.", next_step="Write @NAME, or @a,b for two.")
    terms = [word for word in words if not word.startswith("@")]
    scope = ""
    if terms and all(part.removeprefix("!").lower() in scopes for part in terms[0].split(",")):
        scope = terms.pop(0)
    named = ",".join(contexts)
    if scope and named:
        if "," in named:
            raise UsageError(
                "A scope can be narrowed to one context only.", next_step=f"Write :scope {named} and a filter."
            )
        terms.append(f"context:{named}")
    return PageWords(scope or named, _without_sign(" ".join(terms)))


def _without_sign(terms: str) -> str:
    """Return the filter without the sign of its prompt; the slash of a pattern in slashes stays."""
    first = terms.partition(" ")[0]
    return terms if first.endswith("/") and len(first) > 1 else terms.removeprefix("/")
