-- One person's own orders of a status are listed and counted from the index alone, however many there are.
create index shop_order_buyer_status on shop_order (buyer_id, status, id);
