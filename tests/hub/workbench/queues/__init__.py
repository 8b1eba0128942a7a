"""Tests of the queues of the workbench."""
