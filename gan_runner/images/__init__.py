"""Pixels without a model: their range and size, damage, maps, pictures."""
