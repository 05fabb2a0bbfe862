# SPDX-License-Identifier: AGPL-3.0-or-later
"""A shop of any size, the same at every run: what stands in its tables after years of use.

Everything follows from the number of a thing, so that the program that asks knows what there is without having kept it. Words, tags,
owners, buyers and rooms are as uneven as in life: the k-th is met 1/k as often as the first (Zipf)."""

import hashlib
import struct
from dataclasses import dataclass
from random import Random

from harness import shop

MOODS = ["moody", "dark", "cinematic", "dreamy", "aggressive", "soulful", "melancholic"]
INSTRUMENTS = ["piano", "guitar", "drums", "synth", "bass", "strings", "brass", "808", "vocal"]
GENRES = ["trap", "drill", "rnb", "experimental", "house", "hip-hop", "lo-fi", "pop", "tech", "ambient", "afrobeat", "blues", "classical",
          "country", "dancehall", "drum-and-bass", "dubstep", "electronic", "folk", "funk", "jazz", "latin", "metal", "reggae", "reggaeton",
          "rock", "soul", "soundtrack", "synthwave", "techno", "trance", "world"]
CONDITIONS = ["new", "like_new", "good", "fair"]
# Leaves of the tree of categories that an instance starts with, and what lies above: number, name, number above, name above.
CATEGORIES = [(2, "guitars and basses", 1, "instruments"), (3, "keyboards and synthesizers", 1, "instruments"),
              (7, "microphones", 6, "studio"), (9, "outboard and effects", 6, "studio"), (12, "vinyl", 11, "records"),
              (14, "cassettes and tapes", 11, "records"), (16, "clothing", 15, "merchandise"), (18, "signed and one of a kind", 15, "merchandise")]
WORDS, TAGS = 20_000, 2_000
CONSONANTS, VOWELS = "bdfgklmnprstvzhj", "aeiou"
SYLLABLES = [c + v for c in CONSONANTS for v in VOWELS]
YEARS_US = 2 * 365 * 86_400_000_000
DAY_US = 86_400_000_000
FEE = 10  # per cent
OPTIONS = [(0, "Basic lease", '["mp3"]', 0), (1, "Premium lease", '["mp3","wav"]', 2500)]
TERMS = shop.TERMS[0]
FEATURES = shop.FEATURES
MASK = (1 << 64) - 1
# Kinds in ids, so that no two tables share one.
ACCOUNT, ITEM, OPTION, ASSET, ORDER, LINE, LICENSE, ENTITLEMENT, PAYMENT, LEDGER, ENTRY, AUCTION, ROOM, MESSAGE, NOTICE, SOURCE, MOVEMENT, BOOK = range(18)


def mixed(number: int, salt: int) -> float:
    """0 … 1 by the number alone."""
    value = (number * 0x9E3779B97F4A7C15 + salt * 0xC2B2AE3D27D4EB4F + 0x165667B19E3779F9) & MASK
    value = ((value ^ value >> 30) * 0xBF58476D1CE4E5B9) & MASK
    value = ((value ^ value >> 27) * 0x94D049BB133111EB) & MASK
    return (value ^ value >> 31) / (MASK + 1)


def zipf(share: float, count: int) -> int:
    """0 … count − 1, the k-th 1/k as often as the first."""
    return min(int((count + 1) ** share) - 1, count - 1)


def word(rank: int) -> str:
    """The common ones are short."""
    number = rank * 7919 % (6400 if rank < 2000 else 512_000)
    text = SYLLABLES[number % 80] + SYLLABLES[number // 80 % 80]
    return text if rank < 2000 else text + SYLLABLES[number // 6400]


VOCABULARY = [word(rank) for rank in range(WORDS)]


@dataclass(frozen=True)
class Spec:
    number: int
    owner: int
    title: str
    slug: str
    code: str
    listed_at: int
    price: int
    bpm: int
    plays: int
    is_public: bool


class World:
    """Counts follow from the number of items; times end shortly before the moment of its making."""

    def __init__(self, items: int, made_us: int, password_hash: str = "", blob: tuple[bytes, int] = (b"", 0)):
        self.items, self.made_us, self.password_hash, self.blob = items, made_us, password_hash, blob
        self.sellers, self.buyers = max(20, items // 100), max(40, items // 20)
        self.accounts = self.sellers + self.buyers
        self.orders, self.favorites = items // 5, items // 2
        self.auctions, self.products = max(8, items // 50), items // 8
        self.rooms, self.notices = max(10, items // 200), items // 2
        messages = items // 2
        harmonic = sum(1 / (room + 1) for room in range(self.rooms))
        self.room_sizes = [max(1, int(messages / harmonic / (room + 1))) for room in range(self.rooms)]

    # --- numbers to things ---

    def time(self, number: int, count: int) -> int:
        """Of the number-th of so many, evenly over the years; each its own."""
        return self.made_us - 3_600_000_000 - YEARS_US + int(YEARS_US * (number + 1) / (count + 1))

    def ident(self, kind: int, number: int, us: int) -> bytes:
        high = (us // 1000) << 16 | 0x7000 | kind
        return (high << 64 | 2 << 62 | number & (1 << 62) - 1).to_bytes(16, "big")

    def account_id(self, number: int) -> bytes:
        return self.ident(ACCOUNT, number, self.time(number, self.accounts))

    def seller_id(self, number: int) -> bytes:
        return self.account_id(number)

    def buyer_id(self, number: int) -> bytes:
        return self.account_id(self.sellers + number)

    def name(self, number: int) -> str:
        return f"seller{number}" if number < self.sellers else f"buyer{number - self.sellers}"

    def item_id(self, number: int) -> bytes:
        return self.ident(ITEM, number, self.time(number, self.items))

    def option_id(self, number: int, index: int) -> bytes:
        return self.ident(OPTION, number * 2 + index, self.time(number, self.items))

    def asset_id(self, number: int) -> bytes:
        return self.ident(ASSET, number, self.time(number, self.items))

    def product_number(self, index: int) -> int:
        return index * 8 + 7

    @staticmethod
    def is_product(number: int) -> bool:
        return number % 8 == 7

    @staticmethod
    def is_public(number: int) -> bool:
        return number % 40 != 0

    def owner(self, number: int) -> int:
        return zipf(mixed(number, 1), self.sellers)

    @staticmethod
    def price(number: int) -> int:
        return 1999 + 100 * int(40 * mixed(number, 2))

    @staticmethod
    def title(number: int) -> str:
        return f"{VOCABULARY[zipf(mixed(number, 3), WORDS)]} {VOCABULARY[zipf(mixed(number, 4), WORDS)]}".title()

    def slug(self, number: int) -> str:
        return f"{self.title(number).lower().replace(' ', '-')}-{number}"

    def spec(self, number: int) -> Spec:
        code = "".join(shop.CODE_DIGITS[number >> 5 * place & 31] for place in range(8))
        bpm = int(60 + 120 * mixed(number, 5)) * 1000 + (500 if mixed(number, 6) < 0.2 else 0)
        return Spec(number, self.owner(number), self.title(number), self.slug(number), code, self.time(number, self.items),
                    self.price(number), bpm, zipf(mixed(number, 7), 100_000), self.is_public(number))

    def public_spec(self, share: float) -> int:
        """Some spec that all can see."""
        number = int(share * self.items) % self.items
        while self.is_product(number) or not self.is_public(number):
            number = (number + 1) % self.items
        return number

    def auction_times(self, number: int) -> tuple[int, int, int]:
        """Made, started, ends."""
        if self.is_live(number):
            made = self.made_us - 10 * DAY_US + int(9 * DAY_US * number / self.auctions)
            return made, made, self.made_us + 60 * DAY_US
        made = self.time(number, self.auctions)
        return made, made, made + 7 * 3_600_000_000

    @staticmethod
    def is_live(number: int) -> bool:
        return number % 10 == 0

    def auction_id(self, number: int) -> bytes:
        return self.ident(AUCTION, number, self.auction_times(number)[0])

    def room_id(self, number: int) -> bytes:
        return self.ident(ROOM, number, self.time(number, self.rooms))

    def room_members(self, number: int) -> list[int]:
        """Accounts; its owner first."""
        return [number % self.sellers] + sorted({self.sellers + (number * 31 + 7 * step) % self.buyers for step in range(8)})

    # --- rows, by table ---

    def account_rows(self, start: int, end: int) -> dict:
        rows = {name: [] for name in ("account", "account_role", "chat_person", "notification_inbox")}
        for number in range(start, min(end, self.accounts)):
            id_, name, at = self.account_id(number), self.name(number), self.time(number, self.accounts)
            display = f"{'Seller' if number < self.sellers else 'Buyer'} {number}"
            rows["account"].append((id_, f"{name}@scale.example", f"{name}@scale.example", name, name, display, self.password_hash, 0, True, 0,
                                    None, at, at, None, 1))
            rows["account_role"].append((id_, 2 if number < self.sellers else 0))
            rows["chat_person"].append((id_, name, display))
        return rows

    def display(self, account: int) -> str:
        return f"{'Seller' if account < self.sellers else 'Buyer'} {account}"

    def item_rows(self, start: int, end: int) -> dict:
        rows = {name: [] for name in ("item", "recording", "license_option", "item_facet", "item_search", "asset", "asset_file",
                                      "product", "stock_movement", "spec_counter", "daily")}
        for number in range(start, min(end, self.items)):
            if self.is_product(number):
                self._product(number, rows)
            else:
                self._spec(number, rows)
        return rows

    def _item(self, spec: Spec, kind: int) -> tuple:
        owner = self.account_id(spec.owner)
        published = spec.listed_at if spec.is_public else None
        return (self.item_id(spec.number), kind, owner, self.name(spec.owner), self.display(spec.owner), spec.title, spec.slug, spec.code,
                int(spec.is_public), None, 0, spec.listed_at, spec.listed_at, published, None, 1)

    def _spec(self, number: int, rows: dict) -> None:
        spec, pick = self.spec(number), Random(number)
        id_, owner, asset, at = self.item_id(number), self.account_id(spec.owner), self.asset_id(number), spec.listed_at
        genre, key = GENRES[zipf(pick.random(), len(GENRES))], pick.randrange(24)
        tags = list(dict.fromkeys(VOCABULARY[zipf(pick.random(), TAGS)] for _ in range(3)))
        moods, instruments = sorted(pick.sample(range(7), 1 + number % 2)), sorted(pick.sample(range(9), 2))
        is_free, category = pick.random() < 0.2, int(pick.random() < 0.1)
        description = " ".join(VOCABULARY[zipf(pick.random(), WORDS)] for _ in range(12))
        duration = 60_000 + pick.randrange(240_000)
        rows["item"].append(self._item(spec, 0))
        rows["recording"].append((
            id_, category, "", description, spec.bpm, True, key, True, genre, "\n".join(tags), sum(1 << m for m in moods),
            sum(1 << i for i in instruments), is_free, "USD", spec.price, spec.price + 2500, asset, None, asset, None, True, duration, -9.5,
            -0.8, "[10,40,80,60,90,30,20,70]", spec.plays, 0, 0, 1, None, None))
        rows["license_option"] += [(self.option_id(number, index), id_, type_, name, spec.price + more, "USD", FEATURES, files, TERMS, index, at,
                                    None) for index, (type_, name, files, more) in enumerate(OPTIONS)]
        rows["asset"].append((asset, owner, 0, 2, 4, 1.0, None, None, "master.wav", 1000, 2000,
                              hashlib.sha256(asset).digest(), 2, at, at, None))
        rows["asset_file"] += [(asset, kind, *self.blob, kind_type, extension) for kind, kind_type, extension in
                               ((0, "audio/wav", "wav"), (1, "audio/mpeg", "mp3"), (2, "audio/wav", "wav"))]
        rows["spec_counter"].append((id_, owner, spec.plays, spec.plays // 10, 0, 0))
        rows["daily"].append((id_, at // DAY_US, owner, spec.plays % 50, 0, 0, 0))
        if not spec.is_public:
            return
        names = ["all", f"owner:{text_id(owner)}", f"category:{'sample' if category else 'beat'}", f"key:{shop.KEYS[key]}", f"genre:{genre}",
                 *(f"tag:{tag}" for tag in tags), *(f"mood:{MOODS[m]}" for m in moods), *(f"instrument:{INSTRUMENTS[i]}" for i in instruments),
                 *(["free"] if is_free else [])]
        rows["item_facet"] += [(id_, name, at, "USD", spec.price, spec.bpm, spec.plays) for name in names]
        words = " ".join([spec.title.lower(), *tags, genre.replace("-", " "), self.display(spec.owner).lower(), self.name(spec.owner),
                          *(MOODS[m] for m in moods), *(INSTRUMENTS[i] for i in instruments), description])
        rows["item_search"].append((number + 1, id_, words))

    def _product(self, number: int, rows: dict) -> None:
        spec, pick = self.spec(number), Random(number)
        id_, owner, at = self.item_id(number), self.account_id(spec.owner), spec.listed_at
        category, name, above, name_above = CATEGORIES[zipf(pick.random(), len(CATEGORIES))]
        condition = pick.randrange(4)
        description = " ".join(VOCABULARY[zipf(pick.random(), WORDS)] for _ in range(12))
        is_held = number // 8 < self.auctions and self.is_live(number // 8)
        rows["item"].append(self._item(spec, 1))
        rows["product"].append((
            id_, owner, category_id(category), int(spec.is_public), condition, description, "[]",
            '{"from_country":"DE","destinations":[],"handling_days":3,"weight_grams":0,"is_pickup_possible":false,"note":null}', "USD", "", 3 - is_held,
            int(is_held), 0, 0, False, spec.plays, None, None))
        rows["stock_movement"].append((self.ident(MOVEMENT, number * 2, at), id_, 0, 3, 0, 3, None, owner, "", at))
        if is_held:
            auction = number // 8
            rows["stock_movement"].append((self.ident(MOVEMENT, number * 2 + 1, at), id_, 3, -1, 1, 2, self.auction_id(auction), owner, "", at))
        if spec.is_public:
            names = ["", f":owner:{text_id(owner)}", f":condition:{CONDITIONS[condition]}", f":category:{text_id(category_id(above))}",
                     f":category:{text_id(category_id(category))}"]
            rows["item_facet"] += [(id_, f"product:active{name}", at, "", None, 0, spec.plays) for name in names]
            rows["item_search"].append((number + 1, id_, f"{spec.title.lower()} {name_above} {name} {description}"))

    def order_rows(self, start: int, end: int, before: bytes) -> tuple[dict, bytes]:
        """before: the chain of the ledger so far. The chain after these comes back."""
        rows = {name: [] for name in ("shop_order", "order_line", "license", "license_file", "blob_ref", "entitlement", "payment",
                                      "ledger_transaction", "ledger_entry", "ledger_seal")}
        for number in range(start, min(end, self.orders)):
            before = self._order(number, rows, before)
        return rows, before

    def order_id(self, number: int) -> bytes:
        return self.ident(ORDER, number, self.time(number, self.orders))

    def order_buyer(self, number: int) -> int:
        return zipf(mixed(number, 11), self.buyers)

    def license_id(self, number: int) -> bytes:
        return self.ident(LICENSE, number, self.time(number, self.orders))

    def _order(self, number: int, rows: dict, before: bytes) -> bytes:
        at, spec = self.time(number, self.orders), self.public_spec(mixed(number, 12))
        ids = {kind: self.ident(kind, number, at) for kind in (ORDER, LINE, LICENSE, ENTITLEMENT, PAYMENT, LEDGER)}
        buyer_number = self.sellers + self.order_buyer(number)
        buyer, seller_number, item = self.account_id(buyer_number), self.owner(spec), self.item_id(spec)
        seller, price, title = self.account_id(seller_number), self.price(spec), self.title(spec)
        names = (self.display(buyer_number), self.display(seller_number))
        fee = -(-price * FEE // 100)
        what = (self.option_id(spec, 0), 0)
        rows["shop_order"].append((ids[ORDER], buyer, names[0], 2, "USD", price, 0, at, "", "", at + 1_800_000_000, at, at, at, 2))
        rows["order_line"].append((ids[LINE], ids[ORDER], 0, 0, 2, seller, names[1], item, *what, title, OPTIONS[0][1], FEATURES, '["mp3"]', TERMS,
                                   price, fee, ids[LICENSE], None, at, None, 2, 0, 0))
        key = f"{number:020d}"
        rows["license"].append((ids[LICENSE], f"LIC-{key[:5]}-{key[5:10]}-{key[10:15]}-{key[15:]}", ids[ORDER], ids[LINE], buyer, seller, *names, item,
                                title, *what, OPTIONS[0][1], FEATURES, '["mp3"]', TERMS, price, "USD", f"{title.lower()}\n{names[1].lower()}", at,
                                None, "", 1))
        rows["license_file"].append((ids[LICENSE], 0, *self.blob, f"{title}.mp3", "audio/mpeg", 0, None))
        rows["blob_ref"].append((self.blob[0], ids[LICENSE], 3))
        rows["entitlement"].append((ids[ENTITLEMENT], ids[LICENSE], buyer, item, at, None))
        rows["payment"].append((ids[PAYMENT], ids[ORDER], 0, 2, price, "USD", text_id(ids[ORDER]), "{}", 1, 0, "", at, at, at, 3, 0))
        rows["ledger_transaction"].append((ids[LEDGER], "sale", ids[LINE], ids[ORDER], "USD", at))
        book = f"seller:{text_id(seller)}:USD"
        lines = [("provider:test:USD", self.book_id(-1), None, "sale_gross", price), (book, self.book_id(seller_number), seller, "sale_gross", -price),
                 (book, self.book_id(seller_number), seller, "platform_fee", fee), ("platform:fees:USD", self.book_id(-2), None, "platform_fee", -fee)]
        rows["ledger_entry"] += [(self.ident(ENTRY, number * 4 + place, at), ids[LEDGER], place, account, owner, what, minor)
                                 for place, (_, account, owner, what, minor) in enumerate(lines)]
        hash_ = sealed(before, (ids[LEDGER], "sale", ids[LINE], ids[ORDER], "USD", at), [(name, what, minor) for name, _, _, what, minor in lines])
        rows["ledger_seal"].append((number + 1, ids[LEDGER], hash_))
        return hash_

    def book_id(self, seller: int) -> bytes:
        return self.ident(BOOK, seller + 2, self.made_us - YEARS_US)

    def book_rows(self) -> dict:
        rows = [(self.book_id(-1), "provider:test:USD", 0, None, 0, "USD"), (self.book_id(-2), "platform:fees:USD", 1, None, 0, "USD")]
        rows += [(self.book_id(seller), f"seller:{text_id(self.seller_id(seller))}:USD", 2, self.seller_id(seller), 0, "USD")
                 for seller in range(self.sellers)]
        blob = (*self.blob, self.made_us, None, False)
        return {"ledger_account": rows, "blob": [blob]}

    def favorite_rows(self, start: int, end: int) -> dict:
        pairs = {(self.buyer_id(zipf(mixed(n, 21), self.buyers)), self.item_id(self.public_spec(mixed(n, 22)))): self.time(n, self.favorites)
                 for n in range(start, min(end, self.favorites))}
        return {"favorite": [(*pair, at) for pair, at in pairs.items()]}

    def notice_rows(self, start: int, end: int, counts: dict) -> dict:
        """Of the last month, as older ones are swept. counts: how many each account has, which goes on."""
        rows = []
        for number in range(start, min(end, self.notices)):
            account = zipf(mixed(number, 31), self.accounts)
            counts[account] = counts.get(account, 0) + 1
            at = self.made_us - 30 * DAY_US + int(29 * DAY_US * number / self.notices)
            read = None if mixed(number, 32) < 0.1 else at + 1000
            rows.append((self.ident(NOTICE, number, at), self.account_id(account), counts[account], 9, self.ident(SOURCE, number, at),
                         self.ident(SOURCE, number, at), self.title(number), "", 2999, "USD", at, read))
        return {"notification": rows}

    def auction_rows(self, start: int, end: int) -> dict:
        rows = {name: [] for name in ("auction", "auction_event", "auction_bidder", "auction_watch", "auction_word", "stock_hold")}
        for number in range(start, min(end, self.auctions)):
            self._auction(number, rows)
        return rows

    def bid_count(self, number: int) -> int:
        return 1 + zipf(mixed(number, 41), 60)

    def _auction(self, number: int, rows: dict) -> None:
        made, started, ends = self.auction_times(number)
        id_, lot = self.auction_id(number), self.product_number(number)
        item, seller, is_live = self.item_id(lot), self.owner(lot), self.is_live(number)
        bids, log, salt = self.bid_count(number), Log(id_), f"{number:032x}"
        starting, reserve, step = 1000, 100_000_000, 100
        log.add(0, made, f'"auction_id":"{text_id(id_)}","item_id":"{text_id(item)}","currency":"USD","starting_price":{starting},'
                f'"reserve_commitment":"{committed(salt, 0, reserve)}","buy_now_price":0,"bid_step":{step},"starts_at":{started},"ends_at":{ends},'
                '"soft_close_ms":0,"extend_ms":0', (0, reserve, salt))
        maxima = [(1, 0, reserve)]
        log.add(3, started, '"judged":[],"price":0,"leader":null,"reserve_met":false,"bid_count":0')
        bidders = min(bids, 2 + number % 7)
        for bid in range(bids):
            bidder, price = bid % bidders + 1, starting + step * bid
            maxima.append((bid + 3, bidder, price))
            log.add(4, started + 1_000_000 * (bid + 1), f'"bidder":{bidder},"amount":{price},"commitment":"{committed(salt, bidder, price)}","price":{price},'
                    f'"leader":{bidder},"reserve_met":false,"bid_count":{bid + 1},"ends_at":{ends}', (bidder, price, salt))
        price, leader = starting + step * (bids - 1), (bids - 1) % bidders + 1
        if bidders == 1:  # a leader's own higher bids leave the price
            price = starting
        if not is_live:
            opened = ",".join(f'{{"sequence":{sequence},"bidder":{bidder},"maximum":{maximum},"salt":"{salt}"}}' for sequence, bidder, maximum in maxima[1:])
            log.add(6, ends, f'"outcome":"reserve_not_met","winner":null,"price":{price},"opened":[{opened}],"reserve":{{"price":{reserve},"salt":"{salt}"}}')
        title = self.title(lot)
        rows["auction"].append((
            id_, self.account_id(seller), self.display(seller), 0, item, None, is_live, title, title.lower(), self.slug(lot), None, "USD", starting, reserve, 0,
            step, started, ends, 0, 0, 1 if is_live else 2, 0 if is_live else 2, price, leader, maxima[-1][2], bids, bidders, False, ends,
            log.sequence, log.chain, log.at, ends - 600_000_000 if is_live else None, not is_live, 0, "", 0, 0, 0, None, None, made, log.at, log.sequence))
        rows["auction_event"] += log.rows
        rows["auction_word"] += sorted({(word[place:place + 16], id_) for word in title.lower().split() for place in range(len(word))})
        accounts = [(number * 13 + place) % self.buyers for place in range(bidders)]
        rows["auction_bidder"] += [(id_, place + 1, self.buyer_id(account)) for place, account in enumerate(accounts)]
        rows["auction_watch"] += [(self.buyer_id(account), id_, made) for account in accounts]
        if is_live:
            rows["stock_hold"].append((item, id_, 0, made))

    def room_rows(self, number: int, first: int) -> dict:
        """first: how many messages the rooms before have."""
        id_, at, size = self.room_id(number), self.time(number, self.rooms), self.room_sizes[number]
        members = self.room_members(number)
        room = (id_, 0, f"Room {self.title(number)}", "", self.account_id(members[0]), None, None, None, 0, size, size, len(members),
                at + 1000 * size, at, None, 1)
        messages, words, mark = [], [], id_.hex()[-10:]
        for place in range(size):
            pick = Random(number << 32 | place)
            text = " ".join(VOCABULARY[zipf(pick.random(), WORDS)] for _ in range(6))
            message = self.message_id(number, place)
            author = members[1 + zipf(pick.random(), len(members) - 1)]
            messages.append((message, id_, place + 1, place + 1, self.account_id(author), 1, text, None, None, 0, None, at + 1000 * place, None,
                             None, None, None))
            words.append((first + place + 1, message, " ".join(mark + word for word in text.split())))
        return {"chat_room": [room], "chat_message": messages, "chat_search": words,
                "chat_member": [(id_, self.account_id(account), 1, 3 if place == 0 else 1, None, None, None, 0, 0, None, at)
                                for place, account in enumerate(members)]}

    def message_id(self, room: int, place: int) -> bytes:
        return self.ident(MESSAGE, room << 32 | place, self.time(room, self.rooms) + 1000 * place)


def text_id(id_: bytes) -> str:
    text = id_.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def category_id(number: int) -> bytes:
    return bytes.fromhex(f"01900000000070009{number:015x}")


def committed(salt: str, bidder: int, maximum: int) -> str:
    return hashlib.sha256(f"{salt}:{bidder}:{maximum}".encode()).hexdigest()


def _text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def sealed(before: bytes, transaction: tuple, lines: list) -> bytes:
    """The chain over the ledger, as modules/payments makes it."""
    id_, reason, reference, order, currency, at = transaction
    feed = [before, id_, _text(reason), reference, order, _text(currency), struct.pack("<qq", at, len(lines))]
    for place, (name, what, minor) in enumerate(lines):
        feed += [struct.pack("<q", place), _text(name), _text(what), struct.pack("<q", minor)]
    return hashlib.sha256(b"".join(feed)).digest()


class Log:
    """Events of an auction, each chained to the one before (docs/auction-rules.md)."""

    KINDS = {0: "created", 3: "started", 4: "bid", 6: "ended"}

    def __init__(self, auction: bytes):
        self.auction, self.sequence, self.chain, self.at, self.rows = auction, 0, "0" * 64, 0, []

    def add(self, kind: int, at: int, rest: str, hidden: tuple = (0, 0, None)) -> None:
        """hidden: who, which maximum, the salt."""
        body = f'{{"kind":"{self.KINDS[kind]}","at":{at},{rest}}}'
        self.sequence, self.at = self.sequence + 1, at
        self.chain = hashlib.sha256(f"{self.chain}\n{body}".encode()).hexdigest()
        self.rows.append((self.auction, self.sequence, kind, at, body, self.chain, *hidden, None))
