"""The forms of a digest 版式: Markdown, HTML and PDF, and the pictures in them."""
