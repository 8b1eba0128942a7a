"""Base registers 基础台账: reads files of people, firms and premises, checks and loads them."""
