"""What belongs to no runner that is known."""
