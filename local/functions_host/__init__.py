"""The Cloud Functions of `functions/main.py` in one process, on the URLs of the official functions emulator.

host.py       the supervisor: owns the port, replaces the server when code changes
server.py     the server process: gunicorn around `app`, as in production
app.py        URL → function
discovery.py  which functions there are
served.py     what functions-framework loads for each of them
schedules.py  when a scheduled function is due
"""
