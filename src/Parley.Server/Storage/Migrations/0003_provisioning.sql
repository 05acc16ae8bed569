-- The desired state of one meeting Parley is responsible for, and what was last seen of it.
CREATE TABLE arrangement (
    workspace_id         {text} NOT NULL REFERENCES workspace (id),
    id                   {text} NOT NULL,
    relic_of             {text},          -- the arrangement that goes on with another account; this one removes what was made with the former
    connection_id        {text} NOT NULL,
    provider             {text} NOT NULL,
    source               {text} NOT NULL, -- booking | web | api
    booking_id           {text},
    member_id            {text},
    marker               {text} NOT NULL,
    door_code            {text} NOT NULL UNIQUE,
    desired              {text} NOT NULL, -- present | absent
    version              {int}  NOT NULL,
    applied_version      {int}  NOT NULL DEFAULT 0,
    subject              {text} NOT NULL,
    starts_at            {int}  NOT NULL,
    ends_at              {int}  NOT NULL,
    time_zone            {text} NOT NULL,
    spec                 {text} NOT NULL, -- the rest of the desired state, JSON: description, audio, co-organizers, type, options
    reference            {text},          -- the caller's own record, JSON, handed back unchanged
    reference_system     {text},          -- of reference, to search by
    reference_id         {text},
    attendees            {text} NOT NULL, -- who gets mail, JSON
    provider_meeting_id  {text},
    create_confirmed     {int}  NOT NULL DEFAULT 0, -- provider_meeting_id came in a create reply, not by adoption
    join_url             {text},
    join_url_source      {text},
    dial_in              {text},
    access_code          {text},
    passcode             {text},
    warnings             {text},          -- what the provider did not take of the last agreed state, JSON, else null
    queued_until         {int},           -- the provider's day is used up: what is owed is sent from then on
    attention            {text},          -- why a person must look, else null
    recreated            {int}  NOT NULL DEFAULT 0,
    created_at           {int}  NOT NULL,
    updated_at           {int}  NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, marker)
);
CREATE INDEX arrangement_by_time ON arrangement (workspace_id, starts_at, id);
CREATE INDEX arrangement_by_meeting ON arrangement (workspace_id, connection_id, provider_meeting_id);
CREATE INDEX arrangement_by_reference ON arrangement (workspace_id, reference_id, reference_system);
CREATE INDEX arrangement_relics ON arrangement (workspace_id, relic_of) WHERE relic_of IS NOT NULL;
CREATE INDEX arrangement_by_connection ON arrangement (workspace_id, connection_id, ends_at);

-- One intended change outside this database and what became of it.
CREATE TABLE effect (
    workspace_id    {text} NOT NULL,
    id              {text} NOT NULL,
    kind            {text} NOT NULL, -- meeting | sweep | mail
    operation       {text} NOT NULL, -- create | update | delete | … as last sent
    effect_key      {text} NOT NULL,
    lane            {text} NOT NULL, -- what it queues behind: a connection, the mail transport
    arrangement_id  {text},
    version         {int}  NOT NULL, -- of the arrangement
    state           {text} NOT NULL,
    attempt         {int}  NOT NULL DEFAULT 0,
    fence           {int}  NOT NULL DEFAULT 0,
    not_before      {int}  NOT NULL,
    waits_for_link  {int}  NOT NULL DEFAULT 0,
    is_public       {int}  NOT NULL DEFAULT 0, -- wished by a stranger on a public page
    unknown_rounds  {int}  NOT NULL DEFAULT 0,
    rounds_since    {int},
    sent_at         {int},
    sent            {text}, -- what went on the wire, as far as it identifies the meeting: subject, start, end (JSON)
    outcome         {text}, -- outcome class
    outcome_code    {text},
    outcome_detail  {text},
    outcome_next    {text}, -- what to do about it
    payload         {text}, -- JSON, by kind
    created_at      {int}  NOT NULL,
    updated_at      {int}  NOT NULL,
    finished_at     {int},
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, effect_key)
);
CREATE INDEX effect_due ON effect (not_before) WHERE finished_at IS NULL;
CREATE INDEX effect_by_arrangement ON effect (workspace_id, arrangement_id, version);

-- Append-only history of every effect.
CREATE TABLE effect_event (
    workspace_id  {text} NOT NULL,
    id            {text} NOT NULL,
    effect_id     {text} NOT NULL,
    arrangement_id {text},
    at            {int}  NOT NULL,
    from_state    {text},
    to_state      {text} NOT NULL,
    attempt       {int}  NOT NULL,
    fence         {int}  NOT NULL,
    outcome       {text},
    code          {text},
    detail        {text},
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX effect_event_by_effect ON effect_event (workspace_id, effect_id, at, id);
CREATE INDEX effect_event_by_arrangement ON effect_event (workspace_id, arrangement_id, at, id);

-- Who may act on a resource, until when. The fence rises with every holder; writes made under an old one are refused.
CREATE TABLE lease (
    workspace_id {text} NOT NULL,
    resource     {text} NOT NULL,
    owner        {text} NOT NULL,
    fence        {int}  NOT NULL,
    until        {int}  NOT NULL,
    PRIMARY KEY (workspace_id, resource)
);

-- Creates and updates sent to a host in one UTC day, counted before the wire over all workspaces (workspace_id '*').
CREATE TABLE write_budget (
    workspace_id  {text} NOT NULL,
    provider      {text} NOT NULL,
    host          {text} NOT NULL, -- the organizer's key at the provider
    day           {int}  NOT NULL, -- its 00:00 UTC
    used          {int}  NOT NULL,
    public_used   {int}  NOT NULL, -- of these, for bookings by strangers
    closed_until  {int},           -- the provider itself said that the day is used up
    PRIMARY KEY (workspace_id, provider, host, day)
);

-- Events providers deliver, each accepted once for a workspace. Names and times only: what an event told stands where it was used.
CREATE TABLE inbox (
    workspace_id  {text} NOT NULL,
    provider      {text} NOT NULL,
    app_id        {text} NOT NULL, -- the provider app whose secret signed it; empty: the installation's secret
    event_key     {text} NOT NULL,
    name          {text} NOT NULL, -- the provider's name of it
    happened_at   {int},           -- by the provider's clock
    received_at   {int}  NOT NULL,
    PRIMARY KEY (workspace_id, provider, event_key, app_id)
);
CREATE INDEX inbox_by_time ON inbox (workspace_id, provider, app_id, received_at);
CREATE INDEX inbox_by_age ON inbox (received_at);

-- Time taken, per member and per connection; the blocked range includes the page's buffers.
CREATE TABLE occupancy (
    workspace_id    {text} NOT NULL,
    subject         {text} NOT NULL, -- member id or connection id
    arrangement_id  {text} NOT NULL,
    page_id         {text},
    booking_id      {text},
    starts_at       {int}  NOT NULL,
    ends_at         {int}  NOT NULL,
    before_minutes  {int}  NOT NULL,
    after_minutes   {int}  NOT NULL,
    blocked_from    {int}  NOT NULL,
    blocked_to      {int}  NOT NULL,
    PRIMARY KEY (workspace_id, subject, arrangement_id)
);
CREATE INDEX occupancy_by_range ON occupancy (workspace_id, subject, blocked_to, blocked_from);
CREATE INDEX occupancy_by_length ON occupancy (workspace_id, subject, (blocked_to - blocked_from));
CREATE INDEX occupancy_by_arrangement ON occupancy (workspace_id, arrangement_id);
