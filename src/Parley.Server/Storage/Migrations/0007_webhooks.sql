-- Where a workspace's events are delivered to.
CREATE TABLE webhook_endpoint (
    workspace_id     {text}  NOT NULL REFERENCES workspace (id),
    id               {text}  NOT NULL,
    url              {text}  NOT NULL,
    description      {text},
    events           {text}  NOT NULL, -- names, space separated; empty: all
    secret           {bytes} NOT NULL,
    former_secret    {bytes},          -- signs as well until former_until
    former_until     {int},
    generation       {int}   NOT NULL, -- of the secrets
    active           {int}   NOT NULL,
    stopped_because  {text},           -- why Parley itself stopped it
    created_at       {int}   NOT NULL,
    updated_at       {int}   NOT NULL,
    PRIMARY KEY (workspace_id, id)
);

-- What happened, as it is told: written once, delivered to each endpoint that wants it.
CREATE TABLE webhook_event (
    workspace_id  {text} NOT NULL,
    id            {text} NOT NULL,
    type          {text} NOT NULL,
    body          {text} NOT NULL, -- JSON, byte for byte what is signed
    created_at    {int}  NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX webhook_event_by_age ON webhook_event (created_at);

-- One event to one endpoint; id is its effect's, where state and attempts are.
CREATE TABLE webhook_delivery (
    workspace_id  {text} NOT NULL,
    id            {text} NOT NULL,
    endpoint_id   {text} NOT NULL,
    event_id      {text} NOT NULL,
    subject       {text} NOT NULL, -- deliveries of one subject (a booking) go out one after another
    place         {int}  NOT NULL, -- among those of its subject
    http_status   {int},           -- of the last answer
    duration_ms   {int},
    created_at    {int}  NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX webhook_delivery_in_order ON webhook_delivery (workspace_id, endpoint_id, subject, place);
CREATE INDEX webhook_delivery_by_time ON webhook_delivery (workspace_id, endpoint_id, created_at, id);
CREATE INDEX webhook_delivery_by_event ON webhook_delivery (workspace_id, event_id);
