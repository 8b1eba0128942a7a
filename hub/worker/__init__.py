"""The I/O around the pure steps of `streams`: restore, publish, redo log, rules."""
