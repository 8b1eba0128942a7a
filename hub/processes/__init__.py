"""The programs: each builds its objects from the settings and runs until a signal."""
