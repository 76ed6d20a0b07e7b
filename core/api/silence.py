"""Explains a missing or partial response in a sentence: what happened, and whose fault it is."""

from __future__ import annotations

import httpx

from core.api.exchange import CutShortError, OverdueError, OversizedError
from core.api.problems import malformed
from core.api.retry import Failure
from core.errors import NetworkError, OversizedAnswerError


def silence(error: Exception, *, host: str, proxy: str | None = None) -> Failure:
    """``error`` is one that :meth:`core.api.exchange.Exchange.get` raises.

    ``proxy``: host and port of the one on the way, where there is one.
    """
    if isinstance(error, OversizedError):
        return Failure(malformed("The answer is larger than any report.", None, OversizedAnswerError), False)
    if isinstance(error, CutShortError | httpx.DecodingError):
        return Failure(malformed("The answer was cut short or damaged on its way.", None), True)
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return Failure(_untrusted(host), False)
    if proxy and isinstance(error, httpx.ProxyError | httpx.ConnectError | httpx.ConnectTimeout):
        return Failure(_by_the_proxy(error, host, proxy), True)
    return Failure(
        NetworkError(
            _sentence(error, host),
            means="The network, a proxy or Anthropic is not working.",
            remedy="Check the connection of this machine, then try again.",
        ),
        True,
    )


def _sentence(error: Exception, host: str) -> str:
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return f"{host} could not be reached."
    if isinstance(error, httpx.ProxyError):
        return f"The proxy on the way to {host} refused."
    if isinstance(error, OverdueError | httpx.TimeoutException):
        return f"{host} took too long to answer."
    return f"{host} closed the connection before it answered."


def _by_the_proxy(error: Exception, host: str, proxy: str) -> NetworkError:
    refused = isinstance(error, httpx.ProxyError)
    return NetworkError(
        f"The proxy {proxy} {f'refused to connect to {host}' if refused else 'could not be reached'}.",
        means=f"This machine is set to reach {host} through it.",
        remedy="Check HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, and the proxy itself, then try again.",
    )


def _untrusted(host: str) -> NetworkError:
    return NetworkError(
        f"The certificate of {host} is not trusted by this machine.",
        means="A proxy may be reading along, or certificates are missing here.",
        remedy="Set SSL_CERT_FILE to your organization's certificates.",
    )
