"""Values of the rules language, their operators, methods and functions, apart from evaluation."""
