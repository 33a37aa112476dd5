"""The least that sends to FCM: the sender's own HTTP/2 client, ready-made requests, nothing else.

    python -m benches.notices.bare_process URL COUNT CONCURRENT CONNECTIONS

Reads one request body a line and posts COUNT in all, from the first again after the last, so many at a time. Prints
{"seconds": …, "refused": n}.
"""

import json
import sys
import time
from itertools import cycle, islice

from courtside.notifications.posting import Post, Poster, Reply

_ANSWER_SECONDS = 8.0
_HEADERS = ("content-type: application/json", "authorization: Bearer bench")


def main(url: str, count: int, concurrent: int, connections: int) -> None:
    """Send as the arguments say."""
    bodies = [line.rstrip(b"\n") for line in sys.stdin.buffer]
    http = Poster(url, concurrent=concurrent, connections=connections, answer_seconds=_ANSWER_SECONDS)
    began = time.monotonic()
    posts = (Post(body, _HEADERS) for body in islice(cycle(bodies), count))
    answers = [answer for _, answer in http.post_all(posts)]
    seconds = time.monotonic() - began
    refused = sum(not isinstance(answer, Reply) or answer.status != 200 for answer in answers)
    print(json.dumps({"seconds": seconds, "refused": refused}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
