"""How citizens word a matter: phrases, names, slips."""
