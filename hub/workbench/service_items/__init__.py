"""Service items 政务服务办件: live progress by item, and those that are supervised."""
