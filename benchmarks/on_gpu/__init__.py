"""The parts of benchmarks/gpu.py, and the processes they are played in."""

PRECISIONS = FLOAT32, BF16 = "32-true", "bf16-mixed"
FLOAT16 = "16-mixed"
"""Its backward pass is slow on processors: a dry run plays a few cases in it."""
