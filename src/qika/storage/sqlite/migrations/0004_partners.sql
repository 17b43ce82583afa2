-- Partners: who may send signed requests, with which keys, and what was signed lately.

create table partner (
    partner text not null,               -- not personal: short name, the sender in histories
    name text not null,                  -- not personal
    scope text not null,                 -- not personal: JSON object of lists
    suspended integer not null,          -- not personal
    primary key (partner)
) without rowid;

create table partner_key (
    key_id text not null,                -- not personal
    partner text not null,               -- not personal
    algorithm text not null,             -- not personal
    public_key text not null,            -- not personal: PEM
    not_before integer not null,         -- not personal: microseconds since 1970
    not_after integer,                   -- not personal
    primary key (key_id)
) without rowid;

-- Kept until the signature would be too old anyway.
create table nonce (
    key_id text not null,                -- not personal
    nonce text not null,                 -- not personal
    expires_at integer not null,         -- not personal: microseconds since 1970
    primary key (key_id, nonce)
) without rowid;
create index nonce_expires on nonce (expires_at);
