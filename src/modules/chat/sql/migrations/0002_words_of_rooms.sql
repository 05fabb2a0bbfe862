-- Each word carries its room's mark, so that a search goes through nothing of other rooms, however common the word is there; numbers
-- follow the order of a room's messages, so that the newest are met first.
-- sqlite:
drop table chat_match;
drop index chat_search_message;
alter table chat_search rename to chat_search_before;
create table chat_search (
    number integer primary key autoincrement,
    message_id blob not null references chat_message (id),
    words text not null
) strict;
insert into chat_search (message_id, words)
select s.message_id, substr(replace(substr(s.words, 33), ' ', ' ' || lower(substr(hex(m.room_id), 23))), 2)
from chat_search_before s join chat_message m on m.id = s.message_id
order by m.room_id, m.sequence;
drop table chat_search_before;
create unique index chat_search_message on chat_search (message_id);
create virtual table chat_match using fts5(words, content = 'chat_search', content_rowid = 'number', tokenize = 'ascii', detail = 'none');
insert into chat_match (chat_match) values ('rebuild');
-- postgresql:
drop index chat_search_terms;
update chat_search s set words = substr(replace(substr(s.words, 33), ' ', ' ' || right(replace(cast(m.room_id as text), '-', ''), 10)), 2)
from chat_message m where m.id = s.message_id;
create index chat_search_terms on chat_search using gin (terms);
-- end
