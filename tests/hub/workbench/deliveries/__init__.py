"""Tests of the page of deliveries."""
