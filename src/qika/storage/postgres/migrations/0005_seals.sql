-- Signed roots over the histories; rows are only added. Nothing here is personal data.

create table seal (
    on_day text collate "C" not null,    -- not personal: events received up to its end are covered
    previous bytea not null,             -- not personal: root of the seal before; empty in the first
    root bytea not null,                 -- not personal: hash over the chains it covers
    cards bigint not null,               -- not personal: how many chains those are
    sealed_at bigint not null,           -- not personal
    signature bytea not null,            -- not personal
    primary key (on_day)
);
