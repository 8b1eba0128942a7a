"""What the operator's commands do 运维命令: ask the store, the broker or the intake of a hub.

Each function takes settings and returns text or data; hub/cli prints it and sets the exit code.
"""
