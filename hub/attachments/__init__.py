"""Attachments of reports 附件: fetched from their source through the hub, within limits."""
