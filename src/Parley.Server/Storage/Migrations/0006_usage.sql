-- An account whose licences and use are reported: what the operator set.
CREATE TABLE usage_connector (
    workspace_id   {text} NOT NULL REFERENCES workspace (id),
    connection_id  {text} NOT NULL,
    active         {int}  NOT NULL,
    cron           {text} NOT NULL, -- Quartz form, read in time_zone
    time_zone      {text} NOT NULL, -- IANA; also the zone whose days the report counts in
    locale         {text},          -- how the report writes dates; null: as the account's language
    prices         {text} NOT NULL, -- JSON
    exclusions     {text} NOT NULL, -- JSON: addresses and @domains that are no people of interest
    window_days    {int}  NOT NULL,
    next_due       {int},           -- null while not active
    version        {int}  NOT NULL,
    created_at     {int}  NOT NULL,
    updated_at     {int}  NOT NULL,
    PRIMARY KEY (workspace_id, connection_id)
);
CREATE INDEX usage_connector_due ON usage_connector (next_due) WHERE next_due IS NOT NULL;

-- One aggregation run. What it has done lies in the rows it wrote, so that another process goes on where one died.
CREATE TABLE usage_run (
    workspace_id      {text} NOT NULL,
    id                {text} NOT NULL,
    connection_id     {text} NOT NULL,
    state             {text} NOT NULL, -- queued | running | completed | failed | cancelled
    phase             {text} NOT NULL, -- users | licences | hosts | history | done
    reason            {text} NOT NULL, -- manual | schedule
    to_at             {int}  NOT NULL, -- sessions started before this belong to it
    users_done        {int}  NOT NULL DEFAULT 0,
    users_total       {int},
    sessions          {int}  NOT NULL DEFAULT 0, -- read by it, known ones included
    calls             {int}  NOT NULL DEFAULT 0,
    problem_count     {int}  NOT NULL DEFAULT 0,
    failure_code      {text},
    failure_detail    {text},
    failure_next      {text},
    cancel_requested  {int}  NOT NULL DEFAULT 0,
    hosts_from        {int},           -- what the provider's own report of active hosts covers, when there is one
    hosts_to          {int},
    hosts_source      {text},
    hosts_problem     {text},          -- why there is none
    queued_at         {int}  NOT NULL,
    started_at        {int},
    finished_at       {int},
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX usage_run_by_connection ON usage_run (workspace_id, connection_id, queued_at, id);
CREATE UNIQUE INDEX usage_run_one_open ON usage_run (workspace_id, connection_id) WHERE state IN ('queued', 'running');

-- What a run could not read, user by user.
CREATE TABLE usage_run_problem (
    workspace_id  {text} NOT NULL,
    run_id        {text} NOT NULL,
    user_key      {text} NOT NULL,
    code          {text} NOT NULL,
    detail        {text} NOT NULL,
    PRIMARY KEY (workspace_id, run_id, user_key)
);

-- People of the account as its directory lists them.
CREATE TABLE usage_user (
    workspace_id   {text} NOT NULL,
    connection_id  {text} NOT NULL,
    user_key       {text} NOT NULL,
    email          {text},
    name           {text},
    licences       {text} NOT NULL, -- keys, space separated
    standing       {text} NOT NULL,
    is_device      {int}  NOT NULL,
    first_seen     {int}  NOT NULL,
    gone_at        {int},           -- not in the directory any longer
    seen_run       {text} NOT NULL, -- last run that found them in the directory
    done_run       {text},          -- last run that read their history, or said why it could not
    history_until  {int},           -- sessions before this are known
    imported_on    {text},          -- last meeting by an imported activity report, yyyy-MM-dd
    PRIMARY KEY (workspace_id, connection_id, user_key)
);

-- Meetings that were held: who, when, how long. No subjects, no attendees.
CREATE TABLE usage_session (
    workspace_id   {text} NOT NULL,
    connection_id  {text} NOT NULL,
    session_key    {text} NOT NULL,
    organizer_key  {text} NOT NULL,
    started_at     {int}  NOT NULL,
    ended_at       {int}  NOT NULL,
    PRIMARY KEY (workspace_id, connection_id, session_key)
);
CREATE INDEX usage_session_by_organizer ON usage_session (workspace_id, connection_id, organizer_key, started_at);
CREATE INDEX usage_session_by_time ON usage_session (workspace_id, connection_id, started_at, session_key);

-- Licences as one run found them.
CREATE TABLE usage_licence (
    workspace_id  {text} NOT NULL,
    run_id        {text} NOT NULL,
    licence_key   {text} NOT NULL,
    name          {text} NOT NULL,
    words         {text} NOT NULL, -- JSON: what a price may match
    seats         {int},           -- null: the provider does not tell
    assigned      {int}  NOT NULL,
    PRIMARY KEY (workspace_id, run_id, licence_key)
);

-- Hosts by the provider's own report of one run.
CREATE TABLE usage_host (
    workspace_id  {text} NOT NULL,
    run_id        {text} NOT NULL,
    user_key      {text} NOT NULL,
    meetings      {int}  NOT NULL,
    minutes       {int}  NOT NULL,
    PRIMARY KEY (workspace_id, run_id, user_key)
);

-- A month's figures as its last completed run had them; JSON.
CREATE TABLE usage_month (
    workspace_id   {text} NOT NULL,
    connection_id  {text} NOT NULL,
    month          {text} NOT NULL, -- yyyy-MM
    run_id         {text} NOT NULL,
    figures        {text} NOT NULL,
    PRIMARY KEY (workspace_id, connection_id, month)
);
