"""The only importer of firebase_functions: callables, HTTP functions, schedules."""
