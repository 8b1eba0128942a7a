"""The command line `hub` 命令行: options, help texts and exit codes.

Beside hub/lab it is the only package that knows click: below it, functions raise `HubError`.
"""
