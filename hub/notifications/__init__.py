"""Notifications 通知: entries of cases to other programs (webhooks), and notices to the staff."""
