"""Tests of what is installed: wheel, source distribution, image, units, manifests."""
