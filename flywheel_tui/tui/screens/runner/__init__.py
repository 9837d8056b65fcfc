"""The page of one runner."""
