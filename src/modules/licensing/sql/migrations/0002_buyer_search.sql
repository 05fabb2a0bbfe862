-- With the text that licences are looked for by, so that SQLite reads the rows of those alone that hold it. PostgreSQL has a limit to the
-- size of a row in an index, and reads the rows.
-- sqlite:
drop index license_buyer;
create index license_buyer on license (buyer_id, id, search);
-- postgresql:
comment on index license_buyer is 'without the text that is looked for: it may be too long for an index';
-- end
