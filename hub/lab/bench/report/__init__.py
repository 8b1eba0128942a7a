"""The page of the figures, and the bars that they are measured by."""
