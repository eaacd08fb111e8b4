"""Asks the metrics about a system."""
