-- What an event hides stands in its own row: a bid is one row less, with one index less.
alter table auction_event add column bidder bigint not null default 0;
alter table auction_event add column maximum bigint not null default 0;
-- None: the event hides nothing.
alter table auction_event add column salt text;
-- The client's own key of the bid; none: it gave none.
alter table auction_event add column client_key text;
update auction_event set bidder = m.bidder, maximum = m.maximum, salt = m.salt, client_key = m.client_key
from auction_maximum m where m.auction_id = auction_event.auction_id and m.sequence = auction_event.sequence;
drop table auction_maximum;
create unique index auction_event_key on auction_event (auction_id, client_key, bidder) where client_key is not null;
