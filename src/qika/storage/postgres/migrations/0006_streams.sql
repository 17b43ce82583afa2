-- Streams of activations: bodies of many lines that are carried out part by part. A body is forgotten
-- when it has been carried out, everything else some days later.

create table stream (
    stream_id text collate "C" not null, -- not personal: hash of the partner and its idempotency key
    partner text not null,               -- not personal
    digest bytea not null,               -- not personal: SHA-256 of the body
    upload bytea not null,               -- not personal: random, names the parts
    language text not null,              -- not personal
    state text not null,                 -- not personal
    received_at bigint not null,         -- not personal
    claimed_until bigint not null,       -- not personal: until then one process works on it
    ended_at bigint,                     -- not personal; null: it has not ended
    row_count bigint not null,           -- not personal: lines of the body
    parts integer not null,              -- not personal
    rows_done bigint not null,           -- not personal
    parts_done integer not null,         -- not personal
    tries integer not null,              -- not personal
    told text not null,                  -- not personal: JSON: outcomes counted, problems by line
    version bigint not null,             -- not personal
    primary key (stream_id)
);

create index stream_open on stream (received_at, stream_id) where ended_at is null;
create index stream_ended on stream (ended_at) where ended_at is not null;

create table stream_part (
    upload bytea not null,               -- not personal
    kind text collate "C" not null,      -- not personal: body, results
    number integer not null,             -- not personal: counts from 0
    content bytea not null,              -- PERSONAL, encrypted: requests, or their keys and outcomes
    primary key (upload, kind, number)
);
