"""What can be listed, its fields, and how lists are filtered and sorted: the same for every face."""
