"""Three small cities and the page above them 三市演示, on one machine."""
