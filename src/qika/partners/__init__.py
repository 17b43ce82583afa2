"""Other people's protocols, translated into ours."""
