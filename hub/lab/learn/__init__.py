"""Learning 训练: the senses of words and the weights of matching, from the shipped wordings."""
