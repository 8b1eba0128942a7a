"""Tests of the workbench in a real browser, over a store of the test."""
