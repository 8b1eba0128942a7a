"""The imperative shell 枢纽: all input and output."""

import os

# Our products are small: threads of the algebra library would only wait for each other. It reads
# this when it is loaded, which is later than here.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Pinyin is asked of single characters: the dictionary of phrases takes a third of a second of every
# start, and memory.
os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")
