"""Collapse, measured: one file, one metric. base.py says what a metric is, judge.py runs them."""
