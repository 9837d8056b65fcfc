"""Settings: TOML and environment read into frozen dataclasses, paths, and where secrets come from."""
