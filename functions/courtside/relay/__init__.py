"""From committed facts to documents: who reacts to what, and the workers that carry it."""
