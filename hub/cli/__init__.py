"""The command line `hub` 命令行: options, help texts and exit codes.

Only this package and hub/lab use click. The packages below raise `HubError`.
"""
