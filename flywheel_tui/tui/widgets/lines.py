"""A widget that draws lines itself and sends only the cells that changed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from flywheel_tui.tui.widgets.line import Line, changed_spans, cut_line
from flywheel_tui.tui.widgets.tone import Tone, look_of


class Lines(ScrollView, inherit_bindings=False):
    """Draws :meth:`line_at` for each visible line.

    A subclass changes its state and calls :meth:`redraw`: every line is compared with what is on the screen, and only
    the spans of cells that differ are sent to the terminal. :attr:`fixed_lines` stay on top while the rest scrolls.
    """

    DEFAULT_CSS = """
    Lines { overflow: hidden hidden; scrollbar-size: 0 0; }
    """

    fixed_lines: ClassVar[int] = 0

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id, classes=classes)
        self._drawn: dict[int, tuple[int, Line]] = {}
        self._styles_by_tone: dict[tuple[Tone | None, ...], Style] = {}

    def line_at(self, y: int) -> Line:
        """Return what to draw on the widget's line ``y``, at most as wide as the widget.

        ``y`` counts from the top of the widget; :meth:`index_at` tells which line of the content that is.
        """
        raise NotImplementedError

    def index_at(self, y: int) -> int:
        """Return the index of the scrolled line that is drawn at ``y``."""
        return y - self.fixed_lines + self.scroll_offset.y

    @property
    def page(self) -> int:
        """Return how many scrolled lines are visible."""
        return max(0, self.size.height - self.fixed_lines)

    def set_line_count(self, count: int) -> None:
        """Tell how many lines there are to scroll through."""
        height = count + self.fixed_lines
        if self.virtual_size.height != height:
            self.virtual_size = Size(self.size.width, height)

    def scroll_to_line(self, index: int) -> None:
        """Scroll so that line ``index`` is the first one, as far as there are lines."""
        self.scroll_to(y=index, animate=False, force=True)

    def reverses(self, tone: Tone) -> bool:
        """Return whether the theme shows a tone by swapping text and ground, so that a line needs one colour."""
        return bool(self._style(Tone.PLAIN, tone).reverse)

    def redraw(self, ys: Iterable[int] | None = None) -> None:
        """Send the cells that differ from what is on the screen, on the given lines or on all."""
        width = self.size.width
        regions: list[Region] = []
        for y in range(self.size.height) if ys is None else ys:
            drawn_width, drawn = self._drawn.get(y, (0, None))
            if drawn is None or drawn_width != width:
                regions.append(Region(0, y, width, 1))
                continue
            regions.extend(Region(x, y, span, 1) for x, span in changed_spans(drawn, self.line_at(y)))
        if regions:
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        """Draw one line."""
        width = self.size.width
        line = cut_line(self.line_at(y), width)
        self._drawn[y] = width, line
        segments = [Segment(text, self._style(tone, line.tone, over)) for text, tone, over in line.pieces if text]
        blank = self._style(Tone.PLAIN, line.tone)
        # Neighbours of one style become one segment: every change of style costs bytes on the link.
        return Strip(segments).adjust_cell_length(width, blank).simplify()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Send what differs after scrolling, which is less than everything: columns often repeat."""
        if round(old_value) != round(new_value):
            self.redraw()

    def on_resize(self) -> None:
        """Call :meth:`resized`."""
        self.resized()

    def resized(self) -> None:
        """Do what the new size asks for; Textual calls every class's ``on_resize``, so subclasses override this one."""

    def notify_style_update(self) -> None:
        """Forget the styles: the theme may have changed."""
        super().notify_style_update()
        self._styles_by_tone.clear()

    def _style(self, tone: Tone, *over: Tone | None) -> Style:
        style = self._styles_by_tone.get((tone, *over))
        if style is None:
            style = self._make_style(tone, over)
            self._styles_by_tone[(tone, *over)] = style
        return style

    def _make_style(self, tone: Tone, over: Iterable[Tone | None]) -> Style:
        # A component class for every tone would be a node in every widget, styled anew with every change of the screen:
        # half of the time to the first frame.
        _, ground = self.background_colors
        color, background, style = self._tone_look(tone)
        ground += background
        text = ground + color if ground.a or color.a else None
        drawn = self.text_style + style + _colored(text, ground)
        for other in over:
            if other is None:
                continue
            color, background, style = self._tone_look(other)
            # What is reversed on a reversed line stands out by not being so.
            twice = bool(drawn.reverse and style.reverse)
            drawn += _colored(color, background) + style + Style(reverse=False if twice else None)
        return drawn

    def _tone_look(self, tone: Tone) -> tuple[Color, Color, Style]:
        color, background, style = look_of(tone, self.app.theme_variables)
        return Color.parse(color), Color.parse(background), Style.parse(style)


def _colored(color: Color | None, background: Color) -> Style:
    """Return the style of the colours that can be seen."""
    return Style(
        color=color.rich_color if color is not None and color.a else None,
        bgcolor=background.rich_color if background.a else None,
    )
