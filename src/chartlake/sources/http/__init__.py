"""The only HTTP client, and how it behaves towards services that it does not own.

A `Client` is opened once for a run; each capture is one `Visit` with its own budget of
seconds and its own record of what was asked.  The rules, whatever a service does:

- Only https, except http to this machine itself; never a user name in an address.
- Nothing takes longer than the budget: not a server that sends a byte a second, not a wait.
- A request is repeated after a connection that failed or broke off, a timeout, a 5xx, a
  damaged body, or a 200 that is not the JSON asked for: eight times at most (three where there
  is no connection at all), with growing, jittered pauses.  A POST is not repeated once it may
  have been heard: only after a failed connection, a 429 or a 5xx.
- A rate limit is an answer: up to 60 seconds are waited if the budget allows, else
  `TryLater` says when.  Until then this client sends that service nothing.
- 16 MiB are taken in, as received and decompressed; a cut body is never taken for a whole one.
- Redirects are followed within one origin only, three of them, so that no credentials leave it.
- One debug line for each request, on the logger ``chartlake``: method, address, status.
"""

from __future__ import annotations

from chartlake.sources.http.address import same_origin
from chartlake.sources.http.ask import Answer, Trouble
from chartlake.sources.http.client import Client
from chartlake.sources.http.clock import Clock, SystemClock
from chartlake.sources.http.visit import Visit

__all__ = ["Answer", "Client", "Clock", "SystemClock", "Trouble", "Visit", "same_origin"]
