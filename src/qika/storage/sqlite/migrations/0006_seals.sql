-- Signed roots over the histories; rows are only added. Nothing here is personal data.

create table seal (
    on_day text not null,                -- not personal: events received up to its end are covered
    previous blob not null,              -- not personal: root of the seal before; empty in the first
    root blob not null,                  -- not personal: hash over the chains it covers
    cards integer not null,              -- not personal: how many chains those are
    sealed_at integer not null,          -- not personal
    signature blob not null,             -- not personal
    primary key (on_day)
) without rowid;
