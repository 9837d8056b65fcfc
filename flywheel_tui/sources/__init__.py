"""One folder per upstream. Sources bring domain rows in and never see each other."""
