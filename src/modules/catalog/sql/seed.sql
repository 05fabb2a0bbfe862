-- Lists as a shop has them: everything under "all", a tenth under each genre, a thousandth under each tag.
update item set status = 1;
delete from item_facet;
insert into item_facet (item_id, facet, listed_at, currency, price_min, bpm_milli, plays)
select id, 'all', created_at + n, 'USD', 1000 + n % 50 * 100, 60000 + n % 200 * 1000, n % 997
from (select id, created_at, row_number() over (order by id) as n from item) numbered;
insert into item_facet (item_id, facet, listed_at, currency, price_min, bpm_milli, plays)
select f.item_id, 'genre:' || (f.plays % 10), f.listed_at, f.currency, f.price_min, f.bpm_milli, f.plays
from item_facet f where f.facet = 'all';
insert into item_facet (item_id, facet, listed_at, currency, price_min, bpm_milli, plays)
select f.item_id, 'tag:' || (f.listed_at % 1000), f.listed_at, f.currency, f.price_min, f.bpm_milli, f.plays
from item_facet f where f.facet = 'all';
delete from item_search;
insert into item_search (item_id, words)
select item_id, 'sample words ' || plays from item_facet where facet = 'all';
-- sqlite:
insert into item_match (rowid, words) select number, words from item_search;
-- end

update recording set genres = 'trap', tags = 'rain', waveform = '[1,2,3]', price_min = 1000, price_max = 2000, currency = 'USD';
