"""Training 训练: the issue classifier and the weights of matching, from the shipped wordings."""
