"""Village and quarter projects 村居项目: their rules, their log, and the page that citizens see."""
