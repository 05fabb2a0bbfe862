-- What titles are looked for by: each word from each of its letters on, so that what stands anywhere in a word is the beginning of a row
-- here. The first sixteen characters are enough to leave few.
create table auction_word (
    ending text not null,
    auction_id uuid not null references auction (id),
    primary key (ending, auction_id)
) without rowid;
create index auction_word_auction on auction_word (auction_id);
-- sqlite:
with recursive place (number) as (
    select 1
    union all
    select number + 1 from place where number < (select coalesce(max(length(title_folded)), 0) from auction))
insert or ignore into auction_word (ending, auction_id)
select substr(substr(a.title_folded, p.number, instr(substr(a.title_folded, p.number) || ' ', ' ') - 1), 1, 16), a.id
from auction a join place p on p.number <= length(a.title_folded)
where substr(a.title_folded, p.number, 1) <> ' ';
-- postgresql:
insert into auction_word (ending, auction_id)
select left(split_part(substr(a.title_folded, p.number), ' ', 1), 16), a.id
from auction a cross join lateral generate_series(1, length(a.title_folded)) as p (number)
where substr(a.title_folded, p.number, 1) <> ' '
on conflict do nothing;
-- end
