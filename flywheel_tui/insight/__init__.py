"""What the rows mean: joined runners, figures, verdicts, totals. Pure functions on the domain, no I/O.

``join.join`` makes a Fleet of a Snapshot, ``difference.diff_fleet`` compares two Fleets, and ``live.LiveJoin`` does
both from one snapshot to the next for what changed: ``changes.py`` finds it, ``update.py`` takes it in. A join is made
of one ``context.py`` a context. Within it, ``cluster.py`` holds the rows of one cluster and what was found to belong
together, ``join_*.py`` find it, ``figures.py``, ``usage.py`` and ``listener.py`` measure a ``case.Case``, ``verdicts/``
judges it and ``present.py`` makes the Runner.
"""
