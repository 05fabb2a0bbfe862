-- Copies of names, kept current by chat_rename_account: a page of messages needs no other module. Made when somebody first acts.
create table chat_person (
    account_id uuid primary key,
    username text not null,
    name text not null
) without rowid;

-- The kind is 0 public, 1 private, 2 direct, 3 auction. last_sequence is that of the room's stream, in which each message and each change
-- has its number; message_count numbers the messages alone, for unread counts.
create table chat_room (
    id uuid primary key,
    kind int not null,
    title text not null,
    topic text not null,
    owner_id uuid,
    auction_id uuid,
    -- Of a direct room: the two, the smaller id first.
    pair_low uuid,
    pair_high uuid,
    slow_us bigint not null,
    last_sequence bigint not null,
    message_count bigint not null,
    member_count bigint not null,
    active_at bigint not null,
    created_at bigint not null,
    closed_at bigint,
    version bigint not null
);
create unique index chat_room_auction on chat_room (auction_id) where auction_id is not null;
create unique index chat_room_pair on chat_room (pair_low, pair_high) where pair_low is not null;
create index chat_room_owner on chat_room (owner_id);
create index chat_room_public on chat_room (created_at, id) where kind = 0 and closed_at is null;

-- The state is 0 invited, 1 joined, 2 left (kept for what was decreed). The role is 0 read_only, 1 member, 2 moderator, 3 owner.
create table chat_member (
    room_id uuid not null references chat_room (id),
    account_id uuid not null,
    state int not null,
    role int not null,
    invited_by uuid,
    muted_until bigint,
    banned_until bigint,
    -- Of the last message read, in the room's stream, and its number among messages.
    read_sequence bigint not null,
    read_count bigint not null,
    posted_at bigint,
    created_at bigint not null,
    primary key (room_id, account_id)
) without rowid;
create index chat_member_account on chat_member (account_id, state);

create table chat_message (
    id uuid primary key,
    room_id uuid not null references chat_room (id),
    sequence bigint not null,
    number bigint not null,
    -- None: the account was deleted. The role is that at the time of writing.
    author_id uuid,
    author_role int not null,
    text text not null,
    reply_to uuid,
    -- The message that started the thread.
    thread_id uuid,
    reply_count bigint not null,
    -- What the client calls it, so that sending again after a lost reply makes no second one.
    client_id uuid,
    created_at bigint not null,
    edited_at bigint,
    deleted_at bigint,
    deleted_by uuid,
    pinned_at bigint
);
create unique index chat_message_sequence on chat_message (room_id, sequence);
create unique index chat_message_client on chat_message (author_id, client_id) where client_id is not null;
create index chat_message_author on chat_message (author_id, id);
create index chat_message_thread on chat_message (thread_id, sequence) where thread_id is not null;
create index chat_message_pinned on chat_message (room_id, pinned_at) where pinned_at is not null;

-- What happened in a room besides new messages, for sockets that resume. For kind see enum chat_change_kind. What is shown is read from the
-- message as it is by then, so nothing that was deleted comes back.
create table chat_change (
    room_id uuid not null references chat_room (id),
    sequence bigint not null,
    kind int not null,
    message_id uuid,
    account_id uuid,
    detail text not null,
    at bigint not null,
    primary key (room_id, sequence)
) without rowid;
create index chat_change_at on chat_change (at);
create index chat_change_account on chat_change (account_id);

-- What a message said before.
create table chat_edit (
    message_id uuid not null references chat_message (id),
    edited_at bigint not null,
    text text not null,
    primary key (message_id, edited_at)
) without rowid;

create table chat_reaction (
    message_id uuid not null references chat_message (id),
    emoji text not null,
    account_id uuid not null,
    created_at bigint not null,
    primary key (message_id, emoji, account_id)
) without rowid;
create index chat_reaction_account on chat_reaction (account_id, message_id);

create table chat_reaction_count (
    message_id uuid not null references chat_message (id),
    emoji text not null,
    count bigint not null,
    first_at bigint not null,
    primary key (message_id, emoji)
) without rowid;

create table chat_block (
    account_id uuid not null,
    blocked_id uuid not null,
    created_at bigint not null,
    primary key (account_id, blocked_id)
) without rowid;
create index chat_block_blocked on chat_block (blocked_id);

-- The text is kept as it was when reported: evidence outlives its deletion.
create table chat_report (
    id uuid primary key,
    message_id uuid not null references chat_message (id),
    room_id uuid not null,
    author_id uuid,
    reporter_id uuid,
    reason int not null,
    note text not null,
    text text not null,
    created_at bigint not null,
    decided_at bigint,
    decided_by uuid,
    decision int
);
create unique index chat_report_open on chat_report (message_id, reporter_id) where decided_at is null;
create index chat_report_queue on chat_report (created_at, id) where decided_at is null;
create index chat_report_decided on chat_report (decided_at, id) where decided_at is not null;
create index chat_report_reporter on chat_report (reporter_id);
create index chat_report_author on chat_report (author_id);

-- What moderators did. For kind see enum chat_deed.
create table chat_action (
    id uuid primary key,
    room_id uuid not null,
    actor_id uuid,
    target_id uuid,
    message_id uuid,
    kind int not null,
    until bigint,
    reason text not null,
    created_at bigint not null
);
create index chat_action_room on chat_action (room_id, created_at, id);
create index chat_action_all on chat_action (created_at, id);
create index chat_action_actor on chat_action (actor_id);
create index chat_action_target on chat_action (target_id);

-- Words and phrases refused on the whole instance, folded.
create table chat_word (
    word text primary key,
    created_by uuid,
    created_at bigint not null
) without rowid;
create index chat_word_creator on chat_word (created_by);

-- The words of messages, folded. The room is a word of each, so a search in it reads no other room's.
create table chat_search (
    number bigint generated by default as identity primary key,
    message_id uuid not null references chat_message (id),
    words text not null
);
create unique index chat_search_message on chat_search (message_id);
-- sqlite:
create virtual table chat_match using fts5(words, content = 'chat_search', content_rowid = 'number', tokenize = 'ascii',
    prefix = '2 3', detail = 'none');
-- postgresql:
alter table chat_search add column terms tsvector
    generated always as (array_to_tsvector(string_to_array(words, ' '))) stored;
create index chat_search_terms on chat_search using gin (terms);
-- end
