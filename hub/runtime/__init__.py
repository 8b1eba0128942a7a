"""What every process needs and no feature owns: signals, liveness, logs, metrics, local files."""
