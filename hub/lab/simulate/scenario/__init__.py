"""What happens in the simulated town, and who reports it."""
