"""What the rows mean: joined runners, figures, verdicts, totals. Pure functions on the domain, no I/O.

``join.join`` makes a Fleet of a Snapshot, ``difference.diff_fleet`` compares two Fleets. Within a join, ``cluster.py``
holds the rows of one cluster and what was found to belong together, ``join_*.py`` find it, ``figures.py``, ``usage.py``
and ``listener.py`` measure a ``case.Case``, ``verdicts/`` judges it and ``present.py`` makes the Runner.
"""
