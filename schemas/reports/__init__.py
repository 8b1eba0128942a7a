"""Reports 诉求: raw messages, facts, unified events, receipts and rejections."""
