"""Other well-known sites: an address of theirs is called by their name, and never taken for another's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from talentimg.providers.pasted import Pasted

SITES: Final = {
    "Facebook": ("facebook.com", "fb.com", "fb.me", "messenger.com"),
    "Kick": ("kick.com",),
    "LinkedIn": ("linkedin.com", "lnkd.in"),
    "Medium": ("medium.com",),
    "Patreon": ("patreon.com",),
    "Pinterest": ("pinterest.com", "pin.it"),
    "Reddit": ("reddit.com",),
    "Snapchat": ("snapchat.com",),
    "SoundCloud": ("soundcloud.com",),
    "Spotify": ("spotify.com",),
    "Substack": ("substack.com",),
    "Telegram": ("t.me", "telegram.me"),
    "Threads": ("threads.net", "threads.com"),
    "Truth Social": ("truthsocial.com",),
    "Tumblr": ("tumblr.com",),
    "Twitch": ("twitch.tv",),
    "Vimeo": ("vimeo.com",),
    "VK": ("vk.com", "vk.ru"),
    "Weibo": ("weibo.com", "weibo.cn"),
    "WhatsApp": ("whatsapp.com", "wa.me"),
    "X": ("x.com", "twitter.com"),
}
SHORTENERS: Final = ("bit.ly", "buff.ly", "cutt.ly", "goo.gl", "is.gd", "ow.ly", "t.co", "tinyurl.com")


def site_of(pasted: Pasted) -> str | None:
    """The name of the site that an address belongs to, if it is one of these."""
    within = pasted.is_at if pasted.is_address else pasted.host.removeprefix("www.").__eq__
    return next((name for name, hosts in SITES.items() if any(map(within, hosts))), None)


def is_shortened(pasted: Pasted) -> bool:
    """Whether an address hides where it leads."""
    return pasted.is_address and any(map(pasted.is_at, SHORTENERS))
