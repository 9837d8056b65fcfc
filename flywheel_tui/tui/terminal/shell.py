"""Whether there is a shell that a stopped console leads back to."""

from __future__ import annotations

import os


def has_shell_behind() -> bool:
    """Return whether some process of this session waits for the console, as a shell with job control does.

    Without one, as the only program of a pane or of an SSH command, a stopped process would never be continued (POSIX:
    its process group is orphaned).
    """
    parent = os.getppid()
    try:
        same_session = os.getsid(parent) == os.getsid(0)
        leads_session = os.getsid(parent) == parent
        same_group = os.getpgid(parent) == os.getpgid(0)
    except ProcessLookupError:
        return False
    return same_session and not (same_group and leads_session)
