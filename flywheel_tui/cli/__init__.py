"""The command line, and the composition root that names the concrete sources."""
