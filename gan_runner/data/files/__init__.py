"""Image files to bytes: what a file holds, decoded once and kept."""
