"""One folder a feature; screens do not import each other."""
