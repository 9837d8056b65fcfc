"""A whole fleet in a box: one seeded world behind the five upstream APIs, on loopback."""
