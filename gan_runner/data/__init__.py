"""Data families: one file each, all dealing Batch."""
