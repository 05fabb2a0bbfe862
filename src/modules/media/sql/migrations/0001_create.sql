-- Uploads by tus. status: 0 open, 1 complete, 2 adopted by an asset. kind: 0 whole, 1 part, 2 put together from parts.
create table upload (
    id uuid primary key,
    owner_id uuid not null,
    -- -1: a part, which has none
    purpose int not null,
    kind int not null,
    status int not null,
    length bigint not null,
    received bigint not null,
    -- SHA-256 of what was received, to be gone on with.
    hash_state bytea not null,
    -- Of the complete upload.
    sha256 bytea,
    file_name text not null,
    file_type text not null,
    metadata text not null,
    asset_id uuid,
    created_at bigint not null,
    updated_at bigint not null,
    expires_at bigint not null,
    constraint upload_received check (received >= 0 and received <= length)
);
create index upload_owner on upload (owner_id, status);
create index upload_expires on upload (expires_at) where status < 2;

-- What is stored. A blob without references is dead since then, and goes a day later; is_doomed: it is going.
create table blob (
    sha256 bytea primary key,
    size_bytes bigint not null,
    created_at bigint not null,
    dead_since bigint,
    is_doomed boolean not null
);
create index blob_dead on blob (dead_since) where dead_since is not null;
create index blob_doomed on blob (sha256) where is_doomed;

-- Why a blob is kept. purpose: 0 upload, 1 original, 2 made from it, 3 licence.
create table blob_ref (
    sha256 bytea not null references blob (sha256),
    holder_id uuid not null,
    purpose int not null,
    primary key (sha256, holder_id, purpose)
);
create index blob_ref_holder on blob_ref (holder_id, purpose);

-- One uploaded thing in one role. status: 0 queued, 1 running, 2 ready, 3 failed.
create table asset (
    id uuid primary key,
    owner_id uuid not null,
    purpose int not null,
    status int not null,
    stage int not null,
    progress double precision not null,
    problem_code text,
    problem_detail text,
    file_name text not null,
    size_bytes bigint not null,
    -- Original and everything made from it.
    stored_bytes bigint not null,
    original bytea not null,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    released_at bigint
);
create index asset_owner on asset (owner_id, released_at);
create index asset_original on asset (original);

-- What analysis found in a recording.
create table asset_audio (
    asset_id uuid primary key references asset (id),
    container text not null,
    codec text not null,
    is_lossless boolean not null,
    duration_ms bigint not null,
    sample_rate bigint not null,
    channels bigint not null,
    bit_depth bigint not null,
    bit_rate bigint not null,
    loudness_lufs double precision not null,
    loudness_range_lu double precision not null,
    true_peak_dbtp double precision not null,
    bpm double precision not null,
    musical_key text,
    waveform text not null,
    waveform_fine text not null,
    fingerprint text not null,
    fingerprint_raw text not null,
    tags text not null
);

create table rendition (
    id uuid primary key,
    asset_id uuid not null references asset (id),
    name text not null,
    position int not null,
    codecs text not null,
    sample_rate bigint not null,
    channels bigint not null,
    bandwidth bigint not null,
    average_bandwidth bigint not null,
    sha256 bytea not null,
    size_bytes bigint not null,
    -- JSON [[offset, size, duration_us], …]
    segments text not null
);
create unique index rendition_asset on rendition (asset_id, position);

-- Files that can be delivered. kind as in enum media_file_kind.
create table asset_file (
    asset_id uuid not null references asset (id),
    kind int not null,
    sha256 bytea not null,
    size_bytes bigint not null,
    content_type text not null,
    extension text not null,
    primary key (asset_id, kind)
);

create table image_variant (
    asset_id uuid not null references asset (id),
    -- "512.jpg"
    name text not null,
    sha256 bytea not null,
    size_bytes bigint not null,
    width int not null,
    height int not null,
    primary key (asset_id, name)
);
