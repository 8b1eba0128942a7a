"""How well the firm of a report is found 主体识别评测, on names that people wrote by hand."""
