"""The ARC scale sets."""
