"""What every process needs 进程基础: signals, liveness, logs, metrics, locks and local files."""
