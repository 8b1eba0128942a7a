"""The write-ahead journal 日志 of raw messages."""
