"""Projects 村居项目: the pages on which staff register projects and write down what happens."""
