from __future__ import annotations

import pytest
from graphql import OperationDefinitionNode, parse

from flywheel_tui.simulator.gitlab.graph.complexity import Reckoner
from flywheel_tui.simulator.gitlab.graph.engine import schema_for


def reckon(query: str, **variables: object) -> tuple[int, int]:
    document = parse(query)
    operation = next(each for each in document.definitions if isinstance(each, OperationDefinitionNode))
    reckoner = Reckoner(schema_for(enterprise=True), document)
    return reckoner.cost(operation, variables), reckoner.depth(operation)


@pytest.mark.parametrize(
    ("query", "cost", "depth"),
    [
        ("{ metadata { version } }", 2, 2),
        ("{ __schema { types { name } } }", 0, 0),
        # count and the list itself are 2; a page of 100 rows doubles them.
        ("{ runners { count } }", 4, 2),
        ("{ runners(first: 10) { count } }", 2, 2),
        ("{ runners(first: 500) { count } }", 4, 2),
        ("{ runners(first: 50, sort: CREATED_ASC) { count } }", 4, 2),
        ('{ runners(first: 50, search: "x") { count } }', 10, 2),
        ("{ runners(first: 100) { nodes { id description } } }", 8, 3),
        ("{ ...a } fragment a on Query { metadata { ...b } } fragment b on Metadata { version enterprise }", 3, 2),
        ("{ ... on Query { ... { metadata { version } } } }", 2, 2),
    ],
)
def test_a_query_costs_what_gitlab_would_reckon(query: str, cost: int, depth: int) -> None:
    assert reckon(query) == (cost, depth)


def test_the_size_of_a_page_may_be_a_variable() -> None:
    query = "query Q($n: Int) { runners(first: $n) { count } }"
    assert reckon(query, n=1)[0] == 2
    assert reckon(query, n=100)[0] == 4
    assert reckon(query)[0] == 4


def test_fragments_that_double_each_other_cost_no_time() -> None:
    levels = 60
    spread = " ".join(
        f"fragment f{number} on CiRunner {{ ...f{number + 1} ...f{number + 1} }}" for number in range(levels)
    )
    query = f"{{ runners {{ nodes {{ ...f0 }} }} }} {spread} fragment f{levels} on CiRunner {{ id }}"
    assert reckon(query)[0] > 2**levels
