"""Tests of the pairs of the workbench."""
