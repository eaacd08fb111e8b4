"""The page of a run or a sweep to hand in: one file that opens from disk."""
