"""What several connectors share: charsets, tables, times, coordinates, encodings."""
