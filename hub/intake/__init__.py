"""The way in 收集: HTTP, WeChat, Open311 and collectors, up to the journal."""
