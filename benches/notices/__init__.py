"""How soon people are told, how many can be told a second, and what telling costs."""
