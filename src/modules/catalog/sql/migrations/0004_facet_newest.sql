-- With what lists are narrowed by most, so that the walk along a facet looks into the rows of those alone that it returns.
drop index item_facet_newest;
create index item_facet_newest on item_facet (facet, listed_at, item_id, bpm_milli, currency, price_min);
