"""Collapse, measured: one file, one metric. base.py says what a metric is; gan_runner.evaluation asks them."""
