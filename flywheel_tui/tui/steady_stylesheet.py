"""A stylesheet that is parsed once for each theme."""

from __future__ import annotations

from textual.css.stylesheet import Stylesheet


class SteadyStylesheet(Stylesheet):
    """Parses its sources anew where a variable differs, and not because somebody asks.

    Textual asks twice before the first frame and with every page that is opened, which costs a tenth of the time to
    the first frame. Sources that were added are parsed when a rule of theirs is needed, as ever.
    """

    _differs = False

    def set_variables(self, variables: dict[str, str]) -> None:
        """Take other variables, where they are others."""
        if variables != self._variables:
            super().set_variables(variables)
            self._differs = True

    def reparse(self) -> None:
        """Parse everything anew, where a variable differs."""
        if self._differs:
            super().reparse()
            self._differs = False
