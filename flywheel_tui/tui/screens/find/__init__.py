"""A text found in everything that is listed."""
