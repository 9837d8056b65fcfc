"""One folder per upstream. Sources bring domain rows in and never see each other."""

import sys
from importlib.util import find_spec

if "httpx" not in sys.modules:
    # httpx imports a command line of its own where rich and click are there, and makes do where it cannot: with it a
    # third of the time to the first request went into progress bars and lexers.
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
if "sniffio" not in sys.modules and find_spec("sniffio") is None:
    # httpcore looks for it several times a request; where it is missing, each time in all folders of the path.
    sys.modules["sniffio"] = None  # type: ignore[assignment]
