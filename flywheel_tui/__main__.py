"""``python -m flywheel_tui`` is the same program as ``flywheel``."""

from flywheel_tui.cli.main import main

if __name__ == "__main__":
    main()
