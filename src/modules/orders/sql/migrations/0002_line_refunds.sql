-- How much of a line went back to its buyer, and of its fee to its seller: a refund at the provider may be a part.
alter table order_line add column refunded_minor bigint not null default 0;
alter table order_line add column fee_refunded_minor bigint not null default 0;
-- 8: refunded
update order_line set refunded_minor = price_minor, fee_refunded_minor = fee_minor where status = 8;
