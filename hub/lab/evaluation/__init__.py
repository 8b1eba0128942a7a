"""Evaluation 评测: the quality of merging, placing, classification and assignment."""
