create table book_tag (
  book_id uuid not null references book (id) on delete cascade,
  tag text not null,
  primary key (book_id, tag)
) without rowid;
alter table owner add column mood text not null default '';
