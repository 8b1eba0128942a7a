"""The programs of the hub, their supervisor and the wall around the engine."""
