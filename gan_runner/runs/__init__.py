"""A run folder on disk: its record, its checkpoints, how it goes on."""
