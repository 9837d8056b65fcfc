"""The real servers that tests/real runs against: found, started, stopped and asked. Fixtures: ../conftest.py."""
