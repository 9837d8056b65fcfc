"""The current picture of the fleet and the loops that keep it current."""
