CREATE TABLE workspace (
    id          {text} PRIMARY KEY,
    name        {text} NOT NULL,
    created_at  {int}  NOT NULL
);

-- Data keys, wrapped by the master key. Several per workspace once keys rotate; the newest live one encrypts.
CREATE TABLE data_key (
    workspace_id   {text}  NOT NULL REFERENCES workspace (id),
    key_id         {text}  NOT NULL,
    master_key_id  {text}  NOT NULL,
    wrapped        {bytes} NOT NULL,
    created_at     {int}   NOT NULL,
    PRIMARY KEY (workspace_id, key_id)
);

-- ASP.NET Core's key ring (cookies, antiforgery, mail tokens), each element wrapped by the master key.
CREATE TABLE data_protection_key (
    id          {text}  PRIMARY KEY,
    wrapped     {bytes} NOT NULL,
    created_at  {int}   NOT NULL
);

CREATE TABLE member (
    workspace_id         {text} NOT NULL REFERENCES workspace (id),
    id                   {text} NOT NULL,
    email                {text} NOT NULL,
    email_normalized     {text} NOT NULL UNIQUE,
    name                 {text} NOT NULL,
    role                 {text} NOT NULL,
    time_zone            {text} NOT NULL,
    password_hash        {text},
    security_stamp       {text} NOT NULL,
    access_failed_count  {int}  NOT NULL DEFAULT 0,
    lockout_end          {int},
    deactivated_at       {int},
    created_at           {int}  NOT NULL,
    PRIMARY KEY (workspace_id, id)
);

-- One signed-in browser. Its cookie holds a random token; here is its hash. Ended: the row is gone.
CREATE TABLE browser_session (
    workspace_id  {text} NOT NULL,
    id            {text} NOT NULL,
    member_id     {text} NOT NULL,
    hash          {text} NOT NULL UNIQUE,
    user_agent    {text} NOT NULL,
    address       {text} NOT NULL,          -- seen last
    remembered    {int}  NOT NULL,
    created_at    {int}  NOT NULL,
    last_seen_at  {int}  NOT NULL,          -- written at most every few minutes
    expires_at    {int}  NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX browser_session_by_member ON browser_session (workspace_id, member_id);
CREATE INDEX browser_session_by_expiry ON browser_session (expires_at);

-- The link printed on the console while a workspace has no owner. Only its hash is kept; used once.
CREATE TABLE setup_token (
    workspace_id  {text} NOT NULL REFERENCES workspace (id),
    hash          {text} NOT NULL UNIQUE,
    created_at    {int}  NOT NULL,
    PRIMARY KEY (workspace_id)
);

-- An invitation by link: shown once to whoever made it, used once by whoever got it.
CREATE TABLE invitation (
    workspace_id  {text} NOT NULL REFERENCES workspace (id),
    id            {text} NOT NULL,
    hash          {text} NOT NULL UNIQUE,
    role          {text} NOT NULL,
    note          {text} NOT NULL, -- whom it is meant for, in the inviter's words
    invited_by    {text} NOT NULL,
    created_at    {int}  NOT NULL,
    expires_at    {int}  NOT NULL,
    used_at       {int},
    PRIMARY KEY (workspace_id, id)
);

CREATE TABLE api_key (
    workspace_id  {text} NOT NULL REFERENCES workspace (id),
    id            {text} NOT NULL,
    member_id     {text} NOT NULL,
    kind          {text} NOT NULL DEFAULT 'secret', -- secret | publishable
    name          {text} NOT NULL,
    prefix        {text} NOT NULL UNIQUE,
    hash          {text} NOT NULL,
    scopes        {text} NOT NULL, -- by blanks; a publishable key has none
    key_text      {text}, -- of a publishable key, which is no secret: the whole of it
    origins       {text}, -- of a publishable key, by blanks: the pages it works on
    connection_id {text}, -- of a publishable key: the account that hosts
    created_at    {int}  NOT NULL,
    last_used_at  {int},
    revoked_at    {int},
    PRIMARY KEY (workspace_id, id)
);

-- A meeting that was scheduled with a publishable key. The ticket is all the page that asked for it knows, and only with that key.
CREATE TABLE embed_meeting (
    workspace_id   {text} NOT NULL REFERENCES workspace (id),
    ticket         {text} NOT NULL,
    key_id         {text} NOT NULL,
    arrangement_id {text} NOT NULL,
    email_key      {text}, -- of the contact who is told by mail, in lower case
    created_at     {int}  NOT NULL,
    PRIMARY KEY (workspace_id, ticket)
);
CREATE INDEX embed_meeting_by_key ON embed_meeting (workspace_id, key_id, created_at);
CREATE INDEX embed_meeting_by_email ON embed_meeting (workspace_id, email_key, created_at);

-- A POST with Idempotency-Key: what it made, so that a repeat answers with the same status and resource.
CREATE TABLE idempotency (
    workspace_id  {text} NOT NULL,
    owner_id      {text} NOT NULL,
    route         {text} NOT NULL,
    idempotency_key {text} NOT NULL,
    body_hash     {text} NOT NULL,
    claim         {text} NOT NULL, -- who runs it; a claim without a status lapses, so that a crash blocks nobody
    claimed_until {int}  NOT NULL,
    status        {int},
    location      {text},
    resource_id   {text},
    reply         {text}, -- only of what makes no resource and tells no secret
    created_at    {int}  NOT NULL,
    expires_at    {int}  NOT NULL,
    PRIMARY KEY (workspace_id, owner_id, route, idempotency_key)
);
CREATE INDEX idempotency_by_expiry ON idempotency (expires_at);
