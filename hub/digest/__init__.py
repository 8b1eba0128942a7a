"""The daily digest 一日一研判 and the special digest 专题研判: figures, words, plots."""
