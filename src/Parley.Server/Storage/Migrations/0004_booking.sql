CREATE TABLE booking_page (
    workspace_id  {text} NOT NULL REFERENCES workspace (id),
    id            {text} NOT NULL,
    slug          {text} NOT NULL UNIQUE, -- of a deleted page: with ~ and its id behind, so that the name is free again
    host_member_id {text} NOT NULL, -- as in the settings: whose page it is
    settings      {text} NOT NULL, -- JSON in the shape of the API's booking page
    version       {int}  NOT NULL,
    paused        {int}  NOT NULL DEFAULT 0,
    created_at    {int}  NOT NULL,
    updated_at    {int}  NOT NULL,
    deleted_at    {int},
    PRIMARY KEY (workspace_id, id)
);

CREATE TABLE booking (
    workspace_id         {text} NOT NULL REFERENCES workspace (id),
    id                   {text} NOT NULL,
    page_id              {text} NOT NULL,
    arrangement_id       {text} NOT NULL,
    starts_at            {int}  NOT NULL,
    ends_at              {int}  NOT NULL,
    status               {text} NOT NULL, -- confirmed | pending | cancelled | rejected
    customer_name        {text} NOT NULL,
    customer_email       {text} NOT NULL, -- as typed; compared in lower case
    customer_email_key   {text} NOT NULL,
    customer_time_zone   {text} NOT NULL,
    customer_locale      {text} NOT NULL,
    topic                {text},
    answers              {text},
    host_member_id       {text} NOT NULL,
    host_connection_id   {text} NOT NULL,
    manage_generation    {int}  NOT NULL DEFAULT 1,
    version              {int}  NOT NULL DEFAULT 1,
    cancelled_by         {text},
    cancel_reason        {text},
    created_at           {int}  NOT NULL,
    updated_at           {int}  NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX booking_by_time ON booking (workspace_id, starts_at, id);
-- A manage link names the booking alone.
CREATE UNIQUE INDEX booking_by_id ON booking (id);
CREATE INDEX booking_by_page ON booking (workspace_id, page_id, created_at);
CREATE INDEX booking_by_email ON booking (workspace_id, customer_email_key, created_at);
CREATE INDEX booking_by_arrangement ON booking (workspace_id, arrangement_id);
