-- The OAuth client registered with a provider, per purpose ('organizer', 'account').
CREATE TABLE provider_app (
    workspace_id          {text}  NOT NULL REFERENCES workspace (id),
    id                    {text}  NOT NULL,
    provider              {text}  NOT NULL,
    purpose               {text}  NOT NULL,
    kind                  {text}  NOT NULL,
    client_id             {text}  NOT NULL,
    client_secret         {bytes} NOT NULL,
    account_id            {text},
    webhook_secret        {bytes},
    generation            {int}   NOT NULL,
    created_at            {int}   NOT NULL,
    updated_at            {int}   NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, provider, purpose)
);

-- One token set of a provider account under one provider app. Named oauth_grant because GRANT is a word of SQL.
CREATE TABLE oauth_grant (
    workspace_id           {text}  NOT NULL REFERENCES workspace (id),
    id                     {text}  NOT NULL,
    provider_app_id        {text}  NOT NULL,
    provider               {text}  NOT NULL,
    client_id              {text}  NOT NULL, -- the tokens belong to this client; another one cannot refresh them
    account_subject        {text}  NOT NULL, -- organizer key; unknown account: unknown/ and the connection's id
    access_token           {bytes},
    refresh_token          {bytes},
    access_expires_at      {int},
    refresh_first_seen_at  {int},
    scopes                 {text}  NOT NULL,
    generation             {int}   NOT NULL,
    state                  {text}  NOT NULL, -- live | dead | rotation_lost | revoked
    refresh_sent_at        {int},             -- set while a refresh is on the wire; left set when its reply was lost
    refreshed_at           {int},
    api_base_url           {text},            -- the region's base of the interface, as the last token reply told it
    server_account         {text},            -- got by the client's own credentials for this account: asked for again, never refreshed
    created_at             {int}   NOT NULL,
    updated_at             {int}   NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, provider_app_id, account_subject)
);

CREATE TABLE connection (
    workspace_id           {text} NOT NULL REFERENCES workspace (id),
    id                     {text} NOT NULL,
    provider               {text} NOT NULL,
    purpose                {text} NOT NULL,
    member_id              {text},
    grant_id               {text},
    merged_into            {text}, -- the account turned out to be connected already: the connection to look at instead
    status                 {text} NOT NULL,
    account_email          {text},
    account_name           {text},
    organizer_key          {text},
    account_key            {text},
    locale                 {text},
    time_zone              {text},
    is_administrator       {int}  NOT NULL DEFAULT 0,
    identified_at          {int},  -- last asked whose account it is and what role it has; null: not since it was connected
    missing_scopes         {text} NOT NULL DEFAULT '', -- found missing by a refused call, space separated
    connected_at           {int},
    connection_expires_at  {int},
    expiry_notice          {int},  -- days before its end of the last notice about this consent; 0: that it is over
    broken_noticed_at      {int},  -- last mail that said it is broken; forgotten at a new consent
    last_success_at        {int},
    last_join_url          {text},
    left_at                {int},  -- somebody left for the provider's consent page and has not come back with a permission
    problem_code           {text},
    problem_detail         {text},
    problem_next           {text},
    disconnected_at        {int},
    created_at             {int}  NOT NULL,
    updated_at             {int}  NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX connection_by_grant ON connection (workspace_id, grant_id);
CREATE UNIQUE INDEX connection_one_per_account ON connection (workspace_id, provider, purpose, organizer_key)
    WHERE organizer_key IS NOT NULL AND merged_into IS NULL AND disconnected_at IS NULL;

-- One attempt to connect: a connect link, then (after Continue) a state bound to one browser.
CREATE TABLE oauth_flow (
    workspace_id   {text}  NOT NULL REFERENCES workspace (id),
    id             {text}  NOT NULL,
    connection_id  {text}  NOT NULL,
    provider       {text}  NOT NULL,
    purpose        {text}  NOT NULL,
    session_member_id {text},            -- begun in the app: ends only in a session of this member
    link_hash      {text}  NOT NULL UNIQUE,
    state_hash     {text}  UNIQUE,
    browser_hash   {text},
    code_verifier  {bytes},
    redirect_uri   {text},
    reconnect      {int}   NOT NULL DEFAULT 0,
    created_at     {int}   NOT NULL,
    expires_at     {int}   NOT NULL,     -- of the link
    continued_at   {int},
    state_expires_at {int},
    finished_at    {int},
    outcome        {text},
    PRIMARY KEY (workspace_id, id)
);

-- What was called on a connection, what came of it, and what became of the connection itself (connection.*); never tokens, links or bodies.
CREATE TABLE connection_log (
    workspace_id   {text} NOT NULL,
    id             {text} NOT NULL,
    connection_id  {text} NOT NULL,
    at             {int}  NOT NULL,
    operation      {text} NOT NULL,
    outcome        {text} NOT NULL,
    http_status    {int},
    duration_ms    {int}  NOT NULL,
    detail         {text},
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX connection_log_by_time ON connection_log (workspace_id, connection_id, at, id);

-- Shared allowance of calls: one row per app or account, refilled by elapsed time.
CREATE TABLE token_bucket (
    workspace_id  {text} NOT NULL,
    resource      {text} NOT NULL,
    tokens        {int}  NOT NULL, -- thousandths of a call
    refilled_at   {int}  NOT NULL,
    PRIMARY KEY (workspace_id, resource)
);
