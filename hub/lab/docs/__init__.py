"""Generated documents 生成文档: written from the models and catalogues in the code."""
