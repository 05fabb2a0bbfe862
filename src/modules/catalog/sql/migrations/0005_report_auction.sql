-- An auction is reported with its lot: the report names both. One open report per person and thing that was reported.
alter table item_report add column auction_id uuid;
drop index item_report_open;
create unique index item_report_open on item_report (item_id, reporter_id) where decided_at is null and auction_id is null;
create unique index item_report_open_auction on item_report (auction_id, reporter_id)
    where decided_at is null and auction_id is not null;
