"""Backup and restore 备份与恢复 of a data folder, also while the hub runs."""
