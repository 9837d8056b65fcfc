"""Whether Textual is inside as the frame diff expects it.

Textual has no public way between its compositor and the terminal. It is pinned exactly; where another version is
installed all the same, and has other internals, the console writes as Textual does.
"""

from __future__ import annotations

import importlib
import inspect
from typing import Final

_SIGNATURES: Final = {
    ("textual._compositor", "LayoutUpdate.__init__"): ["self", "strips", "region"],
    ("textual._compositor", "ChopsUpdate.__init__"): ["self", "chops", "spans", "chop_ends"],
    ("textual._compositor", "CompositorUpdate.render_segments"): ["self", "console"],
    ("textual._compositor", "Compositor.render_update"): ["self", "full", "screen_stack", "simplify"],
    ("textual.app", "App._display"): ["self", "screen", "renderable"],
    ("textual.app", "App.post_display_hook"): ["self"],
    ("textual.driver", "Driver.write"): ["self", "data"],
    ("textual.driver", "Driver.flush"): ["self"],
    ("textual.strip", "Strip.render_ansi"): ["style", "color_system"],
    ("rich.cells", "split_graphemes"): ["text", "unicode_version"],
}
_SLOTS: Final = {("rich.style", "Style"): {"_ansi", "_link", "_link_id"}}
_OF_AN_APP: Final = (
    "_batch_count",
    "_running",
    "_closed",
    "_driver",
    "_sync_available",
    "_background_screens",
    "cursor_position",
)


def find_unknown(app: object) -> str | None:
    """Return the name of a part of Textual that is not as expected, or None when all are.

    Args:
        app: The Textual app, already initialised.
    """
    for (module, path), parameters in _SIGNATURES.items():
        found = _part(module, path)
        if not callable(found) or list(inspect.signature(found).parameters) != parameters:
            return f"{module}.{path}"
    for (module, path), names in _SLOTS.items():
        if not names <= set(getattr(_part(module, path), "__slots__", ())):
            return f"{module}.{path}"
    for name in _OF_AN_APP:
        # Asking the app itself would run properties that need a screen.
        if name not in vars(app) and not hasattr(type(app), name):
            return f"textual.app.App.{name}"
    return None


def _part(module: str, path: str) -> object:
    try:
        part: object = importlib.import_module(module)
    except ImportError:
        return None
    for name in path.split("."):
        part = getattr(part, name, None)
    return part
