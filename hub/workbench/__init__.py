"""The workbench 工作台: pages with addresses of their own for those who handle cases."""
