# SPDX-License-Identifier: AGPL-3.0-or-later
"""The committed calls (calls.toml), and what stands in their braces for one world."""

import base64
import json
import re
import time
import tomllib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import Random

from harness import lathe, shop
from scale.client import Client, Reply, request
from scale.world import GENRES, INSTRUMENTS, MOODS, TAGS, VOCABULARY, WORDS, World, text_id, zipf

FILE = Path(__file__).resolve().parent / "calls.toml"
BRACES = re.compile(r"\{(\w+)\}")
OWN = 5  # the seller and the buyer who write: neither the largest nor the smallest
SORTS = ["newest", "oldest", "price_asc", "price_desc", "bpm_asc", "bpm_desc", "plays"]


@dataclass(frozen=True)
class Call:
    name: str
    path: str
    method: str = "GET"
    body: str = ""
    who: str = ""
    status: int = 200
    keep: str = ""   # the reply's id, under this name, for the next call
    mix: bool = False
    grows: str = ""  # why it must


def read_calls() -> list[Call]:
    rows = tomllib.loads(FILE.read_text())["call"]
    return [Call(**{"who" if name == "as" else name: value for name, value in row.items()}) for row in rows]


def cursor(sort: str, key: int, id_: bytes) -> str:
    """As a page would have given it (catalog_list_domain.c)."""
    return base64.urlsafe_b64encode(bytes([SORTS.index(sort)]) + key.to_bytes(8, "big", signed=True) + id_).decode().rstrip("=")


class Asker:
    """Fills the braces for one world and remembers what was answered."""

    def __init__(self, world: World, seed: int = 1):
        self.world, self.pick, self.kept, self.count = world, Random(seed), {}, 0
        self.amounts = int(time.time()) * 100_000  # above all bids of earlier runs on the same data
        self.tokens: dict[str, str] = {}
        self.turned: list[int] = []

    def log_in(self, server, calls: list[Call]) -> None:
        for who in {call.who for call in calls if call.who}:
            self.tokens[who] = lathe.log_in(server, who, lathe.password_of("first"))

    @cached_property
    def own(self) -> list[int]:
        """Published specs of the seller who writes, some hundred at most."""
        found, step = [], max(1, self.world.items // 20_000)
        for number in range(1, self.world.items, step):
            if self.world.owner(number) == OWN and self.world.is_public(number) and not self.world.is_product(number):
                found.append(number)
        return found[:200]

    # --- what stands in braces ---

    def value(self, name: str) -> str:
        return str(getattr(self, f"_{name}")())

    def _share(self, low: float, high: float) -> float:
        return low + (high - low) * self.pick.random()

    def _word(self, low: int, high: int) -> str:
        return VOCABULARY[self.pick.randrange(low, high)]

    def _common(self): return self._word(0, 10)
    def _common2(self): return self._word(10, 20)
    def _medium(self): return self._word(300, 500)
    def _rare(self): return self._word(10_000, WORDS)
    def _prefix(self): return self._word(2000, WORDS)[:4]
    def _genre(self): return GENRES[zipf(self.pick.random(), len(GENRES))]
    def _mood(self): return self.pick.choice(MOODS)
    def _instrument(self): return self.pick.choice(INSTRUMENTS)
    def _key(self): return self.pick.choice(shop.KEYS)
    def _common_tag(self): return self._word(0, 20)
    def _rare_tag(self): return self._word(500, TAGS)
    def _limit(self): return self.pick.randrange(15, 26)

    def _bpm(self):
        self.low = self.pick.randrange(70, 160)
        return self.low

    def _bpm_above(self): return self.low + 10
    def _price(self): return self.pick.randrange(2000, 5000)
    def _price_above(self): return self.pick.randrange(5000, 6000)
    def _spec(self): return self.world.public_spec(self.pick.random())
    def _spec_id(self): return text_id(self.world.item_id(self._spec()))
    def _slug(self): return self.world.slug(self._spec())
    def _product_slug(self): return self.world.slug(self.world.product_number(self.pick.randrange(self.world.products)))
    def _seller(self): return f"seller{self.pick.randrange(self.world.sellers)}"

    def _seller_id(self): return text_id(self.world.seller_id(self.pick.randrange(self.world.sellers)))
    def _page(self): return self.pick.randrange(20, 50)

    def _cursor(self):
        number = self._spec()
        return cursor("newest", self.world.time(number, self.world.items), self.world.item_id(number))

    def _price_cursor(self):
        number = self._spec()
        return cursor("price_asc", self.world.price(number), self.world.item_id(number))

    def _auction(self): return text_id(self.world.auction_id(self.pick.randrange(self.world.auctions)))

    def _live_auction(self):
        """One after the other, so that no two bids at a time meet in one."""
        self.count += 1
        return text_id(self.world.auction_id(10 * (self.count % ((self.world.auctions + 9) // 10))))

    def _amount(self): return self.amounts + 200 * self.count

    def _large_room(self): return text_id(self.world.room_id(0))
    def _room(self): return text_id(self.world.room_id(self.pick.randrange(self.world.rooms)))

    def _joined_room(self):
        """Of a dozen, which the writer joins by the first message."""
        return text_id(self.world.room_id(self.pick.randrange(12) * self.world.rooms // 12))

    def _message(self): return text_id(self.world.message_id(0, int(self._share(0.2, 0.5) * self.world.room_sizes[0])))
    def _title(self): return f"{self._common()} {self._medium()}".title()
    def _description(self): return " ".join(VOCABULARY[zipf(self.pick.random(), WORDS)] for _ in range(10))
    def _own_spec(self): return text_id(self.world.item_id(self.pick.choice(self.own[20:])))

    def _turned_spec(self):
        """One that is public: those that were taken back are published by the next call."""
        number = self.own[len(self.turned) % 20]
        self.turned.append(number)
        return text_id(self.world.item_id(number))

    def _turned_again(self):
        return text_id(self.world.item_id(self.turned.pop(0)))

    def _fresh_spec(self):
        self.fresh = self._spec()
        while self.world.owner(self.fresh) == OWN:
            self.fresh = self._spec()
        return text_id(self.world.item_id(self.fresh))

    def _fresh_option(self): return text_id(self.world.option_id(self.fresh, 0))
    def _order(self): return self.kept["order"].pop(0)

    # --- asking ---

    def _fill(self, text: str) -> str:
        return BRACES.sub(lambda match: self.value(match[1]), text)

    def form(self, call: Call) -> bytes:
        key = f"scale-{self.pick.getrandbits(96):024x}" if call.method == "POST" and call.keep else ""
        return request(call.method, self._fill(call.path), self.tokens.get(call.who, ""), self._fill(call.body).encode(), key)

    def keep(self, call: Call, reply: Reply) -> None:
        if call.keep:
            self.kept.setdefault(call.keep, []).append(json.loads(reply.body)["id"])

    def ask(self, client: Client, call: Call) -> list[tuple[bytes, Reply]]:
        """The same call once on each connection."""
        sent = [self.form(call) for _ in client.connections]
        replies = client.ask(sent)
        for reply in replies:
            if reply.status == call.status:
                self.keep(call, reply)
        return list(zip(sent, replies))
