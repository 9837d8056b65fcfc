"""Programs that the measurements run in processes of their own."""
