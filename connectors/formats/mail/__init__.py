"""Mail 邮件 (RFC 5322, MIME): headers, dates, bodies, quotations, and mail of machines."""
