"""The pods of the fleet."""
