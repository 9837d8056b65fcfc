"""The commands, a module each; they are imported only when they run."""
