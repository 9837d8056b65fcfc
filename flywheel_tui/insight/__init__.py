"""What the fleet means: joining, health verdicts, capacity. Pure functions on the domain."""
