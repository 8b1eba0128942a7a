"""Commands from pages 页面指令: for one case or several at once, each with its own result."""
