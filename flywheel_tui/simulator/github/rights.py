"""What a token must be allowed to do, in both of GitHub's ways: scopes and permissions."""

from __future__ import annotations

import msgspec

from flywheel_tui.simulator.github.site import Token


class Right(msgspec.Struct, frozen=True):
    """What an endpoint asks for.

    Attributes:
        scopes: A classic token needs one of them; empty for none.
        permission: A fine-grained token needs it; empty for none. Writing includes reading.
        refusal_text: What a classic token without the scope is told.
    """

    scopes: tuple[str, ...] = ()
    permission: str = ""
    refusal_text: str = ""

    def granted(self, token: Token) -> bool:
        """Return whether the token has the right."""
        if token.scopes is not None:
            return not self.scopes or bool(token.scopes & set(self.scopes))
        written = self.permission.replace("=read", "=write")
        return not self.permission or self.permission in token.permissions or written in token.permissions

    def refusal(self, token: Token) -> str:
        """Return what a token without the right is told."""
        return self.refusal_text if token.scopes is not None else "Resource not accessible by personal access token"

    def headers(self, token: Token) -> dict[str, str]:
        """Return the headers that tell what would have been right."""
        if token.scopes is not None:
            return {"X-Accepted-OAuth-Scopes": ", ".join(self.scopes)}
        return {"X-Accepted-GitHub-Permissions": self.permission} if self.permission else {}


_ORG = ("admin:org",)
_REPO = ("repo",)
_ORG_TEXT = "You must be an org owner or have the admin:org scope to manage self-hosted runners."
_REPO_TEXT = "Must have admin rights to Repository."
NOTHING = Right()
ORG_READ = Right((*_ORG, "manage_runners:org"), "organization_self_hosted_runners=read", _ORG_TEXT)
ORG_WRITE = Right((*_ORG, "manage_runners:org"), "organization_self_hosted_runners=write", _ORG_TEXT)
REPO_READ = Right(_REPO, "administration=read", _REPO_TEXT)
REPO_WRITE = Right(_REPO, "administration=write", _REPO_TEXT)
