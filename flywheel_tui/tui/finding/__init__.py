"""Finding things: scope, completion, saved views, the state between sessions, the way between pages."""
