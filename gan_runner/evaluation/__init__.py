"""Metrics, asked about a system: judge.py shows them samples, reals.py draws the data's, report.py has answers."""
