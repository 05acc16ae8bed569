-- Sessions held of the meetings Parley made, each told once as meeting.ended.
CREATE TABLE held_session (
    workspace_id       {text} NOT NULL,
    arrangement_id     {text} NOT NULL,
    started_at         {int}  NOT NULL,
    ended_at           {int}  NOT NULL,
    session_id         {text},          -- the provider's; null where it tells none
    attendance         {text},          -- who came, JSON; null: not told
    attendance_reason  {text},          -- why it is not: missing_scope | not_supported | not_told
    no_show            {int},           -- nobody but the organizer came; null: not told
    created_at         {int}  NOT NULL,
    PRIMARY KEY (workspace_id, arrangement_id, started_at)
);

-- Whose time is over: once in a while they are looked for.
CREATE INDEX arrangement_ended ON arrangement (ends_at);

-- One HTTP request another system understands, sent when something happens to a meeting with a reference.
CREATE TABLE write_back (
    workspace_id    {text}  NOT NULL REFERENCES workspace (id),
    id              {text}  NOT NULL,
    name            {text}  NOT NULL,
    url             {text}  NOT NULL, -- with placeholders
    method          {text}  NOT NULL, -- POST | PUT | PATCH
    content_type    {text}  NOT NULL,
    body            {text}  NOT NULL, -- with placeholders
    headers         {text}  NOT NULL, -- JSON: name, and value where it is no secret
    secrets         {bytes},          -- values of the secret headers, JSON, sealed
    generation      {int}   NOT NULL, -- of the secrets
    events          {text}  NOT NULL, -- names, space separated
    system          {text},           -- only for references of this system; null: of any
    active          {int}   NOT NULL,
    created_at      {int}   NOT NULL,
    updated_at      {int}   NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
