"""Base registers 基础台账: reads files of people, organisations and places, and loads them."""
