"""The imperative shell 枢纽: all input and output."""
