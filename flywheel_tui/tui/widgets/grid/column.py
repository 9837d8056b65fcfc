"""What a column is: a field of the listing, and how it takes its place on the screen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final, Generic, TypeVar

import msgspec

from flywheel_tui.domain.feed import Feed
from flywheel_tui.domain.fleet import Fleet
from flywheel_tui.domain.record import Record
from flywheel_tui.domain.row import Row
from flywheel_tui.domain.snapshot import Snapshot
from flywheel_tui.services.listing.field import Field, FieldType, Kind
from flywheel_tui.tui.widgets.tone import Mark, Tone

R = TypeVar("R", bound=Row)

_RIGHT_ALIGNED: Final = frozenset(
    {FieldType.COUNT, FieldType.PERCENT, FieldType.CORES, FieldType.BYTES, FieldType.TIME, FieldType.DURATION}
)


class Column(Record, Generic[R], frozen=True, kw_only=True):
    """A column.

    Attributes:
        field: What it shows.
        width: Cells it needs at least.
        most: Cells it takes where there is room; equal to ``width`` for a column that does not stretch.
        drop: Rank by which it gives way on a narrow screen, 1 first; None never. 0 shows it only with all columns.
        tone: What its text means; None takes the row's own tone.
        middle: Whether a long text loses its middle rather than its end.
        told_by: Names of the feeds that tell this value, where it is not the row's own: where one of them is not live,
            the cell alone is marked and dimmed.
        news: Whether a change of its value is marked until the next reading: not for what always changes.
    """

    field: Field[R]
    width: int
    most: int = 0
    drop: int | None = None
    tone: Callable[[R], Tone | None] = lambda row: Tone.PLAIN
    middle: bool = False
    told_by: Callable[[R], Iterable[str]] = lambda row: ()
    news: bool = False

    @property
    def right(self) -> bool:
        """Return whether its texts end at the same edge, as numbers do."""
        return self.field.type in _RIGHT_ALIGNED

    @property
    def widest(self) -> int:
        """Return the cells it takes at most."""
        return max(self.width, self.most)


class GridView(Record, Generic[R], frozen=True, kw_only=True):
    """Everything a list screen needs to know of a kind: a new list is one of these.

    Attributes:
        columns: The first one stays when the others scroll sideways.
        mark: Symbol and tone of a row, for the gutter.
        feed: The feed that lists a row; the row is dimmed where that is not live.
        feeds: Names of the feeds that list this kind, of those that there are: they explain an empty list.
        fault: Whether a row is shown when only faults are wanted.
        forge: The forge that a row belongs to, where the list can be narrowed to one.
        opens: Key of the runner whose page a row leads to.
        remark: One more thing to say of the row under the cursor.
        gone: What is to be said of a row that vanished, after its name and "is".
        nothing: What it means that there is not one row, where that is as it should be.
        state: Name of the field that says how a row is; a row that is gone says so there.
        groups: Names of the fields that rows can be grouped by.
        summed: Names of the fields whose sums stand in the head of a group.
        whole_of: Of what a summed field is a part, by name: both are told together, as in ``busy 40/120``.
        scopes: Names of what a row belongs to: its forge, context, group and the groups above that, namespace.
    """

    kind: Kind[R]
    columns: tuple[Column[R], ...]
    mark: Callable[[R], Mark]
    feed: Callable[[R, Snapshot], Feed | None]
    feeds: Callable[[Snapshot], tuple[Feed, ...]]
    fault: Callable[[R], bool]
    opens: Callable[[R, Fleet], str | None]
    forge: Callable[[R], str] | None = None
    remark: Callable[[R], str] = lambda row: ""
    gone: str = "gone: its source no longer lists it"
    nothing: str = ""
    state: str = ""
    groups: tuple[str, ...] = ()
    summed: tuple[str, ...] = ()
    whole_of: Mapping[str, str] = msgspec.field(default_factory=dict)
    scopes: Callable[[R], tuple[str, ...]] = lambda row: (row.context,)

    @property
    def changes(self) -> frozenset[str]:
        """Return the names of the fields whose changes are marked."""
        return frozenset(column.field.name for column in self.columns if column.news)
