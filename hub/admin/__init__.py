"""What the operator's commands do from another process: ask, and print."""
