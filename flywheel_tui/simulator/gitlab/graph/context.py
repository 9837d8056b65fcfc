"""What every resolver needs to know of the request that it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from graphql import GraphQLResolveInfo

if TYPE_CHECKING:
    from flywheel_tui.simulator.gitlab.account import Account
    from flywheel_tui.simulator.gitlab.site import Site

DENIED = (
    "The resource that you are attempting to access does not exist or you don't have permission to perform this action"
)


@dataclass
class Context:
    """One request.

    Attributes:
        site: The GitLab that answers.
        account: Who asks; None for nobody, to whom nothing private is shown.
        at: The present, seconds since 1970.
        base: Address of the instance, without a slash at the end.
        score: The query's complexity.
        limit: The most complexity allowed.
        runners_with_jobs: Which runners were asked for their jobs; one query may ask one.
    """

    site: Site
    account: Account | None
    at: float
    base: str
    score: int = 0
    limit: int = 0
    runners_with_jobs: set[int] = field(default_factory=set)

    @property
    def administrator(self) -> bool:
        """Whether the whole instance is open to who asks."""
        return self.account is not None and self.account.administrator


if TYPE_CHECKING:
    Info: TypeAlias = GraphQLResolveInfo[Context]
    """What a resolver gets beside its source."""
else:
    # Version 3.2 of graphql-core has no generic one.
    Info = GraphQLResolveInfo
