"""Lists of any kind: how they are narrowed, sorted, grouped, titled and taken up again."""
