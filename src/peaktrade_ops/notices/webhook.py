"""Post a notice as JSON to a webhook, with the standard library only."""

from __future__ import annotations

import base64
import http.client
import ssl
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

import msgspec

from peaktrade_ops import __version__
from peaktrade_ops.errors import reason_of
from peaktrade_ops.notices.targets import LOOPBACK

if TYPE_CHECKING:
    from peaktrade_ops.notices.situation import Notice

_LATER: Final = frozenset({408, 425, 429})
_REDIRECTS: Final = range(300, 400)
_DONE: Final = range(200, 300)
_BROKEN: Final = range(500, 600)


class Result(NamedTuple):
    """The result of an attempt to deliver a notice.

    Attributes:
        failure: Why it failed, without secrets; empty if it did not.
        is_final: Whether another attempt would fail too.
        pause: The seconds that the target asks to wait for.
    """

    failure: str = ""
    is_final: bool = False
    pause: float = 0.0


def post(address: str, notice: Notice, timeout: float) -> Result:
    """Post a notice once.

    No redirect is followed, so that the notice and its address reach no other host. Certificates
    are checked. Proxies are those of the environment, and none for this machine.

    Args:
        address: The address, of http or https; a user in it is for basic authentication.
        notice: The notice.
        timeout: The most seconds of each step.
    """
    parts = urlsplit(address)
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": notice.id,
        "User-Agent": f"peaktrade-ops/{__version__}",
    }
    if parts.username is not None:
        user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = f"Basic {base64.b64encode(user.encode()).decode()}"
    try:
        request = urllib.request.Request(  # noqa: S310 (of http or https, see targets)
            _without_user(parts), msgspec.json.encode(notice), headers, method="POST"
        )
        proxies: dict[str, str] | None = {} if parts.hostname in LOOPBACK else None
        with _opener(proxies).open(request, timeout=timeout) as response:
            return _judged(response.status, response.headers.get("Retry-After", ""))
    except urllib.error.URLError as error:
        return _failed(error.reason)
    except (OSError, http.client.HTTPException, ValueError) as error:
        # The address was checked before, so what cannot be read is the proxy.
        is_misread = type(error) in {ValueError, http.client.InvalidURL}
        return _failed(str(error) if is_misread and _has_proxy(parts) else error)


def _has_proxy(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    return parts.scheme in urllib.request.getproxies() and not urllib.request.proxy_bypass(host)


def _opener(proxies: dict[str, str] | None) -> urllib.request.OpenerDirector:
    """Return an opener that knows http and https, and answers for every status by itself.

    Args:
        proxies: The proxies; `None` for those of the environment.
    """
    opener = urllib.request.OpenerDirector()
    opener.add_handler(urllib.request.ProxyHandler(proxies))
    opener.add_handler(urllib.request.HTTPHandler())
    opener.add_handler(urllib.request.HTTPSHandler(context=ssl.create_default_context()))
    opener.add_handler(urllib.request.UnknownHandler())
    return opener


def _without_user(parts: SplitResult) -> str:
    host = parts.netloc.rpartition("@")[2]
    # What follows # stays in the program.
    return parts._replace(netloc=host, fragment="").geturl()


def _judged(status: int, retry_after: str) -> Result:
    if status in _DONE:
        return Result()
    if status in _REDIRECTS:
        return Result(f"it answers {status}, a redirect; give the final address", is_final=True)
    is_final = status not in _LATER and status not in _BROKEN
    pause = float(retry_after) if retry_after.isascii() and retry_after.isdecimal() else 0.0
    return Result(f"it answers {status}", is_final, pause)


def _failed(reason: object) -> Result:
    """Return the result of an error, of which only what cannot contain the address is told.

    Args:
        reason: The error; a text for a proxy of which urllib does not know the kind.
    """
    if isinstance(reason, str):
        return Result("the proxy cannot be used", is_final=True)
    if isinstance(reason, ssl.SSLCertVerificationError):
        return Result(f"its certificate is not trusted: {reason.verify_message}", is_final=True)
    if isinstance(reason, TimeoutError):
        return Result("no answer in time")
    return Result(reason_of(reason) if isinstance(reason, OSError) else type(reason).__name__)
