"""File and message formats 格式: JSON, XML, tables, mail, archives."""
