"""A table of objects keeps its order by name while objects come and go."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from flywheel_tui.simulator.world.model_cluster import ConfigMap, Kind, Meta
from flywheel_tui.simulator.world.table import History, Table

_NAMES = some.tuples(some.sampled_from(("a", "b-c", "z")), some.sampled_from(("pod", "pod-1", "pod-10", "q")))


def _row(namespace: str, name: str) -> ConfigMap:
    return ConfigMap(Meta(name, namespace, f"{namespace}/{name}", 0.0), data={})


@given(some.lists(some.tuples(some.sampled_from(("put", "drop", "ask")), _NAMES)))
def test_the_order_is_by_namespace_and_name_whenever_it_is_asked_for(acts: list[tuple[str, tuple[str, str]]]) -> None:
    table: Table[ConfigMap] = Table(Kind.CONFIG_MAP, History())
    there: set[tuple[str, str]] = set()
    for act, key in acts:
        if act == "put":
            table.put(_row(*key))
            there.add(key)
        elif act == "drop":
            assert (table.drop(*key) is None) == (key not in there)
            there.discard(key)
        else:
            assert [(row.meta.namespace, row.meta.name) for row in table.in_order()] == sorted(there)
    assert [(row.meta.namespace, row.meta.name) for row in table.in_order()] == sorted(there)
