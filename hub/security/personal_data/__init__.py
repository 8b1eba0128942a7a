"""Recognises personal data in a text 个人信息识别: numbers, accounts, documents, names."""
