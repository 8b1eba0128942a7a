"""Writes the documents that are generated from models and catalogues."""
