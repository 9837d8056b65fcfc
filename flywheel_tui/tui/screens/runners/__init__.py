"""The runners: the landing page."""
