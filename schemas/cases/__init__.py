"""Cases 事项: snapshots, entries, commands, deadlines, feedback and its delivery."""
