"""The grid: typed rows and column specifications, drawn line by line."""
