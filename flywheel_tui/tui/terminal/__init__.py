"""Between the console and its terminal: what comes in, suspending and coming back, and the line that breaks."""
