"""The glossary 术语表: each term in Chinese and English, and the name it has in the code."""
