"""Architectures: one file each, its generator and its discriminator, any size and channels from data.shape."""
