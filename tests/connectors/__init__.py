"""Tests of what connectors share: values and formats."""
