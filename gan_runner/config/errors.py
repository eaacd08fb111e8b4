"""What a mistake in a configuration is."""


class ConfigError(ValueError):
    """A mistake in the configuration: one sentence that names the key, the reason and the values that work."""
