"""The staff's web page 一网通管: figures, lists, one case, live updates."""
