"""Only the cells that changed go to the terminal."""
