"""Commands that set up a city and keep it 建城与维护: init, channels, backups, state."""
