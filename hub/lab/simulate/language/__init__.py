"""The language of simulated citizens 诉求语言: wordings, names, slips."""
