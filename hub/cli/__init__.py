"""The command line `hub`: options, help, exit codes."""
