"""The sources: how far each can be believed, and why."""
