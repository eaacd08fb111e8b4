"""Metrics, asked about a generator: samples.py shows them samples, reals.py draws the data's, report.py has answers."""
