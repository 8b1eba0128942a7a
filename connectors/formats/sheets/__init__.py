"""Tables as clerks send them: Excel workbooks of both formats, HTML tables, delimited text."""
