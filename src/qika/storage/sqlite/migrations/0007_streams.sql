-- Streams of activations: bodies of many lines that are carried out part by part. A body is forgotten
-- when it has been carried out, everything else some days later.

create table stream (
    stream_id text not null,             -- not personal: hash of the partner and its idempotency key
    partner text not null,               -- not personal
    digest blob not null,                -- not personal: SHA-256 of the body
    upload blob not null,                -- not personal: random, names the parts
    language text not null,              -- not personal
    state text not null,                 -- not personal
    received_at integer not null,        -- not personal
    claimed_until integer not null,      -- not personal: until then one process works on it
    ended_at integer,                    -- not personal; null: it has not ended
    row_count integer not null,          -- not personal: lines of the body
    parts integer not null,              -- not personal
    rows_done integer not null,          -- not personal
    parts_done integer not null,         -- not personal
    tries integer not null,              -- not personal
    told text not null,                  -- not personal: JSON: outcomes counted, problems by line
    version integer not null,            -- not personal
    primary key (stream_id)
) without rowid;

create index stream_open on stream (received_at, stream_id) where ended_at is null;
create index stream_ended on stream (ended_at) where ended_at is not null;

create table stream_part (
    upload blob not null,                -- not personal
    kind text not null,                  -- not personal: body, results
    number integer not null,             -- not personal: counts from 0
    content blob not null,               -- PERSONAL, encrypted: requests, or their keys and outcomes
    primary key (upload, kind, number)
);
