create table category (
    id uuid primary key,
    parent_id uuid references category (id),
    name text not null,
    slug text not null,
    description text not null,
    image_asset_id uuid,
    position int not null,
    is_active boolean not null,
    -- Products directly in it: all that were not deleted, and those of them that are active.
    product_count bigint not null,
    active_count bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    version bigint not null
);
create unique index category_slug on category (slug);
create index category_parent on category (parent_id, position, id);
create index category_image on category (image_asset_id) where image_asset_id is not null;

-- One row: whoever changes the shape of the tree locks it, so that two moves cannot make a circle together.
create table category_tree (
    number int primary key,
    generation bigint not null
);
insert into category_tree (number, generation) values (1, 0);

-- The item of the same id has title, slug, short code, times and version; status follows it.
create table product (
    id uuid primary key,
    owner_id uuid not null,
    category_id uuid references category (id),
    status int not null,
    condition int not null,
    description text not null,
    -- JSON: array of {name, value}; object.
    specifications text not null,
    shipping text not null,
    currency text not null,
    video_url text not null,
    -- Free pieces, held ones, and how many were sold.
    stock bigint not null,
    held bigint not null,
    sold bigint not null,
    -- The owner is told when so many or fewer are free; 0: never.
    low_stock_at bigint not null,
    is_featured boolean not null,
    views bigint not null,
    cover_asset_id uuid,
    deleted_at bigint,
    constraint product_stock check (stock >= 0 and held >= 0 and sold >= 0)
);
create index product_owner on product (owner_id, id) where deleted_at is null;
create index product_category on product (category_id, id) where deleted_at is null;
create index product_low on product (owner_id, id) where deleted_at is null and stock <= low_stock_at and low_stock_at > 0;

create table product_image (
    product_id uuid not null references product (id),
    asset_id uuid not null,
    position int not null,
    alt text not null,
    -- Why it was refused in processing; its files are gone then. Empty: it was not.
    problem text not null,
    primary key (product_id, asset_id)
) without rowid;
create unique index product_image_asset on product_image (asset_id);

-- One piece for one holder. state 0: held, 1: released, 2: sold.
create table stock_hold (
    product_id uuid not null references product (id),
    holder_id uuid not null,
    state int not null,
    changed_at bigint not null,
    primary key (product_id, holder_id)
) without rowid;

-- Every change of stock, for ever: free and held pieces are the sums.
create table stock_movement (
    id uuid primary key,
    product_id uuid not null references product (id),
    kind int not null,
    free_delta bigint not null,
    held_delta bigint not null,
    stock_after bigint not null,
    holder_id uuid,
    actor_id uuid,
    note text not null,
    created_at bigint not null
);
create index stock_movement_product on stock_movement (product_id, id);

-- Who saw what in which hour, so that a view counts once. viewer is a keyed hash, for strangers salted by the day. Swept after
-- two days.
create table product_view (
    product_id uuid not null,
    hour bigint not null,
    viewer bytea not null,
    primary key (product_id, hour, viewer)
) without rowid;
create index product_view_hour on product_view (hour);
